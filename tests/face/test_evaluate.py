"""The grid protocol: its arithmetic on answers that are known, and the whole command on one real face."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from ohlora.cli.face import face
from ohlora.errors import InputError
from ohlora.face.attributes.landmarks import ATTRIBUTES
from ohlora.face.directions import calibration as calibrating
from ohlora.face.directions import evaluation, evaluation_report
from ohlora.face.directions.calibration import calibrate, with_points
from ohlora.face.directions.directions import Directions
from ohlora.face.directions.evaluation import (
    ASKED,
    BLACK,
    GRID,
    TARGETS,
    Evaluation,
    FaceResult,
    Looked,
    figures,
    goals,
    shared_background,
    summary,
    unreachable,
)
from ohlora.face.directions.kept_faces import KeptFaces
from ohlora.face.identity import SAME_PERSON, Identity
from ohlora.face.mobile_stylegan import MobileStyleGAN

COLUMNS = [ATTRIBUTES.index(name) for name in ASKED]


def obedient(gain: float = 1.0, noise: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """What a face measures that moves `gain` times as asked, and tilts `roll` σ per σ of yaw."""
    stream = np.random.Generator(np.random.PCG64(0))
    measured = np.full((len(TARGETS), len(ATTRIBUTES)), 0.3)
    measured[:, COLUMNS] = gain * TARGETS
    measured[:, ATTRIBUTES.index("roll")] += roll * TARGETS[:, 2]
    return measured + noise * stream.standard_normal(measured.shape)


def result(row: int, measured: np.ndarray, background: float = float("nan")) -> FaceResult:
    correlation, slope, error, leak = figures(measured)
    picture = np.full((16, 16, 3), 100, np.uint8)
    reach = {"eyes": (-3.0, 2.0), "mouth": (-1.2, 4.0), "yaw": (-2.5, 2.5)}
    base = dict.fromkeys(ATTRIBUTES, 0.0)
    identity = np.full(len(BLACK), 0.3)
    return FaceResult(
        row, base, measured, correlation, slope, error, leak, identity, 5.0, background, reach, 1.0, 114, [picture]
    )


def test_the_grid_is_the_protocol() -> None:
    assert TARGETS.shape == (50, 3)
    assert sorted({*TARGETS[:, 0]}) == [-1.2, 1.2]
    assert sorted({*TARGETS[:, 1]}) == [-1.8, -0.9, 0.0, 0.9, 1.8]
    assert sorted({*TARGETS[:, 2]}) == [-1.8, -1.2, -0.6, 0.0, 0.6]
    assert len(BLACK) == 25
    assert {*TARGETS[BLACK, 0]} == {*TARGETS[:, 0]}
    assert {*TARGETS[BLACK, 2]} == {*TARGETS[:, 2]}


def test_a_face_that_does_as_told_passes_and_leaks_nothing() -> None:
    correlation, slope, error, leak = figures(obedient())
    assert all(value == pytest.approx(1) for value in correlation.values())
    assert all(value == pytest.approx(1) for value in slope.values())
    assert all(value == pytest.approx(0, abs=1e-12) for value in error.values())
    own = np.zeros_like(leak, bool)
    own[np.arange(3), COLUMNS] = True
    assert np.allclose(leak[~own], 0)


def test_tiny_movements_correlate_but_miss_the_slope() -> None:
    correlation, slope, error, _ = figures(obedient(gain=0.1))
    assert correlation["eyes"] == pytest.approx(1)
    assert slope["eyes"] == pytest.approx(0.1)
    assert error["eyes"] == pytest.approx(1.08)
    missed = [sentence for sentence, reached in goals(summary([result(0, obedient(gain=0.1))])) if not reached]
    assert missed == [f"slope_median {name} 0.100 in 0.8–1.2" for name in ASKED]


def test_leaks_of_opposite_sign_do_not_cancel() -> None:
    found = summary([result(0, obedient(roll=0.4)), result(1, obedient(roll=-0.4))])
    assert found["leak"]["yaw"]["roll"] == pytest.approx(0.4)
    assert found["leak_signed"]["yaw"]["roll"] == pytest.approx(0, abs=1e-9)
    assert ("leak yaw → roll 0.400 ≤ 0.2", False) in goals(found)


def test_faces_that_are_lost_or_random_fail_and_are_named() -> None:
    lost = obedient()
    lost[5:] = np.nan
    stream = np.random.Generator(np.random.PCG64(1))
    noise = stream.standard_normal((50, len(ATTRIBUTES)))
    found = summary([result(0, obedient(noise=0.1)), result(7, lost), result(9, noise)])
    assert found["pass_rate"] == pytest.approx(1 / 3, abs=1e-3)
    assert [face["row"] for face in found["failed"]] == [7, 9]
    assert found["pictures_lost"] == 45
    assert found["failed"][0]["lost"] == 45
    json.dumps(found, allow_nan=False)
    weak = obedient()
    weak[:, 1] = np.sin(100 * np.arange(50))  # a mouth that does not answer
    told = evaluation_report._why(summary([result(3, weak)])["failed"][0])
    assert "reaches -1.20 … +4.00 of -1.8 … +1.8" in told
    assert "yaw" not in told, "only what fails is named"
    assert "45 pictures without a face" in evaluation_report._why(found["failed"][0])


def test_what_faces_cannot_reach_is_counted() -> None:
    told = unreachable([result(0, obedient())])
    assert told["mouth"]["faces_short_of_low"] == 1
    assert told["mouth"]["faces_short_of_high"] == 0
    assert told["yaw"]["faces_short_of_low"] == 0


def test_the_background_is_what_is_background_however_the_head_turns() -> None:
    calm, left, right = (np.ones((100, 200), bool) for _ in range(3))
    calm[20:, 60:140], left[20:, 40:120], right[20:, 80:160] = False, False, False
    mask = shared_background([calm, left, right])
    assert mask is not None
    assert not mask[:, 32:168][12:].any(), "eight pixels next to the head are left out"
    assert mask[:12].all()
    assert mask[:, :32].all(), "but none at the edge of the picture"
    calm[:] = False
    assert shared_background([calm, left, right]) is None
    told = summary([result(0, obedient(), 2.0), result(1, obedient(), 4.0), result(2, obedient())])
    assert (told["background_change"], told["background_faces"], told["border_change"]) == (3.0, 2, 5.0)
    assert told["background_measured_on"] == "parsed background"
    plain = summary([result(0, obedient())])
    assert (plain["background_change"], plain["background_measured_on"]) == (5.0, "border")


class Stopped(BaseException):
    """What a killed process looks like from inside."""


def test_a_run_that_was_killed_goes_on_to_the_same_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    stop = [2]

    def worked(run: object, row: int, seed: int, *, closed: bool, baseline: bool) -> Looked:
        if row in stop:
            raise Stopped
        done.append(row)
        if row == 1:
            return Looked(seconds=0.25)
        measured = obedient(noise=0.1 * row)
        lost = result(row, np.where(np.arange(50)[:, None] == row, np.nan, measured), 3.25)
        return Looked(lost, lost if closed else None, lost if baseline else None, 1.5 + row)

    monkeypatch.setattr(evaluation._Run, "face", worked)
    nothing: Any = None
    moves = replace(directions(), baseline=np.zeros((5, 1, 4), np.float32))

    def run(folder: Path, faces: int, closed: bool = True) -> tuple[Evaluation, str]:
        keep = KeptFaces(folder, {"seed": 9})
        found = evaluation.evaluate(moves, nothing, nothing, faces=faces, seed=9, closed=closed, baseline=1, keep=keep)
        told = json.dumps(evaluation.as_json(found, moves, seed=9, points=64, precision="f32"), allow_nan=False)
        return found, told

    with pytest.raises(Stopped):
        run(tmp_path / "killed", 3)
    assert done == [0, 1]
    (tmp_path / "killed" / "faces" / ".7.npz.x.tmp").write_bytes(b"half")
    stop.clear()
    found, told = run(tmp_path / "killed", 3)
    assert done == [0, 1, 2, 3]
    assert told == run(tmp_path / "left in peace", 3)[1] == run(tmp_path / "killed", 3)[1]
    assert found.skipped == [1]
    assert found.seconds == 1.5 + 0.25 + 3.5 + 4.5
    assert not list((tmp_path / "killed" / "faces").glob(".*"))
    assert evaluation_report.page(found, {**json.loads(told)}).count("data:image") > 2

    done.clear()
    run(tmp_path / "open", 2, closed=False)
    run(tmp_path / "open", 2)
    assert done == [0, 1, 2, 0, 2], "what lacks the second pass is done anew, what cannot be measured is not"
    with pytest.raises(InputError, match=r"evaluated otherwise \(seed\)"):
        KeptFaces(tmp_path / "open", {"seed": 8})
    (tmp_path / "open" / "faces" / "2.npz").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(InputError, match=r"2\.npz is damaged; delete it"):
        KeptFaces(tmp_path / "open", {"seed": 9}).load(2)
    (tmp_path / "open" / "faces" / "protocol.json").write_text("{")
    with pytest.raises(InputError, match="choose another folder with --report"):
        KeptFaces(tmp_path / "open", {"seed": 9})


def test_the_report_stands_alone_and_names_the_worst(tmp_path: Path) -> None:
    found = Evaluation([result(0, obedient(noise=0.05)), result(3, obedient(noise=3))], [], [], [], 9.0)
    told = {
        **summary(found.faces),
        "seconds": 9.0,
        "unreachable": unreachable(found.faces),
        "goals": [{"goal": "a < b", "reached": False}],
        "protocol": {"seed": 5, "generator": "g", "precision": "f32", "calibration_pictures": 64},
    }
    evaluation_report.prepare(tmp_path / "report")
    evaluation_report.write(tmp_path / "report", found, told)
    page = (tmp_path / "report" / "index.html").read_text()
    assert "a &lt; b" in page
    assert page.count("data:image/jpeg;base64,") >= 2
    assert "http" not in page.replace("http-equiv", "")
    assert [face["row"] for face in json.loads((tmp_path / "report" / "figures.json").read_text())["each"]] == [0, 3]
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot make the folder"):
        evaluation_report.prepare(tmp_path / "file" / "report")


# --- calibrating for the grid, on a face whose answer is known ---

NAMES = ("eyes", "mouth", "yaw", "pitch", "smile")


def weak_face(steps: np.ndarray) -> np.ndarray:
    """Answers half as much as others, saturates, and pulls smile along with the mouth."""
    scores = np.zeros((len(steps), len(ATTRIBUTES)))
    own = [ATTRIBUTES.index(name) for name in NAMES]
    scores[:, own] = 3 * np.tanh(0.5 * steps / 3) + 0.2
    scores[:, ATTRIBUTES.index("smile")] += 0.15 * steps[:, 1]
    return scores


def directions() -> Directions:
    population = dict.fromkeys(ATTRIBUTES, 1.0)
    return Directions(NAMES, np.zeros((5, 1, 4), np.float32), population, population, "fake", "f" * 64)


def test_a_face_that_answers_weakly_is_reached_with_few_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def measured(
        generator: object, scorer: object, w: object, moves: object, steps: np.ndarray, done: object
    ) -> object:
        drawn.append(len(steps))
        return weak_face(steps)

    monkeypatch.setattr(calibrating, "measure_steps", measured)
    asked = {name: (min(values) - 0.2, max(values) + 0.2) for name, values in GRID.items()}
    found = calibrate(
        None,  # type: ignore[arg-type]
        None,  # type: ignore[arg-type]
        np.zeros((1, 4)),
        directions(),
        seed=3,
        points=64,
        asked=asked,
        narrow=True,
    )
    assert sum(drawn) == 64
    steps = np.array([found.invert(dict(zip(ASKED, row.tolist(), strict=True))) for row in TARGETS])
    got = weak_face(steps)
    assert np.abs(got[:, COLUMNS] - TARGETS).max() < 0.2
    # It answers at half strength: the shortest steps that do nearly as well fall short by 4 %.
    assert np.abs(got[:, COLUMNS] - TARGETS).mean() < 0.07
    held = [ATTRIBUTES.index(name) for name in ("pitch", "smile")]
    assert np.abs(got[:, held] - 0.2).max() < 0.15
    better = with_points(found, directions(), steps, got)
    assert len(better.points) == 64 + 50
    assert np.allclose(better.base, found.base)


def test_a_mouth_that_is_shut_and_opens_late_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(steps: np.ndarray) -> np.ndarray:
        scores = weak_face(2 * steps)
        scores[:, 1] = np.maximum(1.1 * (steps[:, 1] - 2.5), 0) - 1.2
        return scores

    monkeypatch.setattr(calibrating, "measure_steps", lambda *given: late(given[4]))
    asked = {name: (min(values) - 0.2, max(values) + 0.2) for name, values in GRID.items()}
    nothing: Any = None
    found = calibrate(nothing, nothing, np.zeros((1, 4)), directions(), seed=3, points=64, asked=asked, narrow=True)
    steps = np.array([found.invert(dict(zip(ASKED, row.tolist(), strict=True))) for row in TARGETS])
    got = late(steps)[:, 1]
    assert np.corrcoef(got, TARGETS[:, 1])[0, 1] > 0.95
    assert np.abs(got - np.maximum(TARGETS[:, 1], -1.2)).mean() < 0.15


def test_directions_that_lack_an_attribute_of_the_grid_are_refused() -> None:
    from ohlora.face.directions.evaluation import evaluate

    population = dict.fromkeys(ATTRIBUTES, 1.0)
    some = Directions(("eyes",), np.zeros((1, 1, 4), np.float32), population, population, "fake", "f" * 64)
    with pytest.raises(InputError, match="none for mouth"):
        evaluate(some, None, None, faces=1, seed=1)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no SVM normals are kept"):
        evaluate(directions(), None, None, faces=1, seed=1, baseline=1)  # type: ignore[arg-type]


# --- on the real network ---


def test_the_same_person_is_near_and_another_far(generator: MobileStyleGAN) -> None:
    pytest.importorskip("dlib")
    from ohlora.face.directions.sampling import latents_w

    one, other = latents_w(generator, 41, [0, 1])
    identity = Identity()
    first = identity.describe(generator.pixels(one[None]))
    assert np.linalg.norm(first - identity.describe(generator.pixels(one[None] * np.float32(1.02)))) < 0.3
    assert np.linalg.norm(first - identity.describe(generator.pixels(other[None]))) > SAME_PERSON


def test_the_command_on_one_face(tmp_path: Path) -> None:
    call = ["evaluate", "--faces", "1", "--seed", "41", "--points", "24", "--baseline", "0", "--report", tmp_path / "r"]
    run = CliRunner().invoke(face, [*map(str, call), "--json"], catch_exceptions=False)
    assert run.exit_code == 0, run.output
    told = json.loads(run.stdout)
    assert {"faces", "attributes", "pass_rate", "leak", "identity_distance_p95", "seconds"} <= told.keys()
    assert set(told["attributes"]) == set(told["leak"]) == set(ASKED)
    for name in ASKED:
        assert {"correlation_mean", "slope_median", "mae_sigma"} <= told["attributes"][name].keys()
        assert told["attributes"][name]["correlation_mean"] > 0.5
    assert (tmp_path / "r" / "index.html").stat().st_size > 10_000
    assert told["leak"]["yaw"]["roll"] < 0.2, "the picture is turned by what the head leans"
    assert told["background_measured_on"] == "parsed background"
    assert 0 < told["background_change"] < 60
    assert (tmp_path / "r" / "faces" / "0.npz").is_file()
