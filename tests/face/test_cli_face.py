"""`ohlora face` as a user calls it: processes, exit statuses, one sentence for bad input."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from PIL import Image

from ohlora import cli
from ohlora.cli import face as face_cli
from ohlora.errors import OhLoraError
from ohlora.face import mobile_stylegan, persona_face
from ohlora.face.attributes import landmarks, parsing
from ohlora.face.directions import sampling
from ohlora.face.directions.search import CONTROLLED, METHODS
from ohlora.face.pixels import draw

REQUEST = ["--persona", "ohlora", "--eyes", "1", "--mouth", "0.5", "--yaw", "-1", "--size", "256"]


def ohlora(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ohlora", "face", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def refusal(*arguments: object) -> str:
    """The sentence with which a call is refused (run in this process: quicker)."""
    with pytest.raises(OhLoraError) as caught:
        CliRunner().invoke(face_cli.face, list(map(str, arguments)), catch_exceptions=False)
    assert caught.value.exit_code == 2
    assert caught.value.ko != caught.value.en
    return caught.value.en


def test_names_repeated_for_a_quick_help_are_the_real_ones() -> None:
    assert face_cli.ATTRIBUTES == landmarks.ATTRIBUTES
    assert set(face_cli.ASKED) == set(CONTROLLED)
    assert face_cli.CALIBRATION_POINTS == persona_face.POINTS
    assert face_cli.METHODS == METHODS
    assert face_cli.WANTED == sampling.WANTED
    assert face_cli.ENGINES == sampling.ENGINES
    assert parsing.ATTRIBUTES == sampling.PARSED
    assert "face" in cli.NOUNS


def test_the_same_call_in_two_processes_gives_the_same_bytes(tmp_path: Path) -> None:
    answers = []
    for name in ("one.png", "two.png"):
        done = ohlora("render", *REQUEST, "-o", tmp_path / name, "--json")
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        answers.append(json.loads(done.stdout))
    one, two = answers
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert one["sha256"] == two["sha256"]
    assert set(one) == {"file", "sha256", "precision", "size", "asked", "measured"}
    assert one["asked"] == {"eyes": 1.0, "mouth": 0.5, "yaw": -1.0}
    for attribute, score in one["asked"].items():
        assert one["measured"][attribute] == pytest.approx(score, abs=0.25)
    picture = Image.open(tmp_path / "one.png")
    assert picture.size == (256, 256)
    assert "trainedAlgorithmicMedia" in picture.text["XML:com.adobe.xmp"]
    assert "ynthetic" in picture.text["Description"]


def test_a_seed_is_a_face_that_obeys_too(tmp_path: Path) -> None:
    out = tmp_path / "face.webp"
    done = CliRunner().invoke(
        face_cli.face, ["render", "--seed", "12", "--yaw", "1", "--precision", "f32", "-o", str(out), "--json"]
    )
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["precision"] == "f32"
    assert answer["measured"]["yaw"] == pytest.approx(1, abs=0.1)
    assert Image.open(out).format == "WEBP"


def test_bad_calls_are_one_sentence(tmp_path: Path) -> None:
    out = tmp_path / "x.png"
    assert "either --persona or --seed" in refusal("render", "-o", out)
    assert "no persona named 'nobody'" in refusal("render", "--persona", "nobody", "-o", out)
    assert "ending must be one of" in refusal("render", "--seed", 1, "-o", tmp_path / "x.bmp")
    assert "finite number" in refusal("render", "--persona", "ohlora", "--eyes", "nan", "-o", out)
    words = tmp_path.parent / "words.png"
    words.write_text("no picture")
    assert "is not an image, or is damaged" in refusal("score", words, "--attributes", "landmarks")
    assert "not a sample folder" in refusal("find", tmp_path, "-o", tmp_path / "d.safetensors")
    assert "at least 1" in refusal("sample", "--count", 0, "--seed", 1, "-o", tmp_path / "s")
    assert not out.exists()
    assert list(tmp_path.iterdir()) == []


def test_score_gives_a_row_an_image_and_names_what_is_none(tmp_path: Path) -> None:
    her = tmp_path / "her.png"
    assert ohlora("render", "--persona", "ohlora", "-o", her).returncode == 0
    done = ohlora("score", her, her, "--json")
    first, second = json.loads(done.stdout)["images"]
    assert first == second
    assert set(first) == {"file", *landmarks.ATTRIBUTES, *parsing.ATTRIBUTES}
    assert 0 < first["hair_color"] < 1
    table = ohlora("score", her, "--attributes", "landmarks")
    assert [line.split()[0] for line in table.stdout.splitlines()] == ["file", str(her)]
    grey = tmp_path / "grey.png"
    cv2.imwrite(str(grey), np.full((80, 80, 3), 128, np.uint8))
    failed = ohlora("score", her, grey)
    assert failed.returncode == 2
    assert failed.stdout == ""
    assert failed.stderr == f"ohlora: {grey}: there is no face in the image\n"


def test_score_works_without_torch_and_says_what_all_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    her = tmp_path / "her.png"
    Image.fromarray(portrait()).save(her)
    monkeypatch.setattr(parsing.importlib.util, "find_spec", lambda name: None)
    done = CliRunner().invoke(face_cli.face, ["score", str(her), "--json"])
    assert set(json.loads(done.stdout)["images"][0]) == {"file", *landmarks.ATTRIBUTES}
    with pytest.raises(OhLoraError, match=r"pip install 'ohlora\[train\]'") as caught:
        CliRunner().invoke(face_cli.face, ["score", str(her), "--attributes", "all"], catch_exceptions=False)
    assert caught.value.exit_code == 3


def portrait() -> NDArray[np.uint8]:
    generator = mobile_stylegan.load("auto", 512)
    return draw(generator, generator.w_mean, 512)


def test_a_face_is_cast_with_its_calibration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persona_face, "POINTS", 40)
    folder = tmp_path / "mina"
    arguments = ["cast", "--seed", "1", "--row", "16232", "--note", "a test", "-o", str(folder), "--json"]
    done = CliRunner().invoke(face_cli.face, arguments)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert set(told["base"]) == set(landmarks.ATTRIBUTES)
    assert json.loads((folder / "face.json").read_text())["chosen"] == "a test"
    low, high = told["reach"]["yaw"]
    assert low < told["base"]["yaw"] < high
    assert json.loads((folder / "calibration.json").read_text())["points"] == 40


def test_a_face_is_cast_first_and_calibrated_later(tmp_path: Path) -> None:
    folder = tmp_path / "mina"
    run = CliRunner()
    arguments = ["cast", "--seed", "1", "--row", "16232", "--no-calibration", "-o", str(folder), "--json"]
    assert json.loads(run.invoke(face_cli.face, arguments).stdout)["reach"] == {}
    assert not (folder / "calibration.json").exists()
    done = run.invoke(face_cli.face, ["calibrate", str(folder), "--points", "80", "--json"])
    assert done.exit_code == 0, done.output
    low, high = json.loads(done.stdout)["reach"]["yaw"]
    assert low < 0 < high


@pytest.mark.parametrize(
    "command", [[], ["render"], ["score"], ["sample"], ["find"], ["cast"], ["calibrate"], ["export"]]
)
def test_help_shows_examples(command: list[str]) -> None:
    done = CliRunner().invoke(face_cli.face, [*command, "--help"])
    assert done.exit_code == 0
    assert "ohlora face" in done.output
