"""Attributes: the formulas on points whose answer is known, and the real landmark model on real faces."""

import math
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.face.attributes.landmarks import (
    ATTRIBUTES,
    LandmarkScorer,
    eye_aspect_ratio,
    head_angles,
    mouth_aspect_ratio,
    read_image,
    score_file,
)
from ohlora.face.directions.sampling import latents_w
from ohlora.face.mobile_stylegan import MobileStyleGAN


def points(**places: tuple[float, float]) -> NDArray:
    """478 points, all far away but the named ones (p33=(x, y))."""
    all_points = np.full((478, 2), -1000.0)
    for name, place in places.items():
        all_points[int(name[1:])] = place
    return all_points


EYES = points(
    p33=(0, 0),
    p133=(30, 0),
    p160=(10, -4),
    p144=(10, 5),
    p158=(20, -5),
    p153=(20, 4),
    p263=(100, 0),
    p362=(70, 0),
    p387=(90, -3),
    p373=(90, 3),
    p385=(80, -3),
    p380=(80, 3),
)


def test_eyes_are_the_mean_of_lid_gaps_over_twice_the_width() -> None:
    right, left = (9 + 9) / (2 * 30), (6 + 6) / (2 * 30)
    assert eye_aspect_ratio(EYES) == pytest.approx((right + left) / 2)


def test_mouth_is_the_inner_gap_over_the_width() -> None:
    lips = points(p13=(50, 100), p14=(50, 112), p61=(20, 105), p291=(80, 105))
    assert mouth_aspect_ratio(lips) == pytest.approx(12 / 60)


def test_ratios_do_not_depend_on_size_or_tilt() -> None:
    turn = np.array([[math.cos(0.3), -math.sin(0.3)], [math.sin(0.3), math.cos(0.3)]])
    assert eye_aspect_ratio(2.5 * EYES @ turn.T) == pytest.approx(eye_aspect_ratio(EYES))


@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(20, 0, 0), (0, 15, 0), (0, 0, -10), (-25, 12, 7)])
def test_head_angles_undo_the_rotation_they_name(yaw: float, pitch: float, roll: float) -> None:
    a, b, c = (math.radians(angle) for angle in (yaw, -pitch, roll))
    about_y = [[math.cos(a), 0, math.sin(a)], [0, 1, 0], [-math.sin(a), 0, math.cos(a)]]
    about_x = [[1, 0, 0], [0, math.cos(b), -math.sin(b)], [0, math.sin(b), math.cos(b)]]
    about_z = [[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]]
    matrix = np.eye(4)
    matrix[:3, :3] = 1.7 * np.array(about_y) @ about_x @ about_z
    assert head_angles(matrix) == pytest.approx({"yaw": yaw, "pitch": pitch, "roll": roll}, abs=1e-9)


def test_signs_of_head_angles_in_the_picture() -> None:
    """Where the nose (the head's z axis) points: x to the right of the picture, y up."""
    nose_right_and_up = np.eye(3)
    nose_right_and_up[:, 2] = np.array([0.5, 0.3, 0.81])
    nose_right_and_up = np.linalg.qr(nose_right_and_up[:, ::-1])[0][:, ::-1]
    nose_right_and_up *= np.sign(nose_right_and_up[2, 2])
    angles = head_angles(nose_right_and_up)
    assert angles["yaw"] > 20
    assert angles["pitch"] > 10


@pytest.fixture(scope="module")
def faces(generator: MobileStyleGAN) -> list[NDArray[np.uint8]]:
    return [generator.pixels(w[None]) for w in latents_w(generator, 77, range(6))]


def test_mirroring_a_face_turns_yaw_and_roll_round_and_keeps_the_rest(
    faces: list[NDArray[np.uint8]], scorer: LandmarkScorer
) -> None:
    for rgb in faces:
        straight, mirrored = scorer.measure(rgb), scorer.measure(np.ascontiguousarray(rgb[:, ::-1]))
        assert mirrored["yaw"] == pytest.approx(-straight["yaw"], abs=2)
        assert mirrored["roll"] == pytest.approx(-straight["roll"], abs=2)
        assert mirrored["pitch"] == pytest.approx(straight["pitch"], abs=2)
        assert mirrored["eyes"] == pytest.approx(straight["eyes"], abs=0.03)
        assert mirrored["mouth"] == pytest.approx(straight["mouth"], abs=0.03)


def test_turning_the_picture_turns_roll_by_as_much(faces: list[NDArray[np.uint8]], scorer: LandmarkScorer) -> None:
    rgb = faces[0]
    turn = cv2.getRotationMatrix2D((256, 256), 12, 1.0)  # 12° counter-clockwise
    turned = cv2.warpAffine(rgb, turn, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    assert scorer.measure(turned)["roll"] - scorer.measure(rgb)["roll"] == pytest.approx(12, abs=2)


def test_values_are_the_same_whatever_came_before(faces: list[NDArray[np.uint8]], scorer: LandmarkScorer) -> None:
    forward = scorer.measure_all(faces)
    backward = scorer.measure_all(faces[::-1])[::-1]
    assert np.array_equal(forward, backward)
    with LandmarkScorer() as another:
        assert another.measure(faces[2]) == dict(zip(ATTRIBUTES, forward[2], strict=True))


def test_no_face_and_several_faces_are_refused(faces: list[NDArray[np.uint8]], scorer: LandmarkScorer) -> None:
    with pytest.raises(InputError, match="no face"):
        scorer.measure(np.full((300, 300, 3), 90, np.uint8))
    with pytest.raises(InputError, match="several faces"):
        scorer.measure(np.concatenate(faces[:2], axis=1))
    with pytest.raises(InputError, match="uint8"):
        scorer.measure(np.zeros((10, 10), np.float32))  # type: ignore[arg-type]
    values = scorer.measure_all([faces[0], np.zeros((64, 64, 3), np.uint8)])
    assert np.isfinite(values[0]).all()
    assert np.isnan(values[1]).all()


def test_files_that_are_no_images_are_named(tmp_path: Path, scorer: LandmarkScorer) -> None:
    letter = tmp_path / "letter.png"
    letter.write_text("not a picture")
    empty = tmp_path / "empty.png"
    empty.touch()
    grey = tmp_path / "grey.png"
    cv2.imwrite(str(grey), np.full((64, 64, 3), 90, np.uint8))
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(b"\xff\xd8\xff\xe0" + bytes(40))
    for path in (letter, empty, cut):
        with pytest.raises(InputError, match=f"{path.name} is not an image"):
            read_image(path)
    with pytest.raises(InputError, match=r"gone\.png"):
        read_image(tmp_path / "gone.png")
    with pytest.raises(InputError, match="cannot read"):
        read_image(tmp_path)
    with pytest.raises(InputError, match=r"grey\.png: there is no face"):
        score_file(scorer, grey)


def test_starting_and_forgetting_to_close_says_nothing() -> None:
    """MediaPipe's own chatter, and the traceback of a landmarker left open, must not reach the user's screen."""
    code = """
import numpy as np
from ohlora.face.attributes.landmarks import LandmarkScorer
scorer = LandmarkScorer()
scorer.measure_all([np.zeros((64, 64, 3), np.uint8)])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == done.stderr == ""
