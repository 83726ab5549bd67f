"""Eyes, mouth, head angles and smile of a face, from MediaPipe's 478 landmarks, blendshapes and head matrix.

Notable choices:
- Ratios are taken between landmarks in pixels of the image (2-D), so they do not depend on its size or shape.
- Exactly one face is wanted. None and several are refusals: a second face would make the values mean nothing.
- MediaPipe's C++ part writes start-up chatter straight to file descriptor 2. It is held back while the model starts and
  shown only if starting fails.

Knows nothing of generators, scores in σ, or files other than the model's.
"""

import math
import os
import sys
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError, MissingError
from ohlora.models import locate

ATTRIBUTES: tuple[str, ...] = ("eyes", "mouth", "yaw", "pitch", "roll", "smile")
UNITS: Mapping[str, str] = {
    "eyes": "ratio",
    "mouth": "ratio",
    "yaw": "degree",
    "pitch": "degree",
    "roll": "degree",
    "smile": "0–1",
}

# Landmarks of MediaPipe's face mesh. An eye: outer and inner corner, then two pairs of upper and lower lid.
_EYES = (((33, 133), (160, 144), (158, 153)), ((263, 362), (387, 373), (385, 380)))
_AROUND_EYES = ((33, 133, 159, 145), (263, 362, 386, 374))
_INNER_LIPS = (13, 14)
_MOUTH_CORNERS = (61, 291)


class LandmarkScorer:
    """Measures the six landmark attributes of the one face in an image. Use as a context manager, or `close()` it.

    Values, in raw units:
        eyes: mean over both eyes of (sum of two lid gaps) / (2 × eye width): Soukupová & Čech 2016, eye aspect ratio.
        mouth: gap between the inner lips / width between the mouth's corners.
        yaw, pitch, roll: degrees of R = Ry(yaw) · Rx(−pitch) · Rz(roll), R being the head matrix's rotation, in the
            camera's axes (x to the right of the picture, y up, z towards the camera). Positive yaw: the nose points to
            the right-hand side of the picture. Positive pitch: the nose points up. Positive roll: the head is turned
            counter-clockwise in the picture, its crown towards the left-hand side. MediaPipe's zero pitch is its
            canonical model's, not "looking straight": an average portrait measures a few degrees below zero.
        smile: mean of the blendshapes mouthSmileLeft and mouthSmileRight, 0–1.

    The same pixels give the same values whatever was measured before. One scorer serves one thread at a time.

    Raises:
        MissingError: the landmark model is not there (from `ohlora.models.locate`) or cannot be opened.
    """

    def __init__(self) -> None:
        path = locate("face-landmarker") / "face_landmarker.task"
        # Imported here: it takes a second, and --help need not wait for it.
        with _chatter_held_back():
            import mediapipe
            from mediapipe.tasks.python import BaseOptions, vision

            self._mediapipe = mediapipe
            self._landmarker: Any
            options = vision.FaceLandmarkerOptions(
                base_options=BaseOptions(model_asset_path=str(path)),
                num_faces=2,
                output_face_blendshapes=True,
                output_facial_transformation_matrixes=True,
            )
            try:
                self._landmarker = vision.FaceLandmarker.create_from_options(options)
                self._detect(np.full((64, 64, 3), 127, np.uint8))  # the rest of the chatter comes with the first image
            except (RuntimeError, ValueError, OSError) as error:
                raise MissingError(
                    f"the landmark model {path} cannot be opened; fetch it again with: ohlora models pull face-landmarker",
                    f"랜드마크 모델 {path}을(를) 열 수 없습니다. 다시 받기: ohlora models pull face-landmarker",
                ) from error
        self._closer = weakref.finalize(self, _close, self._landmarker)

    def measure(self, rgb: NDArray[np.uint8]) -> dict[str, float]:
        """Raw values of all attributes of the face in an image of shape (H, W, 3), uint8, RGB.

        Raises:
            InputError: there is no face in the image, there are several, or the array is not such an image.
        """
        return self.look(rgb)[0]

    def look(self, rgb: NDArray[np.uint8]) -> tuple[dict[str, float], NDArray[np.float64]]:
        """Raw values as `measure`, and the centres of the two eyes (2, 2): the left one of the picture first, x and y as
        shares of width and height.

        Raises:
            InputError: as `measure`.
        """
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
            raise InputError(
                f"an image of shape (H, W, 3) and type uint8 is needed, not {rgb.shape} {rgb.dtype}",
                f"(H, W, 3) 모양의 uint8 이미지가 필요하지만 {rgb.shape} {rgb.dtype}입니다",
            )
        found = self._detect(np.ascontiguousarray(rgb))
        if not found.face_landmarks:
            raise InputError("there is no face in the image", "이미지에 얼굴이 없습니다")
        if len(found.face_landmarks) > 1:
            raise InputError("there are several faces in the image", "이미지에 얼굴이 여럿 있습니다")
        height, width = rgb.shape[:2]
        points = np.array([(p.x * width, p.y * height) for p in found.face_landmarks[0]])
        values = {
            "eyes": eye_aspect_ratio(points),
            "mouth": mouth_aspect_ratio(points),
            **head_angles(np.asarray(found.facial_transformation_matrixes[0])),
            "smile": _smile(found.face_blendshapes[0]),
        }
        return values, np.array([points[list(around)].mean(axis=0) for around in _AROUND_EYES]) / (width, height)

    def measure_all(self, images: Iterable[NDArray[np.uint8]]) -> NDArray[np.float64]:
        """Values of many images, shape (N, 6), columns as `ATTRIBUTES`; NaN where there is not exactly one face."""
        rows = []
        for rgb in images:
            try:
                values = self.measure(rgb)
                rows.append([values[name] for name in ATTRIBUTES])
            except InputError:
                rows.append([math.nan] * len(ATTRIBUTES))
        return np.array(rows, np.float64).reshape(-1, len(ATTRIBUTES))

    def _detect(self, rgb: NDArray[np.uint8]) -> Any:
        image = self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=rgb)
        return self._landmarker.detect(image)

    def close(self) -> None:
        """Frees the model; the scorer cannot measure afterwards."""
        self._closer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _close(landmarker: Any) -> None:
    """Closes a landmarker, also one that is still open when the interpreter exits.

    By then its worker thread is gone, closing raises, and its `__del__` would try again and print a traceback. The
    process is ending, so forgetting the handle is enough.
    """
    try:
        landmarker.close()
    except RuntimeError:
        landmarker._handle = None


