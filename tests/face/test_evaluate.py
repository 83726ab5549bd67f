"""The grid protocol: its arithmetic on answers that are known, and the whole command on one real face."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from ohlora.cli.face import face
from ohlora.errors import InputError
from ohlora.face.attributes.landmarks import ATTRIBUTES
from ohlora.face.directions import calibration as calibrating
from ohlora.face.directions import evaluation_report
from ohlora.face.directions.calibration import calibrate, with_points
from ohlora.face.directions.directions import Directions
from ohlora.face.directions.evaluation import (
    ASKED,
    BLACK,
    GRID,
    TARGETS,
    Evaluation,
    FaceResult,
    figures,
    goals,
    summary,
    unreachable,
)
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


def result(row: int, measured: np.ndarray) -> FaceResult:
    correlation, slope, error, leak = figures(measured)
    picture = np.full((16, 16, 3), 100, np.uint8)
    reach = {"eyes": (-3.0, 2.0), "mouth": (-1.2, 4.0), "yaw": (-2.5, 2.5)}
    base = dict.fromkeys(ATTRIBUTES, 0.0)
    identity = np.full(len(BLACK), 0.3)
    return FaceResult(row, base, measured, correlation, slope, error, leak, identity, 5.0, reach, 1.0, 114, [picture])


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
    json.dumps(found, allow_nan=False)


def test_what_faces_cannot_reach_is_counted() -> None:
    told = unreachable([result(0, obedient())])
    assert told["mouth"]["faces_short_of_low"] == 1
    assert told["mouth"]["faces_short_of_high"] == 0
    assert told["yaw"]["faces_short_of_low"] == 0


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
    assert np.abs(got[:, COLUMNS] - TARGETS).mean() < 0.05
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
