"""Which texts an epoch consists of: every row once as the turn that is learned whole, in the form that is served.

Before it stand, as the reply task shows them, none to `shown` other turns with their labels: the nearest by sentence
vector two times in three, unrelated ones or none otherwise, so that the model learns to use what fits and to leave what
does not. Their expressions are learned too; their replies are only read, or each would be learned three times an epoch. Beside
the rows stand messages made anew for each epoch that teach one task only (`extra`). A persona's description is the same in all texts and computed once a step (`losses`).
Everything drawn comes from the seed and the epoch. Knows nothing of tokens and models.
"""

import hashlib
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.language.data import TASKS, Dialogue
from ohlora.language.encoding import NAME, Piece, pieces, spoken
from ohlora.language.examples import stands_alone
from ohlora.language.prompt import EXPRESSION, LABELS, expression_line
from ohlora.language.training.settings import Settings

_NEAREST = 12
# Validation texts carry the task's number as weight: it says which loss a token belongs to.
_NUMBERS = {task: float(number) for number, task in enumerate(TASKS, 1)}


@dataclass(frozen=True)
class Texts:
    """The texts of a run.

    Attributes:
        train, valid: rows.
        settings: of the run.
        name: the persona's, as on her lines.
        description: first paragraph of every text; "" for none.
        vectors: (len(train), D) unit sentence vectors of the train inputs; None: no other turns are shown.
        valid_vectors: (len(valid), D), of the validation inputs.
        extra: epoch → further rows to learn, equally many in each.
    """

    train: Sequence[Dialogue]
    valid: Sequence[Dialogue]
    settings: Settings
    name: str = NAME
    description: str = ""
    vectors: NDArray[np.float32] | None = None
    valid_vectors: NDArray[np.float32] | None = None
    extra: Callable[[int], Sequence[Dialogue]] = lambda epoch: ()

    def epoch(self, number: int) -> list[list[Piece]]:
        """The texts of an epoch, shuffled: one for each row."""
        rng = random.Random(f"{self.settings.seed}/{number}")
        order = list(range(len(self.train)))
        rng.shuffle(order)
        near = self._nearest(self.vectors)
        told = [self._text(self.train[row], self._shown(row, near, rng)) for row in order]
        told += [self._text(row, self._unrelated(rng)) for row in self.extra(number)]
        rng.shuffle(told)
        return told

    @property
    def per_epoch(self) -> int:
        """Texts of an epoch."""
        return len(self.train) + len(self.extra(0))

    def validation(self) -> list[list[Piece]]:
        """At most `valid_rows` texts, the same every time; weights are task numbers (1 …), shown turns are only read."""
        chosen = sorted(random.Random(self.settings.seed).sample(range(len(self.valid)), self.count_valid))
        near = self._nearest(self.valid_vectors, itself=False)
        told = []
        for row in chosen:
            before = [piece for other in near[row][: self.settings.shown][::-1] for piece in self._turn(other, 0.0)]
            told.append(self._pieces(self.valid[row], before, _NUMBERS))
        return told

    @property
    def count_valid(self) -> int:
        return min(self.settings.valid_rows, len(self.valid))

    def samples(self, count: int) -> list[str]:
        """Prompts of validation rows (else of train rows), each up to where the answer begins."""
        rows = [row for row in self.valid or self.train if not row.history]
        chosen = random.Random(self.settings.seed).sample(rows, min(count, len(rows)))
        return ["".join(piece.text for piece in _until_learned(self._pieces(row, [], _NUMBERS))) for row in chosen]

    def words(self) -> Iterator[str]:
        """All that is said in the rows."""
        for row in (*self.train, *self.extra(0)):
            yield f"{row.input} {row.reply}"

    def digest(self) -> str:
        """SHA-256 of all that the texts are made of."""
        told = [self.name, self.description, [_plain(row) for row in self.train], [_plain(row) for row in self.valid]]
        told += [[_plain(row) for row in extra]] if (extra := self.extra(0)) else []
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()

    def _text(self, row: Dialogue, shown: Sequence[int]) -> list[Piece]:
        before = [piece for other in shown for piece in self._turn(other, 1.0)]
        return self._pieces(row, before, self.settings.weight)

    def _pieces(self, row: Dialogue, before: Sequence[Piece], weights: Any) -> list[Piece]:
        return pieces(
            row, tasks=self.settings.tasks, name=self.name, description=self.description, before=before, weights=weights
        )

    def _turn(self, number: int, factor: float) -> Iterator[Piece]:
        """A turn as it is shown: with its labels, where all are known."""
        row, weight = self.train[number], self.settings.weight
        tasks = self.settings.tasks
        yield from spoken(self.name, row.turn, 0.0)
        if set(row.labels) == set(LABELS):
            yield Piece(f"{EXPRESSION}:", 0.0)
            labels = expression_line(row.labels).removeprefix(f"{EXPRESSION}:")
            yield Piece(labels, factor * weight["expression"] if "expression" in tasks else 0.0)

    def _nearest(self, vectors: NDArray[np.float32] | None, *, itself: bool = True) -> list[list[int]]:
        """For each vector the nearest train rows that stand alone, best first; without vectors none."""
        if self.vectors is None or vectors is None or not self.settings.shown:
            return [[] for _ in range(max(len(self.train), len(self.valid)))]
        scores = vectors @ self.vectors.T
        if itself:
            np.fill_diagonal(scores, -1)
        scores[:, [not _alone(row) for row in self.train]] = -1
        return [[int(k) for k in order[:_NEAREST] if row[k] > -1] for row, order in zip(scores, np.argsort(-scores, axis=1), strict=True)]  # fmt: skip

    def _unrelated(self, rng: random.Random) -> list[int]:
        """Rows shown before one that has no vector: none half of the time, else any one."""
        return [at for at in [rng.randrange(len(self.train))] if _alone(self.train[at])] if rng.random() < 0.5 else []

    def _shown(self, row: int, near: Sequence[Sequence[int]], rng: random.Random) -> list[int]:
        """Rows shown before this one, nearest last."""
        draw, most = rng.random(), self.settings.shown
        count = rng.randint(1, most) if most else 0
        if not near[row] or draw < 0.15:
            return []
        if draw < 0.3:
            return [other for other in rng.sample(range(len(self.train)), min(count, len(self.train))) if other != row and _alone(self.train[other])]  # fmt: skip
        own, replies, chosen = self.train[row].reply, set(), []
        for other in near[row]:
            reply = self.train[other].reply
            # Half of the time no answer to copy: the very reply is left out.
            if reply in replies or (draw < 0.6 and reply == own):
                continue
            replies.add(reply)
            chosen.append(other)
            if len(chosen) == count:
                break
        return chosen[::-1]


def _alone(row: Dialogue) -> bool:
    """Does its reply fit without anything said, known or remembered before?"""
    return not (row.now or row.recalled or row.previous) and stands_alone(row.input, row.history)


def _until_learned(told: Sequence[Piece]) -> Iterator[Piece]:
    for piece in told:
        if piece.weight:
            return
        yield piece


def _plain(row: Dialogue) -> list[Any]:
    history = [[turn.message, turn.reply] for turn in row.history]
    facts = None if row.memory is None else [str(fact) for fact in row.memory]
    recalled = [str(fact) for fact in row.recalled]
    return [
        row.input,
        row.reply,
        dict(row.labels),
        facts,
        row.summary,
        history,
        row.now,
        recalled,
        row.previous,
        *([row.over] if row.over is not None else []),
        *([row.instead] if row.instead else []),
        *([row.limit] if row.limit else []),
    ]
