"""What is known about the user, kept: facts with where each was learnt, a history of every change, and true erasing.

Lives in the same file as the conversations, so that a turn and what it taught are one transaction. Knows how facts relate
(the same again, more precise, another in its place); knows nothing of how they are proposed, of prompts or of ranking.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np

from ohlora.database import Connection, Database
from ohlora.errors import InputError
from ohlora.memory import keys, wording
from ohlora.memory.encoder import Encoder, bundled

MAX_KEY, MAX_VALUE = 40, 120
ERASED = "(erased)"
"""Stands in a turn where the user had its words erased."""

_COLUMNS = (
    "id, subject, key, value, valid_from, valid_to, date, recorded, turn, words, extractor, importance, last_use, uses, "
    "pinned, status"
)


@dataclass(frozen=True)
class Fact:
    """One thing known. Times are ISO 8601 in UTC; `date` is the day the fact is about; `words` are the user's own."""

    id: int
    subject: str
    key: str
    value: str
    valid_from: str
    valid_to: str | None
    date: str | None
    recorded: str
    turn: int | None
    words: str
    extractor: str
    importance: float
    last_use: str | None
    uses: int
    pinned: bool
    status: str

    @property
    def source(self) -> dict[str, Any]:
        """Where it was learnt: turn, time, and the sentence."""
        return {"turn": self.turn, "time": self.recorded, "words": self.words}

    def data(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Change:
    """What happened to memory: a fact recorded, confirmed (said again), ended, or erased."""

    what: Literal["recorded", "confirmed", "ended", "erased"]
    fact: Fact


@dataclass(frozen=True)
class HistoryLine:
    """One line of a fact's history."""

    time: str
    what: str
    turn: int | None
    detail: dict[str, Any]


class Facts:
    """The facts in a database.

    Args:
        database: the opened file; its migrations made the tables.
        encoder: sentence vectors; the bundled one by default, loaded when first needed.
    """

    def __init__(self, database: Database, encoder: Encoder | None = None) -> None:
        self.database = database
        self._encoder = encoder

    @property
    def encoder(self) -> Encoder:
        """The encoder in use."""
        if self._encoder is None:
            self._encoder = bundled()
        return self._encoder

    # Reading

    def get(self, number: int) -> Fact:
        """One fact.

        Raises:
            InputError: there is no such fact.
        """
        found = self._select("WHERE id = ?", (number,))
        if not found:
            raise InputError(
                f"there is no fact {number}; see: ohlora memory list",
                f"{number}번 기억이 없습니다. 보기: ohlora memory list",
            )
        return found[0]

    def all(self, *, key: str | None = None, ended: bool = False) -> list[Fact]:
        """The facts that hold, pinned ones first, then the newest; with `ended` also those that no longer do."""
        asked = ["1 = 1" if ended else "status = 'active'", *(["key = ?"] if key is not None else [])]
        where = f"WHERE {' AND '.join(asked)} ORDER BY pinned DESC, recorded DESC, id DESC"
        return self._select(where, () if key is None else (keys.spelling(key),))

    def count(self) -> int:
        """How many facts hold."""
        with self.database.reading() as db:
            return int(db.execute("SELECT count(*) FROM fact WHERE status = 'active'").fetchone()[0])

    def of_turn(self, turn: int) -> list[Fact]:
        """What a turn taught and still holds."""
        return self._select("WHERE turn = ? AND status = 'active' ORDER BY id", (turn,))

    def containing(self, text: str, limit: int = 50) -> list[Fact]:
        """Facts whose key, value or sentence contains the text."""
        part = "%" + text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        where = (
            "WHERE status = 'active' AND (lower(key) LIKE lower(?) ESCAPE '\\' OR lower(value) LIKE lower(?) ESCAPE '\\' "
            "OR lower(words) LIKE lower(?) ESCAPE '\\') ORDER BY pinned DESC, recorded DESC LIMIT ?"
        )
        return self._select(where, (part, part, part, limit)) if text.strip() else []

    def history(self, number: int) -> list[HistoryLine]:
        """Every change of a fact, oldest first; of an erased one only that it was erased."""
        with self.database.reading() as db:
            rows = db.execute("SELECT time, what, turn, detail FROM change WHERE fact = ? ORDER BY id", (number,))
            return [HistoryLine(time, what, turn, json.loads(detail)) for time, what, turn, detail in rows]

    def _select(self, where: str, values: Sequence[Any]) -> list[Fact]:
        with self.database.reading() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM fact {where}", values).fetchall()
            return [_fact(row) for row in rows]

    # Learning

    def learn(
        self,
        key: str,
        value: str,
        *,
        words: str,
        extractor: str,
        turn: int | None = None,
        time: datetime | None = None,
        date: str | None = None,
        replaces: Callable[[Fact], bool] = lambda old: False,
        ended: Iterable[Fact] = (),
        importance: float | None = None,
    ) -> list[Change]:
        """Takes a fact in: the same again confirms, a more precise one replaces, another value of a single-valued key, or one
        that `replaces` the old fact of its key, ends it, anything else is added. `ended`: facts of other keys it ends.

        Raises:
            InputError: key or value is empty or too long; the file cannot be written.
        """
        key, value = checked(key, value)
        told = _iso(time)
        changes: list[Change] = []
        with self.database.transaction() as db:
            rivals = self._select("WHERE subject = 'user' AND key = ? AND status = 'active' ORDER BY id", (key,))
            for old in rivals:
                if _covers(old, value, date):
                    self._note(db, old.id, "confirmed", turn, told)
                    return [Change("confirmed", old)]
            new = self._insert(db, key, value, words, extractor, turn, told, date, importance)
            for old in rivals:
                if (
                    (key in keys.EXCLUSIVE and (turn is None or old.turn != turn))
                    or replaces(old)
                    or (old.date == date and _part(old.value, value))
                ):
                    self._end(db, old.id, told, turn, new)
                    changes.append(Change("ended", self.get(old.id)))
            for old in ended:
                self._end(db, old.id, told, turn, new)
                changes.append(Change("ended", self.get(old.id)))
            changes.append(Change("recorded", self.get(new)))
        return changes

    def put(
        self,
        rows: Iterable[tuple[str, str, str]],
        *,
        extractor: str,
        turn: int | None = None,
        time: datetime | None = None,
    ) -> list[int]:
        """Stores (key, value, words) as they are, nothing merged and nothing ended, in one transaction; returns the ids."""
        rows = [(*checked(key, value), words) for key, value, words in rows]
        told = _iso(time)
        with self.database.transaction() as db:
            meanings = self._meanings([(key, value) for key, value, _ in rows])
            return [
                self._insert(db, key, value, words, extractor, turn, told, None, None, meaning)
                for (key, value, words), meaning in zip(rows, meanings, strict=True)
            ]

    def _insert(
        self,
        db: Connection,
        key: str,
        value: str,
        words: str,
        extractor: str,
        turn: int | None,
        told: str,
        date: str | None,
        importance: float | None,
        meaning: bytes | None = None,
    ) -> int:
        row = (
            key, value, wording.folded(f"{key}={value}"), told, date, told, turn, words[:4000], extractor,
            keys.importance(key) if importance is None else importance,
        )  # fmt: skip
        number = db.execute(
            "INSERT INTO fact (key, value, folded, valid_from, date, recorded, turn, words, extractor, importance) "
            "VALUES (?,?,?,?,?,?,?,?,?,?) RETURNING id",
            row,
        ).fetchall()[0][0]
        self._index(db, number, key, value, meaning or self._meanings([(key, value)])[0])
        self._note(db, number, "recorded", turn, told)
        return number

    def _index(self, db: Connection, number: int, key: str, value: str, meaning: bytes) -> None:
        """Writes vectors, code and grams of a fact."""
        name, width = self.encoder.name, self.encoder.width
        db.execute(
            "INSERT INTO meaning (fact, model, vectors) VALUES (?,?,?) "
            "ON CONFLICT (fact) DO UPDATE SET model = excluded.model, vectors = excluded.vectors",
            (number, name, self.database.vector(meaning)),
        )
        db.execute(
            "INSERT INTO code (fact, bits) VALUES (?,?) ON CONFLICT (fact) DO UPDATE SET bits = excluded.bits",
            (number, self.database.bits(code_of(meaning[:width]))),
        )
        grams = wording.bigrams(key) | wording.bigrams(value)
        db.executemany("INSERT INTO gram VALUES (?,?) ON CONFLICT DO NOTHING", [(gram, number) for gram in grams])

    def _meanings(self, facts: Sequence[tuple[str, str]]) -> list[bytes]:
        """Vectors of each fact: key and value, key, value; int8, as bytes."""
        texts = [f"{key}: {value}" for key, value in facts]
        names = list(dict.fromkeys(key for key, _ in facts))
        both, values = self.encoder.facts(texts), self.encoder.facts([value for _, value in facts])
        of_key = dict(zip(names, self.encoder.facts(names), strict=True))
        return [
            quantised(np.concatenate([both[i], of_key[key], values[i]])).tobytes() for i, (key, _) in enumerate(facts)
        ]

    def reindex(self, numbers: Sequence[int]) -> None:
        """Computes the vectors of facts anew (another encoder, or another version of its head)."""
        rows = [self.get(number) for number in numbers]
        meanings = self._meanings([(fact.key, fact.value) for fact in rows])
        with self.database.transaction() as db:
            for fact, meaning in zip(rows, meanings, strict=True):
                self._index(db, fact.id, fact.key, fact.value, meaning)

    # Changing

    def end(self, number: int, *, turn: int | None = None, time: datetime | None = None) -> Change:
        """A fact no longer holds; it stays in the history."""
        with self.database.transaction() as db:
            self.get(number)
            self._end(db, number, _iso(time), turn, None)
        return Change("ended", self.get(number))

    def _end(self, db: Connection, number: int, told: str, turn: int | None, by: int | None) -> None:
        db.execute(
            "UPDATE fact SET status = 'ended', valid_to = ?, ended_turn = ?, ended_by = ? WHERE id = ?",
            (told, turn, by, number),
        )
        self._note(db, number, "ended", turn, told, {"by": by} if by else None)

    def edit(self, number: int, *, key: str | None = None, value: str | None = None) -> Fact:
        """The user corrects a fact: the corrected one takes its place, with the same source; the old one is ended."""
        with self.database.transaction() as db:
            old = self.get(number)
            new_key, new_value = checked(key or old.key, value or old.value)
            told = _iso(None)
            new = self._insert(
                db, new_key, new_value, old.words, "user", old.turn, told, old.date, old.importance
            )  # fmt: skip
            db.execute("UPDATE fact SET pinned = ? WHERE id = ?", (old.pinned, new))
            self._end(db, number, told, None, new)
        return self.get(new)

    def pin(self, number: int, pinned: bool = True) -> Fact:
        """Pinned facts are listed first, ranked higher, and never end by themselves."""
        with self.database.transaction() as db:
            self.get(number)
            db.execute("UPDATE fact SET pinned = ? WHERE id = ?", (pinned, number))
            self._note(db, number, "pinned" if pinned else "unpinned", None, _iso(None))
        return self.get(number)

    def used(self, numbers: Sequence[int], *, turn: int | None = None, time: datetime | None = None) -> None:
        """Facts were recalled in a turn."""
        told = _iso(time)
        with self.database.transaction() as db:
            for number in numbers:
                db.execute("UPDATE fact SET uses = uses + 1, last_use = ? WHERE id = ?", (told, number))
                self._note(db, number, "used", turn, told)

    # Erasing

    def erase(self, numbers: Sequence[int], *, words: bool = False) -> list[Change]:
        """Erases facts for good: row, vectors, index, history; with `words` also the turns they came from lose their words.

        What stays is one line of history each, that a fact of this number was erased, and when.
        """
        changes = []
        with self.database.transaction() as db:
            for number in numbers:
                old = self.get(number)
                changes.append(Change("erased", old))
                if words and old.turn is not None:
                    self._erase_words(db, old.turn)
                db.execute("DELETE FROM fact WHERE id = ?", (number,))
                db.execute("DELETE FROM change WHERE fact = ?", (number,))
                self._note(db, number, "erased", None, _iso(None))
        self.database.forget_log()
        return changes

    def _erase_words(self, db: Connection, turn: int) -> None:
        db.execute("INSERT INTO erasing VALUES (?) ON CONFLICT DO NOTHING", (turn,))
        db.execute(
            "UPDATE turn SET message = ?, reply = ?, summary = '', touched = '' WHERE id = ?", (ERASED, ERASED, turn)
        )
        db.execute("UPDATE fact SET words = ? WHERE turn = ?", (ERASED, turn))
        db.execute("DELETE FROM erasing WHERE turn = ?", (turn,))

    def take_back(self, turn: int) -> list[Change]:
        """A turn is being erased: what it taught goes, what it ended holds again.

        A fact that a later turn said again stays, with that turn as its source.
        """
        changes: list[Change] = []
        with self.database.transaction() as db:
            now = _iso(None)
            for old in self._select("WHERE turn = ?", (turn,)):
                heir = db.execute(
                    "SELECT turn.id, turn.message FROM change JOIN turn ON turn.id = change.turn "
                    "WHERE change.fact = ? AND change.what = 'confirmed' AND turn.id != ? ORDER BY change.id LIMIT 1",
                    (old.id, turn),
                ).fetchone()
                if heir:
                    db.execute("INSERT INTO erasing VALUES (?) ON CONFLICT DO NOTHING", (turn,))
                    db.execute("UPDATE fact SET turn = ?, words = ? WHERE id = ?", (*heir, old.id))
                    db.execute("DELETE FROM erasing WHERE turn = ?", (turn,))
                    self._note(db, old.id, "source erased", heir[0], now)
            for old in self._select("WHERE ended_turn = ? AND (turn IS NULL OR turn != ?)", (turn, turn)):
                # What took its place may have had to give it up to a third by now: then that one ended it.
                third = db.execute(
                    "SELECT third.id, second.ended_turn, second.valid_to FROM fact AS first "
                    "JOIN fact AS second ON second.id = first.ended_by JOIN fact AS third ON third.id = second.ended_by "
                    "WHERE first.id = ? AND (third.turn IS NULL OR third.turn != ?)",
                    (old.id, turn),
                ).fetchone()
                db.execute(
                    "UPDATE fact SET status = ?, ended_by = ?, ended_turn = ?, valid_to = ? WHERE id = ?",
                    ("ended" if third else "active", *(third or (None, None, None)), old.id),
                )
                if not third:
                    self._note(db, old.id, "holds again", None, now)
            for old in self._select("WHERE turn = ?", (turn,)):
                changes.append(Change("erased", old))
                db.execute("DELETE FROM fact WHERE id = ?", (old.id,))
                db.execute("DELETE FROM change WHERE fact = ?", (old.id,))
                self._note(db, old.id, "erased", None, now)
        return changes

    # Moving

    def export(self) -> Iterator[dict[str, Any]]:
        """Every fact as plain data, oldest first."""
        for fact in self._select("ORDER BY id", ()):
            yield fact.data()

    def take_in(self, rows: Iterable[dict[str, Any]]) -> tuple[int, int]:
        """Takes exported facts in, in one transaction; returns how many are new and how many were there already.

        Raises:
            InputError: a row has no key or value, or a value of the wrong kind; nothing is taken in then.
        """
        new = known = 0
        wrong: tuple[type[Exception], ...] = (KeyError, TypeError, ValueError, *self.database.refusals)
        with self.database.transaction() as db:
            for number, row in enumerate(rows, 1):
                try:
                    added = self._take(db, row)
                except wrong as error:
                    raise InputError(
                        f"line {number} is not an exported fact ({error}); nothing was imported",
                        f"{number}번째 줄은 내보낸 기억이 아닙니다({error}). 아무것도 가져오지 않았습니다",
                    ) from None
                new, known = new + added, known + (not added)
        return new, known

    def _take(self, db: Connection, row: dict[str, Any]) -> bool:
        key, value = checked(str(row["key"]), str(row["value"]))
        status, recorded = row.get("status", "active"), str(row.get("recorded") or _iso(None))
        datetime.fromisoformat(recorded)
        same = "WHERE subject = 'user' AND folded = ? AND status = ? AND coalesce(date, '') = ?"
        if self._select(same, (wording.folded(f"{key}={value}"), status, row.get("date") or "")):
            return False
        words = str(row.get("words") or f"[{key}: {value}]")
        number = self._insert(
            db, key, value, words, str(row.get("extractor") or "import"), None, recorded, row.get("date"),
            float(row.get("importance", keys.importance(key))),
        )  # fmt: skip
        db.execute(
            "UPDATE fact SET valid_from = ?, valid_to = ?, last_use = ?, uses = ?, pinned = ?, status = ? WHERE id = ?",
            (row.get("valid_from") or recorded, row.get("valid_to"), row.get("last_use"), int(row.get("uses", 0)),
             bool(row.get("pinned", False)), status, number),
        )  # fmt: skip
        return True

    def _note(
        self,
        db: Connection,
        number: int,
        what: str,
        turn: int | None,
        told: str,
        detail: dict[str, Any] | None = None,
    ) -> None:
        db.execute(
            "INSERT INTO change (fact, time, what, turn, detail) VALUES (?,?,?,?,?)",
            (number, told, what, turn, json.dumps(detail or {})),
        )


def checked(key: str, value: str) -> tuple[str, str]:
    """Key in its one spelling, and value, trimmed.

    Raises:
        InputError: empty or too long.
    """
    from ohlora.language.prompt import clean

    key, value = keys.spelling(clean(key)), clean(value).strip(" .,;")
    if not key or not value or len(key) > MAX_KEY or len(value) > MAX_VALUE:
        raise InputError(
            f"a fact needs a key of 1 to {MAX_KEY} and a value of 1 to {MAX_VALUE} characters, "
            f"not {key[:20]!r}: {value[:20]!r}",
            f"기억에는 1~{MAX_KEY}자의 키와 1~{MAX_VALUE}자의 값이 필요합니다. 받은 것: {key[:20]!r}: {value[:20]!r}",
        )
    return key, value


def quantised(vectors: np.ndarray) -> np.ndarray:
    """Unit vectors as int8; the cosine changes by less than 0.01. Lengths are restored when they are read."""
    return np.clip(np.rint(vectors * 400), -127, 127).astype(np.int8)


def code_of(first: bytes) -> bytes:
    """The signs of an int8 vector, one bit each."""
    return np.packbits(np.frombuffer(first, np.int8) > 0).tobytes()


def _covers(old: Fact, value: str, date: str | None) -> bool:
    """Says the old fact all the new one says?"""
    a, b = wording.folded(old.value), wording.folded(value)
    same_day = date is None or old.date == date
    return same_day and (a == b or (len(b) >= 2 and old.key not in keys.SINGLE and b in a))


def _part(old: str, new: str) -> bool:
    a, b = wording.folded(old), wording.folded(new)
    return len(a) >= 2 and a != b and a in b


def _iso(time: datetime | None) -> str:
    return (time or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds")


def _fact(row: Sequence[Any]) -> Fact:
    values: list[Any] = [bool(value) if place == 14 else value for place, value in enumerate(row)]
    return Fact(*values)
