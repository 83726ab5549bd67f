"""What an architecture is to the checkpoint room: names and shapes as a function of settings, and settings from shapes.

No framework is needed here: networks themselves live in `ohlora.face`. Every quantity is inferred by a vote of all
tensors that show it, so that one damaged or missing tensor does not mislead the rest.
"""

import math
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError

Shapes = Mapping[str, tuple[int, ...]]
Settings = dict[str, Any]
Attributes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Init:
    """How a tensor begins its life: what its architecture's authors start it with.

    Attributes:
        kind: "normal" (mean 0, standard deviation `scale`), "constant" (`value`, broadcast to the shape) or "mean_w"
            (the mean of w over 10 000 latents, computed with the finished network).
    """

    kind: Literal["normal", "constant", "mean_w"]
    scale: float = 1.0
    value: float | tuple = 0.0

    def __str__(self) -> str:
        if self.kind == "normal":
            return f"normal, mean 0, standard deviation {self.scale:g}"
        return "mean of w over 10000 latents" if self.kind == "mean_w" else "constant"


NORMAL = Init("normal")
ZEROS = Init("constant", value=0.0)
ONES = Init("constant", value=1.0)
MEAN_W = Init("mean_w")


@dataclass(frozen=True)
class Expected:
    """A tensor the architecture has: float32 of this shape. An optional one may be missing."""

    shape: tuple[int, ...]
    init: Init
    optional: bool = False


@dataclass(frozen=True)
class Setting:
    """A number or word that shapes a network.

    Attributes:
        kind: "int", "float", "bool", "text", "channels" (a list of int, one a resolution from 4 up).
        default: what holds where the file does not show it; None: it must be shown or given ("float": there is none).
        says: "the file …" in English and Korean, with {} for the value the file shows.
        choices: the words allowed, for "text".
    """

    kind: Literal["int", "float", "bool", "text", "channels"]
    default: Any
    says: tuple[str, str]
    choices: tuple[str, ...] = ()


RESOLUTION = Setting("int", None, ("makes {0}×{0} images", "{0}×{0} 이미지를 만듭니다"))
CHANNELS = Setting("channels", None, ("has the channels {} (from 4×4 up)", "채널이 {}입니다(4×4부터)"))
Z_DIM = Setting("int", None, ("takes a z of {} numbers", "z가 {}차원입니다"))
W_DIM = Setting("int", None, ("has a w of {} numbers", "w가 {}차원입니다"))
LABEL_SIZE = Setting("int", 0, ("was trained with {} labels", "레이블 {}개로 학습되었습니다"))
MAPPING_LAYERS = Setting("int", None, ("has {} mapping layers", "매핑 층이 {}개입니다"))
MAPPING_FMAPS = Setting("int", None, ("has mapping layers of width {}", "매핑 층의 폭이 {}입니다"))
MAPPING_LR = Setting("float", 0.01, ("scales its mapping weights by {}", "매핑 가중치 배율이 {}입니다"))
IMAGE_CHANNELS = Setting("int", 3, ("makes images of {} channels", "이미지 채널이 {}개입니다"))


