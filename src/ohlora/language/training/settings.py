"""What a training run depends on, besides model and data. Knows nothing of how any of it is done."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ohlora.errors import InputError
from ohlora.language.data import TASKS, Task

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
PRECISIONS = ("auto", "f32", "bf16")
MOST_SEED = 2**32
"""Seeds are below it: every step makes its own of them, which must fit into 64 bits."""


@dataclass(frozen=True)
class Settings:
    """Two runs with equal settings, model and data end in the same adapter.

    Attributes:
        tasks: what is learned, in the order of TASKS.
        rank, alpha, dropout, targets, rslora, dora: of the LoRA; no targets means all linear layers the family has.
        layers_from: blocks below this one get no LoRA, and no gradient runs through them.
        batch: texts of a step, over all processes.
        learning_rate: at its height; it warms up over the share `warmup` and falls to a twentieth along a cosine.
        weights: of a token of each task in the loss, in the order of TASKS. Four words of labels stand beside some
            thirty of a reply: without more weight their choice is hardly learned.
        shown: at most so many earlier turns before the one that is learned whole (a persona's own dialogues only).
        memos: messages an epoch, made anew from `memory.frames`, that teach what to remember and nothing else (a persona's
            own dialogues only).
        drawn: rows of the output layer drawn a step besides those the data asks for (`losses.Vocabulary`).
        max_length: tokens of a text; what is longer loses the tail of its answer, never its end.
        validate_every: steps between two validations; 0: half an epoch.
        valid_rows: at most so many validation rows are looked at while training.
        samples: answers told at each validation.
        patience: stop after so many validations without a better loss; 0: never.
        precision: "f32", "bf16" (autocast), or "auto": bf16 where the processor computes in it.
    """

    tasks: tuple[Task, ...] = TASKS
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    targets: tuple[str, ...] = ()
    rslora: bool = False
    dora: bool = False
    layers_from: int = 0
    epochs: int = 2
    batch: int = 8
    learning_rate: float = 6e-4
    warmup: float = 0.03
    weights: tuple[float, float, float, float] = (1.0, 4.0, 2.0, 1.0)
    shown: int = 2
    memos: int = 1600
    drawn: int = 4096
    max_length: int = 1024
    validate_every: int = 0
    valid_rows: int = 96
    patience: int = 0
    samples: int = 3
    precision: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        positive = ("rank", "alpha", "epochs", "batch", "learning_rate", "max_length", "drawn")
        for name in positive:
            if not getattr(self, name) > 0:
                raise _wrong(name, getattr(self, name), "> 0")
        for name in ("layers_from", "memos", "shown", "validate_every", "valid_rows", "patience", "samples"):
            if getattr(self, name) < 0:
                raise _wrong(name, getattr(self, name), "≥ 0")
        if not math.isfinite(self.learning_rate):
            raise _wrong("learning_rate", self.learning_rate, "> 0")
        if not 0 <= self.seed < MOST_SEED:
            raise _wrong("seed", self.seed, f"0 … {MOST_SEED - 1}")
        if not 0 <= self.dropout < 1:
            raise _wrong("dropout", self.dropout, "0 … 0.99")
        if self.precision not in PRECISIONS:
            raise _wrong("precision", self.precision, ", ".join(PRECISIONS))
        if not self.tasks or set(self.tasks) - set(TASKS):
            raise _wrong("tasks", " ".join(self.tasks), ", ".join(TASKS))

    @property
    def weight(self) -> Mapping[Task, float]:
        """Task → weight of its tokens."""
        return dict(zip(TASKS, self.weights, strict=True))


def _wrong(name: str, value: object, allowed: str) -> InputError:
    option = f"--{name.replace('_', '-')}"
    return InputError(
        f"{option} {value} cannot be; allowed: {allowed}", f"{option} {value}은(는) 쓸 수 없습니다. 가능: {allowed}"
    )