def eye_aspect_ratio(points: NDArray) -> float:
    """Mean over both eyes of (sum of two lid gaps) / (2 × eye width). `points`: (478, 2) pixels."""
    ratios = [
        (_distance(points, upper) + _distance(points, lower)) / (2 * _distance(points, corners))
        for corners, upper, lower in _EYES
    ]
    return sum(ratios) / len(ratios)


def mouth_aspect_ratio(points: NDArray) -> float:
    """Gap between the inner lips / distance of the mouth's corners. `points`: (478, 2) pixels."""
    return _distance(points, _INNER_LIPS) / _distance(points, _MOUTH_CORNERS)


def head_angles(matrix: NDArray) -> dict[str, float]:
    """Yaw, pitch and roll in degrees from a 4×4 (or 3×3) head matrix; axes and signs as in `LandmarkScorer`."""
    rotation = matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=0)  # the matrix may carry a scale
    return {
        "yaw": math.degrees(math.atan2(rotation[0, 2], rotation[2, 2])),
        "pitch": math.degrees(math.asin(float(np.clip(rotation[1, 2], -1, 1)))),
        "roll": math.degrees(math.atan2(rotation[1, 0], rotation[1, 1])),
    }


def read_image(path: Path) -> NDArray[np.uint8]:
    """Reads an image file as (H, W, 3) uint8 RGB, turned upright by its EXIF orientation.

    Raises:
        InputError: the file cannot be read or is not an image.
    """
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot read {path}: {reason}", f"{path}을(를) 읽을 수 없습니다: {reason}") from error
    image = _decode(data)
    if image is None:
        raise InputError(f"{path} is not an image, or is damaged", f"{path}은(는) 이미지가 아니거나 손상되었습니다")
    return image


def score_file(scorer: LandmarkScorer, path: Path) -> dict[str, float]:
    """Measures the face in an image file.

    Raises:
        InputError: the sentence names the file: unreadable, not an image, no face, several faces.
    """
    rgb = read_image(path)
    try:
        return scorer.measure(rgb)
    except InputError as error:
        raise InputError(f"{path}: {error.en}", f"{path}: {error.ko}") from error


def _decode(data: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    if not data.size:
        return None
    with _chatter_held_back():  # the decoders complain on descriptor 2 about damaged files
        try:
            return cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)
        except cv2.error:  # a header that claims more pixels than OpenCV allows
            return None


def _distance(points: NDArray, pair: tuple[int, int]) -> float:
    return math.dist(points[pair[0]], points[pair[1]])


def _smile(blendshapes: Iterable[Any]) -> float:
    values = {shape.category_name: shape.score for shape in blendshapes}
    return (values["mouthSmileLeft"] + values["mouthSmileRight"]) / 2


@contextmanager
def _chatter_held_back() -> Iterator[None]:
    """Keeps C++ code from writing to descriptor 2 meanwhile; what it wrote is shown only if the block fails unforeseen.

    The descriptor belongs to the whole process, so keep the block short.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except InputError:
            raise
        except BaseException:
            held.seek(0)
            os.write(kept, held.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
