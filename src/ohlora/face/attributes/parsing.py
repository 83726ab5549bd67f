"""Hair and background of a portrait, from the classes that the face-parsing network gives every pixel.

Notable choices:
- The weights are read strictly: every tensor of the file has its place in the network and the other way round.
- The network is put into evaluation mode where it is loaded, and again before every picture, so that no caller can make
  the same picture measure differently. It runs on one thread: torch rounds differently with their number.
- A picture of another size is brought to 512², what the network was trained on, and the classes back to the picture's.

Needs torch (the extra `train`). Knows nothing of generators, scores in σ or landmarks.
"""

import importlib.util
import math
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError, MissingError
from ohlora.models import locate

if TYPE_CHECKING:
    from ohlora.face.attributes.bisenet import BiSeNet

MODEL = "face-parsing"
ATTRIBUTES: tuple[str, ...] = ("hair_color", "hair_length", "background_mean", "background_std")
UNITS: Mapping[str, str] = {
    "hair_color": "0–1",
    "hair_length": "0–1",
    "background_mean": "0–1",
    "background_std": "0–1",
}
BACKGROUND, HAIR, HAT = 0, 17, 18

_SIDE = 512
# What torchvision's ResNet-18, from which the network was trained, expects (mean and spread of ImageNet, RGB, 0–1).
_MEAN, _SPREAD = (np.array(row, np.float32) for row in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
# Fewer pixels than this share of the picture are no hair, or no background, to speak of.
_LEAST = 0.001


def available() -> bool:
    """Whether torch and the network's file are here."""
    from ohlora.models import find as model
    from ohlora.models import problems

    return importlib.util.find_spec("torch") is not None and not problems(model(MODEL))


class ParsingScorer:
    """Measures hair and background of the portrait in an image.

    The brightness of a pixel is the mean of its R, G and B, 0 black … 1 white. Values:
        hair_color: mean brightness of the hair's pixels, those below the 10th and above the 90th percentile left out.
            Higher is fairer. NaN where there is no hair.
        hair_length: share of the rows below the top quarter of the picture that hold hair. Higher is longer; 0 bald, 1
            down to the lower edge.
        background_mean, background_std: mean and standard deviation of the brightness of the background in the upper half
            of the picture, those below the 5th and above the 95th percentile left out. NaN where there is none.

    The same pixels give the same values whatever was measured before, on any number of threads.

    Raises:
        MissingError: torch is not installed, or the network's file is not there.
        InputError: the file does not hold exactly the network's tensors.
    """

    def __init__(self) -> None:
        if importlib.util.find_spec("torch") is None:
            raise torch_missing()
        self.network = load_network()
        self._thread = _single_thread()

    def classes(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The class of every pixel of an image (H, W, 3) uint8 RGB: (H, W) numbers into `bisenet.CLASSES`.

        Raises:
            InputError: the array is not such an image.
        """
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or not rgb.size:
            raise InputError(
                f"an image of shape (H, W, 3) and type uint8 is needed, not {rgb.shape} {rgb.dtype}",
                f"(H, W, 3) 모양의 uint8 이미지가 필요하지만 {rgb.shape} {rgb.dtype}입니다",
            )
        return self._thread.submit(self._classes, rgb).result()

    def measure(self, rgb: NDArray[np.uint8]) -> dict[str, float]:
        """Values of all attributes of an image (H, W, 3) uint8 RGB."""
        return measure_classes(rgb, self.classes(rgb))

    def measure_all(self, images: Iterable[NDArray[np.uint8]]) -> NDArray[np.float64]:
        """Values of many images, (N, 4), columns as `ATTRIBUTES`."""
        rows = [[values[name] for name in ATTRIBUTES] for values in map(self.measure, images)]
        return np.array(rows, np.float64).reshape(-1, len(ATTRIBUTES))

    def _classes(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        import torch
        from torch.nn import functional

        height, width = rgb.shape[:2]
        self.network.eval()  # whatever anybody did to it meanwhile
        with torch.inference_mode():
            # Channels last: two thirds of the time.
            image = torch.from_numpy(_prepared(rgb)).contiguous(memory_format=torch.channels_last)
            scores = self.network(image)
            full = functional.interpolate(scores, (_SIDE, _SIDE), mode="bilinear", align_corners=True)
            found = full[0].argmax(0).to(torch.uint8).numpy()
        return (
            found
            if (height, width) == found.shape
            else cv2.resize(found, (width, height), interpolation=cv2.INTER_NEAREST)
        )

    def close(self) -> None:
        """Ends the thread; the scorer cannot measure afterwards."""
        self._thread.shutdown()

    def __enter__(self) -> "ParsingScorer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def torch_missing() -> MissingError:
    """The sentence for an installation without the extra."""
    return MissingError(
        "hair and background are measured with torch, which is not installed; run: pip install 'ohlora[train]'",
        "머리카락과 배경을 재려면 torch가 필요하지만 설치되어 있지 않습니다. 실행하세요: pip install 'ohlora[train]'",
    )


def measure_classes(rgb: NDArray[np.uint8], classes: NDArray[np.uint8]) -> dict[str, float]:
    """Values of all attributes of an image (H, W, 3) whose pixels are of these classes (H, W); see `ParsingScorer`."""
    height = len(rgb)
    brightness = rgb.mean(axis=2) / 255
    hair, background = classes == HAIR, (classes == BACKGROUND)[: height // 2]
    if hair.mean() < _LEAST:
        hair = np.zeros_like(hair)
    behind = _between(brightness[: height // 2][background], 5, 95, _LEAST * classes.size)
    return {
        "hair_color": float(_between(brightness[hair], 10, 90, _LEAST * classes.size).mean())
        if hair.any()
        else math.nan,
        "hair_length": float(hair[height // 4 :].any(axis=1).mean()),
        "background_mean": float(behind.mean()) if behind.size else math.nan,
        "background_std": float(behind.std()) if behind.size else math.nan,
    }


def load_network() -> "BiSeNet":
    """The network with the weights of the catalogue's file, in evaluation mode, without gradients.

    Raises:
        MissingError: the file is not there.
        InputError: a tensor is missing, unexpected, of another shape or type, or not finite; one sentence names them.
    """
    import torch

    from ohlora.checkpoint.reader import is_finite, read
    from ohlora.face.attributes.bisenet import BiSeNet

    path = locate(MODEL) / "79999_iter.pth"
    part = read(path).parts[0]
    with torch.device("meta"):  # no first weights are drawn: every tensor comes from the file
        network = BiSeNet()
    wanted = network.state_dict()
    wrong = {
        "missing": [name for name in wanted if name not in part.tensors],
        "unexpected": [name for name in part.tensors if name not in wanted],
        "mis-shaped": [
            name
            for name, tensor in part.tensors.items()
            if name in wanted
            and (tensor.shape != tuple(wanted[name].shape) or f"torch.{tensor.dtype}" != str(wanted[name].dtype))
        ],
    }
    values = {} if any(wrong.values()) else {name: part.read(name) for name in part.tensors}
    wrong["not finite"] = [name for name, numbers in values.items() if not is_finite(numbers)]
    if any(wrong.values()):
        listed = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in wrong.items() if names)
        raise InputError(
            f"{path} is not the face-parsing network ({listed}); fetch it again with: ohlora models pull {MODEL}",
            f"{path}은(는) 얼굴 영역 신경망이 아닙니다({listed}). 다시 받기: ohlora models pull {MODEL}",
        )
    network.load_state_dict({name: torch.tensor(numbers) for name, numbers in values.items()}, strict=True, assign=True)
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def _prepared(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """An image (H, W, 3) → (1, 3, 512, 512) float32, normalised."""
    if rgb.shape[:2] != (_SIDE, _SIDE):
        shrinks = rgb.shape[0] > _SIDE
        rgb = np.asarray(cv2.resize(rgb, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR))
    scaled = (rgb.astype(np.float32) / 255 - _MEAN) / _SPREAD
    return np.ascontiguousarray(np.moveaxis(scaled, 2, 0)[None])


def _between(values: NDArray, low: float, high: float, least: float) -> NDArray:
    """Values from the `low`-th to the `high`-th percentile; none where there are fewer than `least`."""
    if len(values) < max(1.0, least):
        return values[:0]
    first, last = np.percentile(values, (low, high))
    return values[(values >= first) & (values <= last)]


def _single_thread() -> ThreadPoolExecutor:
    """A thread in which torch computes on one thread; elsewhere it goes on as it was (see `torch_generator`)."""
    import torch

    def alone() -> None:
        torch.set_num_threads(1)
        torch.get_num_threads()  # asking makes torch keep it for this thread

    threads = torch.get_num_threads()
    pool = ThreadPoolExecutor(1, "parsing")
    pool.submit(alone).result()
    torch.set_num_threads(threads)
    return pool
