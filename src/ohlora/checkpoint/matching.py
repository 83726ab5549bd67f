"""Compares a file with an architecture, tensor by tensor, and says of every difference why and what mends it.

The likely cause is found, not guessed: of the settings the user gave, the one is named whose value in the file would
make this very tensor fit.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

from ohlora.checkpoint import _limits
from ohlora.checkpoint._tensor import FLOATS, Tensor
from ohlora.checkpoint.architectures import Architecture, Expected, Recognised, Settings, by_name, fits
from ohlora.checkpoint.reader import Part, WeightFile, is_finite
from ohlora.errors import CheckFailed, InputError
from ohlora.i18n import say
from ohlora.progress import bar

Kind = Literal["missing", "unexpected", "mismatched", "mistyped", "nonfinite"]
_KINDS: dict[Kind, tuple[str, str]] = {
    "missing": ("missing", "없음"),
    "unexpected": ("unexpected", "예상 밖"),
    "mismatched": ("mis-shaped", "모양이 다름"),
    "mistyped": ("wrongly typed", "자료형이 다름"),
    "nonfinite": ("not finite", "유한하지 않음"),
}
# A moving average beside the network it averages; NVIDIA's files document which is which, others only suggest it.
_NVIDIA_AVERAGE = "G_ema"
_WIDENED = ("float16", "bfloat16")


@dataclass
class Candidate:
    """A part of a file that an architecture fits, under the architecture's own names.

    Attributes:
        label: how it is named on the command line: keys and prefix joined by dots; "" for the whole file.
        names: architecture's name → name in the part.
    """

    architecture: Architecture
    part: Part
    prefix: str
    label: str
    tensors: dict[str, Tensor]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: tensor.shape for name, tensor in self.tensors.items()}

    @property
    def told(self) -> Settings:
        """Settings that an NVIDIA pickle states."""
        root = self.prefix.rstrip(".")
        inner = {name.removeprefix(self.prefix): values for name, values in self.part.attributes.items()}
        return self.architecture.told(inner if root else self.part.attributes)

    def settings(self, given: Settings) -> Settings:
        """All settings; `given` overrides what the file shows."""
        return self.architecture.complete(self.shapes, given, self.told)


def candidates(file: WeightFile, architecture: Architecture | None = None) -> list[Candidate]:
    """Every part of the file that an architecture fits, as whole generators; each part counts once."""
    found = []
    for part in file.parts:
        seen = set()
        for fit in fits(list(part.tensors)):
            known = isinstance(fit.architecture, Architecture) and architecture in (None, fit.architecture)
            if known and fit.prefix not in seen:
                seen.add(fit.prefix)
                found.append(_candidate(file, part, fit.prefix, fit.architecture))  # type: ignore[arg-type]
    return found


def _candidate(file: WeightFile, part: Part, prefix: str, architecture: Architecture) -> Candidate:
    tensors = {name.removeprefix(prefix): tensor for name, tensor in part.tensors.items() if name.startswith(prefix)}
    label = ".".join(piece for piece in (part.path, prefix.rstrip(".")) if piece)
    if architecture.name == "stylegan2" and "latent_avg" not in tensors:
        # rosinality keeps the mean of w beside the generator, not in it.
        keys = part.path.split(".")
        above = [*(".".join(keys[:n]) for n in reversed(range(len(keys)))), part.path]
        beside = (
            p.tensors["latent_avg"]
            for path in above
            for p in file.parts
            if p.path == path and "latent_avg" in p.tensors
        )
        average = next(beside, None)
        if average is not None:
            tensors["latent_avg"] = average
    return Candidate(architecture, part, prefix, label, tensors)


def choose(file: WeightFile, architecture: Architecture, part: str | None = None) -> Candidate:
    """The one part of the file to use.

    Raises:
        InputError: there are several; the sentence names them and `--part`.
        CheckFailed: there is none of this architecture.
    """
    found = candidates(file, architecture)
    if part is not None:
        chosen = [candidate for candidate in found if candidate.label == part]
        if not chosen:
            labels = ", ".join(repr(c.label) for c in found) or "-"
            raise InputError(
                f"{file.path} has no part {part!r} that fits {architecture.name}; it has {labels}.",
                f"{file.path}에 {architecture.name}에 맞는 {part!r} 부분이 없습니다. 있는 것: {labels}.",
            )
        return chosen[0]
    if not found:
        raise _none(file, architecture)
    if file.format == "nvidia-pickle":
        averaged = [candidate for candidate in found if candidate.label == _NVIDIA_AVERAGE]
        found = averaged or found
    if len(found) > 1:
        labels = ", ".join(candidate.label or "(top)" for candidate in found)
        likely = next((c.label for c in found if _is_average(c.label)), found[0].label)
        raise InputError(
            f"{file.path} holds {len(found)} generators: {labels}. Choose one, e.g. `--part {likely}`"
            " (the moving average is the one that is meant to be drawn with).",
            f"{file.path}에 생성기가 {len(found)}개 있습니다: {labels}. `--part {likely}`처럼 하나를 고르세요"
            "(보통 이동 평균을 씁니다).",
        )
    return found[0]


def _is_average(label: str) -> bool:
    return any(word in label.lower() for word in ("ema", "smooth", "avg", "average"))


def _none(file: WeightFile, architecture: Architecture) -> CheckFailed:
    others = sorted({c.architecture.name for c in candidates(file)})
    for part in file.parts if not others else ():
        known = next(
            (fit.architecture for fit in fits(list(part.tensors)) if isinstance(fit.architecture, Recognised)), None
        )
        if known is not None:
            return CheckFailed(
                f"{file.path} is no {architecture.name}: {known.advice[0]}.",
                f"{file.path}은(는) {architecture.name}이(가) 아닙니다. {known.advice[1]}.",
            )
    if others:
        other = others[0]
        return CheckFailed(
            f"{file.path} is no {architecture.name}: its tensors are those of {other}; use `--architecture {other}`.",
            f"{file.path}은(는) {architecture.name}이(가) 아니라 {other}입니다. `--architecture {other}`를 쓰세요.",
        )
    names = [name for part in file.parts for name in part.tensors]
    return CheckFailed(
        f"{file.path} holds no {architecture.name} generator; its {len(names)} tensors begin with `{names[0][:80]}`."
        " See: ohlora checkpoint inspect FILE",
        f"{file.path}에 {architecture.name} 생성기가 없습니다. 텐서 {len(names)}개가 `{names[0][:80]}`부터 있습니다."
        " 살펴보기: ohlora checkpoint inspect FILE",
    )


@dataclass(frozen=True)
class Fault:
    """One tensor that does not fit, with the likely cause and the remedy."""

    kind: Kind
    name: str
    en: str
    ko: str
    file: Any = None
    model: Any = None

    def __str__(self) -> str:
        return say(self.en, self.ko)


@dataclass
class Report:
    """The result of a comparison."""

    architecture: str
    part: str
    settings: Settings
    faults: list[Fault]
    notes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults

    def of(self, kind: Kind) -> list[Fault]:
        return [fault for fault in self.faults if fault.kind == kind]

    def as_json(self) -> dict[str, Any]:
        """The form other programs rely on (docs/checkpoints.md)."""
        return {
            "ok": self.ok,
            "architecture": self.architecture,
            "part": self.part,
            "settings": self.settings,
            "missing": [fault.name for fault in self.of("missing")],
            "unexpected": [fault.name for fault in self.of("unexpected")],
            "mismatched": _rows(self.of("mismatched")),
            "mistyped": _rows(self.of("mistyped")),
            "nonfinite": [fault.name for fault in self.of("nonfinite")],
            "causes": [{"name": fault.name, "kind": fault.kind, "cause": str(fault)} for fault in self.faults],
            "notes": [say(*note) for note in self.notes],
        }

    def error(self) -> CheckFailed:
        """All faults as one refusal: a single one in full, several counted and the first in full."""
        return summary(self.faults)


def _rows(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    return [{"name": fault.name, "file": fault.file, "model": fault.model} for fault in faults]


def summary(faults: list[Fault]) -> CheckFailed:
    """One sentence for a list of faults: all of them by name, the first with its cause."""
    first = faults[0]
    if len(faults) == 1:
        return CheckFailed(first.en, first.ko)
    by_kind = [(kind, [f.name for f in faults if f.kind == kind]) for kind in _KINDS]
    en = "; ".join(f"{len(names)} {_KINDS[kind][0]} ({', '.join(names)})" for kind, names in by_kind if names)
    ko = "; ".join(f"{_KINDS[kind][1]} {len(names)}개({', '.join(names)})" for kind, names in by_kind if names)
    return CheckFailed(f"{first.en} [in all: {en}]", f"{first.ko} [모두: {ko}]")


def match(candidate: Candidate, given: Settings | None = None) -> Report:
    """Compares every tensor: name, shape, type, and whether its numbers are finite.

    Args:
        candidate: of `choose`.
        given: settings the user insists on; the rest is inferred from the file.
    """
    given = given or {}
    settings = candidate.settings(given)
    expected = candidate.architecture.expected(settings)
    explain = _Explainer(candidate, given)
    stored = stored_type(candidate.tensors.values())
    faults = []
    for name, wanted in expected.items():
        tensor = candidate.tensors.get(name)
        if tensor is None:
            if not wanted.optional:
                faults.append(explain.missing(name, wanted))
        elif tensor.shape != wanted.shape:
            faults.append(explain.mismatched(name, tensor.shape, wanted.shape))
        elif tensor.dtype != stored:
            faults.append(_mistyped(name, tensor.dtype, stored))
    faults += [explain.unexpected(name) for name in candidate.tensors if name not in expected]
    faults += _nonfinite(candidate, expected)
    return Report(
        candidate.architecture.name, candidate.label, settings, faults, _notes(candidate, expected, stored, settings)
    )


def stored_type(tensors: Iterable[Tensor]) -> str:
    """The type all floating tensors share if it widens to float32 without loss, else float32."""
    types = {tensor.dtype for tensor in tensors if tensor.dtype in FLOATS}
    return types.pop() if len(types) == 1 and types <= set(_WIDENED) else "float32"


def _notes(
    candidate: Candidate, expected: dict[str, Expected], stored: str, settings: Settings
) -> list[tuple[str, str]]:
    notes = []
    if stored != "float32":
        notes.append(
            (f"the file is {stored}; every number is kept exactly as float32",
             f"파일이 {stored}입니다. 모든 값을 그대로 float32로 둡니다")
        )  # fmt: skip
    for name, wanted in expected.items():
        if wanted.optional and name not in candidate.tensors:
            notes.append(
                (f"the file has no `{name}`, so truncation (psi) has no centre; `--init {name} --seed N` measures one",
                 f"파일에 `{name}`이(가) 없어 psi를 쓸 수 없습니다. `--init {name} --seed N`으로 잴 수 있습니다")
            )  # fmt: skip
    mapping = [name for name in candidate.tensors if name in ("mapping.dense0.weight", "mapping.fc0.weight")]
    hidden = settings.get("label_size") == 0 and settings["z_dim"] > settings["w_dim"]
    if mapping and hidden:
        extra = settings["z_dim"] - settings["w_dim"]
        notes.append(
            (f"`{mapping[0]}` takes {settings['z_dim']} numbers, {extra} more than w: if this was a labelled network its"
             f" label tensor is missing; `--set label_size=K` says how many labels",
             f"`{mapping[0]}`의 입력이 w보다 {extra}개 많은 {settings['z_dim']}개입니다. 레이블이 있는 신경망이라면 레이블 텐서가"
             " 빠졌습니다. `--set label_size=K`로 알려 주세요")
        )  # fmt: skip
    return notes


def _mistyped(name: str, found: str, wanted: str) -> Fault:
    return Fault(
        "mistyped",
        name,
        f"`{name}` is {found} in the file and {wanted} in the model: it was saved at another precision than the rest;"
        " save the state dict again after .float()",
        f"`{name}`이(가) 파일에서는 {found}, 모델에서는 {wanted}입니다. 나머지와 다른 정밀도로 저장되었습니다. .float() 후"
        " 다시 저장하세요",
        found,
        wanted,
    )


def _nonfinite(candidate: Candidate, expected: dict[str, Expected]) -> list[Fault]:
    faults = []
    with bar(say("reading", "읽는 중"), len(candidate.tensors), "tensor") as progress:
        for name, tensor in candidate.tensors.items():
            values = numbers(name, tensor)
            progress.update()
            if not is_finite(values):
                bad = _count_bad(values)
                remedy = f"; fetch the file again, or make it new: `--init {name} --seed N`" if name in expected else ""
                ersatz = f" 파일을 다시 받거나 새로 만드세요: `--init {name} --seed N`" if name in expected else ""
                faults.append(
                    Fault(
                        "nonfinite",
                        name,
                        f"`{name}` holds {bad:,} NaN or infinite numbers of {values.size:,}: the training diverged or the"
                        f" file is damaged{remedy}",
                        f"`{name}`의 값 {values.size:,}개 가운데 {bad:,}개가 NaN 또는 무한대입니다. 학습이 발산했거나 파일이"
                        f" 손상되었습니다.{ersatz}",
                    )
                )
    return faults


def numbers(name: str, tensor: Tensor) -> NDArray:
    """The numbers of a tensor that a generator could have.

    Raises:
        InputError: it is larger than any generator's; it is not read, for it might not fit into memory.
    """
    if tensor.nbytes > _limits.MAX_TENSOR_BYTES:
        raise InputError(
            f"`{name}` has {tensor.nbytes:,} bytes, more than any generator's tensor; it was not read.",
            f"`{name}`이(가) {tensor.nbytes:,}바이트로, 어떤 생성기의 텐서보다도 큽니다. 읽지 않았습니다.",
        )
    return tensor.read()


def _count_bad(values: NDArray) -> int:
    import numpy as np

    return int(values.size - np.isfinite(values).sum())


class _Explainer:
    """Finds which of the given settings keeps a tensor from fitting."""

    def __init__(self, candidate: Candidate, given: Settings) -> None:
        self._architecture = candidate.architecture
        self._trials: list[tuple[Settings, dict[str, Expected]]] = []
        self._has_cause_in_file = True
        names = [[name] for name in given] + ([list(given)] if len(given) > 1 else [])
        for left_out in names:
            rest = {name: value for name, value in given.items() if name not in left_out}
            try:
                settings = candidate.settings(rest)
                own = ["channels" if name in self._architecture.channel_rules else name for name in left_out]
                shown = {name: settings[name] for name in own}
                self._trials.append((shown, self._architecture.expected(settings)))
            except (InputError, ZeroDivisionError, OverflowError):
                continue

    def _cause(self, name: str, shape: tuple[int, ...] | None) -> tuple[str, str] | None:
        """The setting that would make `name` have `shape` (None: be no part of the model)."""
        for shown, expected in self._trials:
            wanted = expected[name].shape if name in expected else None
            if wanted == shape and shown:
                said = [self._architecture.settings[s].says for s in shown]
                sets = " ".join(f"--set {s}={_text(value)}" for s, value in shown.items())
                values = [_text(value) for value in shown.values()]
                en = " and ".join(says[0].format(v) for says, v in zip(said, values, strict=True))
                ko = ", ".join(says[1].format(v) for says, v in zip(said, values, strict=True))
                return f"the file {en}; use `{sets}`", f"파일은 {ko}. `{sets}`을(를) 쓰세요"
        return None

    def mismatched(self, name: str, found: tuple[int, ...], wanted: tuple[int, ...]) -> Fault:
        en, ko = self._cause(name, found) or (
            f"the other tensors of the file show {wanted}, so this one is damaged or from another network;"
            f" `--init {name} --seed N` makes it new",
            f"파일의 다른 텐서는 {wanted}에 맞습니다. 이 텐서만 손상되었거나 다른 신경망의 것입니다."
            f" `--init {name} --seed N`으로 새로 만들 수 있습니다",
        )
        return Fault(
            "mismatched",
            name,
            f"`{name}` is {found} in the file and {wanted} in the model: {en}",
            f"`{name}`이(가) 파일에서는 {found}, 모델에서는 {wanted}입니다. {ko}",
            list(found),
            list(wanted),
        )

    def missing(self, name: str, wanted: Expected) -> Fault:
        en, ko = self._cause(name, None) or self._why_missing(name)
        return Fault(
            "missing",
            name,
            f"`{name}` {wanted.shape} is missing in the file: {en}",
            f"`{name}` {wanted.shape}이(가) 파일에 없습니다. {ko}",
            None,
            list(wanted.shape),
        )

    @staticmethod
    def _why_missing(name: str) -> tuple[str, str]:
        make = f"`--init {name} --seed N`"
        if "noise" in name and not name.endswith(("weight", "strength")):
            every = "`--init 'noises.*' --seed N`" if name.startswith("noises.") else make
            return (
                f"it was saved by an older version that kept no noise; {every} draws it once and for all",
                f"노이즈를 저장하지 않던 이전 버전의 파일입니다. {every}으로 한 번 만들어 고정하세요",
            )
        return (
            f"it was left out or renamed when the file was saved; {make} makes it new",
            f"저장할 때 빠졌거나 이름이 바뀌었습니다. {make}으로 새로 만들 수 있습니다",
        )

    def unexpected(self, name: str) -> Fault:
        for shown, expected in self._trials:
            if name in expected and (cause := self._cause(name, expected[name].shape)) and shown:
                en, ko = cause
                break
        else:
            en = f"a {self._architecture.name} with these settings has no such tensor; save the file without it"
            ko = f"이 설정의 {self._architecture.name}에는 없는 텐서입니다. 빼고 다시 저장하세요"
        return Fault("unexpected", name, f"`{name}` is not in the model: {en}", f"`{name}`은(는) 모델에 없습니다. {ko}")


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def architecture_of(name: str) -> Architecture:
    """The architecture of a name; raises InputError where there is none."""
    return by_name(name)
