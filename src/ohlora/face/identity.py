"""Whether two pictures show the same person: distance between 128 numbers a face, by dlib's network.

dlib (King 2009) with its face recognition model: below 0.6 the network calls two pictures the same person (99.4 % right on
Labeled Faces in the Wild). Belongs to the workshop: the package extra `train` brings it. Knows nothing of generators.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import MissingError

SAME_PERSON = 0.6


class Identity:
    """Describes faces by 128 numbers.

    Raises:
        MissingError: dlib or its models are not installed.
    """

    def __init__(self) -> None:
        try:
            import dlib
            import face_recognition_models as files
        except ImportError as error:
            raise MissingError(
                "the identity distance needs dlib; install it with: pip install 'ohlora[train]'",
                "동일인 거리를 재려면 dlib이 필요합니다. 설치: pip install 'ohlora[train]'",
            ) from error
        self._detector: Any = dlib.get_frontal_face_detector()
        self._points: Any = dlib.shape_predictor(files.pose_predictor_five_point_model_location())
        self._network: Any = dlib.face_recognition_model_v1(files.face_recognition_model_location())
        self._rectangle: Any = dlib.rectangle

    def describe(self, rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
        """(128,) of the face in an aligned portrait (H, W, 3) uint8. Where the detector sees none, of the middle."""
        image = np.ascontiguousarray(rgb)
        found = self._detector(image, 0)
        height, width = image.shape[:2]
        middle = self._rectangle(width // 5, height * 5 // 16, width * 4 // 5, height * 15 // 16)
        place = max(found, key=lambda box: box.area()) if len(found) else middle
        return np.array(self._network.compute_face_descriptor(image, self._points(image, place)))