class Architecture(ABC):
    """One family of generators. Subclasses say names, shapes and what they reveal."""

    name: ClassVar[str]
    origin: ClassVar[str]  # the implementation whose names these are
    anchors: ClassVar[str]  # a regular expression of names that only this family has, without any prefix
    known: ClassVar[str]  # a regular expression of every name the family may have
    settings: ClassVar[dict[str, Setting]]
    aliases: ClassVar[dict[str, str]]  # names its authors use → ours
    resolutions: ClassVar[tuple[int, int]] = (8, 1024)
    channel_defaults: ClassVar[tuple[int, int]] = (32768, 512)
    ranges: ClassVar[dict[str, tuple[int, int]]] = {}  # settings that must lie between two numbers, beside those of all
    channel_rules: ClassVar[tuple[str, ...]] = ("channel_base", "channel_max")  # other ways to give `channels`

    @abstractmethod
    def infer(self, shapes: Shapes, given: Settings) -> Settings:
        """Settings the shapes show; what they do not show is left out. `given` helps where shapes are ambiguous."""

    @abstractmethod
    def expected(self, settings: Settings) -> dict[str, Expected]:
        """Every tensor of a network with these settings, in the order of its layers."""

    @abstractmethod
    def constructor(self, settings: Settings) -> Settings:
        """The settings under the names of the original implementation's constructor."""

    def told(self, attributes: Attributes) -> Settings:
        """Settings that an NVIDIA pickle tells in words rather than shapes."""
        return {}

    def complete(self, shapes: Shapes, given: Settings, told: Settings | None = None) -> Settings:
        """All settings: given, else told by the file, else shown by its shapes, else the default.

        Raises:
            InputError: one is neither shown nor given, or outside what the architecture allows.
        """
        given = dict(given)
        settings = {name: setting.default for name, setting in self.settings.items()}
        settings |= self.infer(shapes, given) | (told or {})
        base, most = given.pop("channel_base", None), given.pop("channel_max", None)
        settings |= given
        unknown = [name for name, value in settings.items() if value is None and self.settings[name].kind != "float"]
        if "channels" in unknown and settings.get("resolution"):
            base, unknown = base or self.channel_defaults[0], [name for name in unknown if name != "channels"]
        if unknown:
            raise InputError(
                f"`{unknown[0]}` cannot be told from the file; give it with `--set {unknown[0]}=VALUE`.",
                f"파일만으로는 `{unknown[0]}`을(를) 알 수 없습니다. `--set {unknown[0]}=값`으로 알려 주세요.",
            )
        low, high = self.resolutions
        resolution = settings["resolution"]
        if not low <= resolution <= high or resolution & (resolution - 1):
            raise InputError(
                f"`resolution` is {resolution}; {self.name} has {low}, {low * 2} … {high}.",
                f"`resolution`이 {resolution}입니다. {self.name}은(는) {low}, {low * 2} … {high}만 됩니다.",
            )
        if base is not None or most is not None:
            shown = base_and_max(settings["channels"]) if settings.get("channels") else None
            base = base or (shown or self.channel_defaults)[0]
            most = most or (shown or self.channel_defaults)[1]
            settings["channels"] = [max(1, min(base // res, most)) for res in resolutions(resolution)]
        settings["channels"] = _fit(settings["channels"], len(resolutions(resolution)))
        for name, (least, most) in (_RANGES | self.ranges).items():
            if name in settings and not least <= settings[name] <= most:
                raise InputError(
                    f"`{name}` is {settings[name]}; {self.name} takes {least} … {most}.",
                    f"`{name}`이(가) {settings[name]}입니다. {self.name}은(는) {least} … {most}만 됩니다.",
                )
        return settings

    def check(self, settings: Any) -> None:
        """Raises ValueError where settings that were read from somewhere are not those of one network."""
        if not isinstance(settings, dict) or set(settings) != set(self.settings):
            raise ValueError
        for name, setting in self.settings.items():
            if not _fits(setting, settings[name]):
                raise ValueError
        try:
            same = self.complete({}, settings) == settings
        except InputError as error:
            raise ValueError from error
        if not same:
            raise ValueError

    def parse(self, pairs: Iterable[str]) -> Settings:
        """Settings from "NAME=VALUE" of the command line; the original implementation's names are understood too.

        Raises:
            InputError: no such setting, or no such value.
        """
        return dict(self._parse_one(pair) for pair in pairs)

    def _parse_one(self, pair: str) -> tuple[str, Any]:
        name, sign, text = pair.partition("=")
        name = self.aliases.get(name.strip(), name.strip())
        setting = self.settings.get(name)
        if setting is None and name in self.channel_rules:
            setting = Setting("int", None, ("", ""))
        if setting is None or not sign:
            names = ", ".join(self.settings)
            raise InputError(
                f"--set {pair}: {self.name} has no such setting; it has {names}.",
                f"--set {pair}: {self.name}에 그런 설정이 없습니다. 쓸 수 있는 설정: {names}.",
            )
        try:
            value = _value(setting, text.strip())
            return (name, value) if value or name not in self.channel_rules else _no()
        except ValueError as error:
            words = " | ".join(setting.choices)
            en, ko = (words, words) if words else _WANTED["width" if name in self.channel_rules else setting.kind]
            raise InputError(
                f"--set {pair}: `{name}` takes {en}.", f"--set {pair}: `{name}`의 값은 {ko}입니다."
            ) from error


def _value(setting: Setting, text: str) -> Any:
    if setting.kind == "bool":
        return text.lower() in ("true", "1") if text.lower() in _BOOLS else _no()
    if setting.kind == "float":
        if text.lower() == "none":
            return None if setting.default is None else _no()
        return float(text) if 0 < float(text) < math.inf else _no()
    if setting.kind == "channels":
        return [_positive(part) for part in text.strip("[]").split(",")]
    if setting.kind == "text":
        return text if text in setting.choices else _no()
    return _positive(text, least=0)


def _fits(setting: Setting, value: Any) -> bool:
    """Whether a value is one that `_value` could have given."""
    if setting.kind == "channels":
        return isinstance(value, list) and bool(value) and all(type(n) is int and 0 < n <= _LARGEST for n in value)
    if setting.kind == "int":
        return type(value) is int and 0 <= value <= _LARGEST
    if setting.kind == "float":
        return value is setting.default is None or (type(value) in (int, float) and 0 < value < math.inf)
    return isinstance(value, bool) if setting.kind == "bool" else value in setting.choices


_LARGEST = 1 << 20
_RANGES = dict.fromkeys(("z_dim", "w_dim", "mapping_fmaps", "image_channels"), (1, _LARGEST)) | {
    "mapping_layers": (1, 64),
    "label_size": (0, 1 << 16),
    "label_width": (0, 1 << 16),
    "filter_taps": (2, 64),
    "blur_taps": (2, 64),
}
_WANTED = {
    "int": ("a whole number from 0 up", "0 이상의 정수"),
    "width": ("a whole number from 1 up", "1 이상의 정수"),
    "float": ("a positive number", "양수"),
    "bool": ("true or false", "true 또는 false"),
    "channels": ("one number a resolution from 4×4 up, e.g. 512,512,256", "4×4부터 해상도마다 하나씩, 예: 512,512,256"),
}
_BOOLS = ("true", "false", "1", "0")


def _no() -> Any:
    raise ValueError


def _positive(text: str, least: int = 1) -> int:
    value = int(text)
    return value if least <= value <= _LARGEST else _no()


def _fit(channels: Sequence[int], count: int) -> list[int]:
    return [*channels[:count], *[channels[-1]] * (count - len(channels))]


def resolutions(resolution: int) -> list[int]:
    """4, 8, … `resolution`."""
    return [1 << n for n in range(2, resolution.bit_length())]


def base_and_max(channels: Sequence[int]) -> tuple[int, int] | None:
    """`channel_base` and `channel_max` with channels(res) = min(base // res, max); None where none make these."""
    most = max(channels)
    pairs = [(count, 4 << n) for n, count in enumerate(channels)]
    low = max(count * res for count, res in pairs)
    high = min(((count + 1) * res - 1 for count, res in pairs if count < most), default=low)
    if low > high:
        return None
    power = 1 << (low - 1).bit_length()
    return (power if power <= high else low), most


def vote(candidates: Iterable[int | None]) -> int | None:
    """The value most tensors show; of equals the first."""
    counts = Counter(value for value in candidates if value is not None)
    return counts.most_common(1)[0][0] if counts else None


def dim(shapes: Shapes, name: str, axis: int) -> int | None:
    """Length of one axis of one tensor; None where the tensor or the axis is missing."""
    shape = shapes.get(name, ())
    return shape[axis] if -len(shape) <= axis < len(shape) else None


def numbers(shapes: Shapes, pattern: str) -> set[int]:
    """The numbers that the first group of `pattern` takes in the names."""
    found = (re.match(pattern, name) for name in shapes)
    return {int(match.group(1)) for match in found if match and len(match.group(1)) < 6}


def shown(**values: Any) -> Settings:
    """The settings that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def blur(taps: int, gain: float = 1.0) -> Init:
    """The binomial low-pass filter of `taps` taps, normalised to `gain`, as an outer product.

    1-2-1, 1-3-3-1, …; with 8 taps or more NVIDIA's code keeps it one-dimensional.
    """
    row = np.array([1.0])
    for _ in range(taps - 1):
        row = np.convolve(row, [1.0, 1.0])
    row /= row.sum()
    kernel = np.outer(row, row) * gain if taps < 8 else row * gain
    return Init("constant", value=tuple(map(tuple, kernel.tolist())) if taps < 8 else tuple(kernel.tolist()))


def start(expected: Expected, name: str, seed: int) -> NDArray[np.float32]:
    """The first value of a tensor that is "normal" or "constant".

    Each tensor draws from its own stream (PCG64 of the seed and its name), so naming another one changes nothing.
    """
    if expected.init.kind == "constant":
        return np.broadcast_to(np.array(expected.init.value, np.float32), expected.shape).copy()
    stream = np.random.Generator(np.random.PCG64([seed, *name.encode("utf-8")]))
    values = stream.standard_normal(expected.shape, dtype=np.float64) * expected.init.scale
    return np.asarray(values, dtype=np.float32).reshape(expected.shape)
