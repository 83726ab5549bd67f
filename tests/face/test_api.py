"""`from ohlora import Face`: as in a notebook."""

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ohlora
from ohlora import Face
from ohlora.errors import InputError


@pytest.fixture(scope="module")
def her() -> Iterator[Face]:
    with Face.load("ohlora") as face:
        yield face


def test_a_picture_knows_what_was_asked_and_measured_and_shows_itself(her: Face, tmp_path: Path) -> None:
    picture = her.render(eyes=1.0, mouth=0.5, size=256)
    assert picture.asked == {"eyes": 1.0, "mouth": 0.5}
    assert picture.measured["eyes"] == pytest.approx(1, abs=0.25)
    assert picture.measured["yaw"] == pytest.approx(her.scores["yaw"], abs=0.25)
    shown = Image.open(io.BytesIO(picture._repr_png_()))
    assert np.array_equal(np.asarray(shown), picture.rgb)
    assert picture.image.size == (256, 256)
    digest = picture.save(tmp_path / "her.webp")
    assert len(digest) == 64
    assert b"trainedAlgorithmicMedia" in (tmp_path / "her.webp").read_bytes()
    assert "rgb" not in repr(picture)
    assert "eyes" in repr(picture)


def test_nothing_asked_is_her_own_face(her: Face) -> None:
    assert her.neutral.measured == pytest.approx(her.scores, abs=0.05)
    assert her.measure(her.neutral.rgb) == her.neutral.measured
    assert set(her.reach) == set(her.attributes)
    assert her._repr_png_()[:4] == b"\x89PNG"
    assert "ohlora" in repr(her)


def test_wrong_wishes_are_one_sentence(her: Face, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no direction for 'nose'"):
        her.render(nose=1)
    with pytest.raises(InputError, match="finite number"):
        her.render({"eyes": float("nan")})
    with pytest.raises(InputError, match="no size 100"):
        her.render(size=100)
    with pytest.raises(InputError, match="ending must be one of"):
        her.neutral.save(tmp_path / "her.gif")
    with pytest.raises(InputError, match="no persona named"):
        Face.load("nobody")


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, ohlora; assert not {'numpy', 'cv2', 'PIL', 'openvino', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="no attribute 'Nose'"):
        ohlora.Nose  # noqa: B018
