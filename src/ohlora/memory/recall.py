"""What do I know that matters here? Candidates by meaning, wording and topic, ranked together, or nothing.

Two stages, so that a million facts are as quick as a hundred. First the signs of all vectors are compared (one bit a
number, a popcount) and the vectors of the nearest few hundred exactly, rare character bigrams are looked up in the file's inverted index, and keys about what the message
touches name their newest facts. Then a few hundred candidates are weighed with all figures (`ranking`). Importance, age,
use and date move the order a little; whether anything is recalled at all is decided by the probability alone.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from ohlora.database import Connection
from ohlora.memory import concepts, ranking, wording
from ohlora.memory.facts import Fact, Facts, code_of, quantised
from ohlora.progress import bar

CANDIDATES = 64
SHORTLIST = 512
"""So many facts with the nearest signs have their vectors read; among a million the nearest 64 alone miss too much."""
_COMMON = 800
"""A bigram in more facts than this tells nothing apart and is passed over."""
_WHOLE = 128
"""Up to so many facts all are weighed."""
_CHUNK = 1 << 15
"""So many codes are compared at once: what is between two steps stays in the processor's cache."""


@dataclass(frozen=True)
class Hit:
    """A recalled fact. `score`: probability that it is what the message is about."""

    fact: Fact
    score: float

    def data(self) -> dict[str, object]:
        """As `memory search --json` gives it."""
        return {
            "id": self.fact.id,
            "key": self.fact.key,
            "value": self.fact.value,
            "score": round(self.score, 4),
            "source": self.fact.source,
        }


@dataclass(frozen=True)
class Recalled:
    """What was found: nothing where `abstained`. `sure`: probability that the first hit's key is the right one."""

    hits: tuple[Hit, ...]
    abstained: bool
    sure: float


class Recall:
    """Recalls from a store's facts. Follows changes by other threads and processes.

    Args:
        facts: the store.
        ranker: weights and threshold; those that ship by default.
    """

    def __init__(self, facts: Facts, ranker: ranking.Ranker | None = None) -> None:
        self.facts = facts
        self._ranker = ranker
        self._lock = threading.Lock()
        self._seen = -1
        self._mark: object = None
        self._ids = np.zeros(0, np.int64)
        self._codes = np.zeros((0, 0), np.uint64)
        self._count = 0
        self._keys: set[str] = set()

    @property
    def ranker(self) -> ranking.Ranker:
        if self._ranker is None:
            self._ranker = ranking.shipped()
        return self._ranker

    def __call__(self, message: str, *, limit: int = 3, now: datetime | None = None) -> Recalled:
        """The facts a message is about, best first; none where nothing is sure enough.

        Args:
            limit: at most so many.
            now: the time of the turn, for "내일" and the like, and for the age of facts.
        """
        with self._lock:
            self._sync()
            if not self._count:
                return Recalled((), True, 0.0)
            vector = self.facts.encoder.messages([message])[0]
            found = self._candidates(message, vector)
        return self._ranked(message, vector, found, limit, now or datetime.now(UTC))

    def reset(self) -> None:
        """Forgets what was read of the store; the next call reads it anew."""
        with self._lock:
            self._seen, self._mark, self._count = -1, None, 0

    # Stage one

    def _candidates(self, message: str, vector: NDArray[np.float32]) -> list[int]:
        if self._count <= _WHOLE:
            return [int(n) for n in self._ids[: self._count]]
        found = dict.fromkeys(int(n) for n in self._nearest(vector, CANDIDATES))
        found.update(dict.fromkeys(self._worded(message)))
        found.update(dict.fromkeys(self._about(message)))
        return list(found)

    def _nearest(self, vector: NDArray[np.float32], count: int) -> list[int]:
        """Ids of the facts nearest to the message, by the vectors themselves, among those with the nearest signs."""
        near = self._near(vector, SHORTLIST).tolist()
        width = len(vector)
        with self.facts.database.reading() as db:
            rows = db.execute(
                f"SELECT fact, substr(vectors, 1, {width}) FROM meaning WHERE fact IN ({','.join('?' * len(near))})",
                near,
            ).fetchall()
        stored = np.frombuffer(b"".join(row[1] for row in rows), np.int8).reshape(len(rows), width).astype(np.float32)
        cosine = (stored @ vector) / np.maximum(np.linalg.norm(stored, axis=1), 1e-6)
        return [rows[i][0] for i in np.argsort(-cosine, kind="stable")[:count]]

    def _near(self, vector: NDArray[np.float32], count: int) -> NDArray[np.int64]:
        """Ids of the facts whose vectors' signs agree best with the message's."""
        asked = np.frombuffer(code_of(quantised(vector).tobytes()), np.uint64)
        distance = _differing(self._codes[:, : self._count], asked)
        limit = np.partition(distance, min(count, self._count) - 1)[min(count, self._count) - 1]
        near = np.flatnonzero(distance <= limit)
        # Where many are equally near the nearest still come first.
        return self._ids[near[np.argsort(distance[near], kind="stable")]][: count + count // 2]

    def _worded(self, message: str) -> list[int]:
        """Ids of the facts with the rarest bigrams in common."""
        grams = list(wording.bigrams(message[:200]))[:60]
        weight: dict[int, float] = {}
        with self.facts.database.reading() as db:
            for gram in grams:
                rows = db.execute("SELECT fact FROM gram WHERE gram = ? LIMIT ?", (gram, _COMMON + 1)).fetchall()
                if len(rows) > _COMMON:
                    continue
                telling = 1 / (8 + len(rows))
                for (number,) in rows:
                    weight[number] = weight.get(number, 0.0) + telling
        return sorted(weight, key=weight.__getitem__, reverse=True)[: CANDIDATES // 2]

    def _about(self, message: str) -> list[int]:
        """Ids of the newest facts under the keys that are about what the message touches."""
        touched = concepts.of_message(message) * self.ranker.parts["rarity"]
        topics = [(float((concepts.of_key(key) * touched).max()), key) for key in self._keys]
        found: list[int] = []
        with self.facts.database.reading() as db:
            for strength, key in sorted(topics, reverse=True)[:8]:
                if strength > 0:
                    rows = db.execute(
                        "SELECT id FROM fact WHERE subject = 'user' AND key = ? AND status = 'active' ORDER BY id DESC "
                        "LIMIT 4",
                        (key,),
                    )
                    found += [number for (number,) in rows]
        return found

    # Stage two

    def _ranked(
        self, message: str, vector: NDArray[np.float32], numbers: Sequence[int], limit: int, now: datetime
    ) -> Recalled:
        facts, vectors = self._read(numbers)
        if not facts:
            return Recalled((), True, 0.0)
        known = ranking.Known([fact.key for fact in facts], [fact.value for fact in facts], vectors)
        score = self.ranker.scores(ranking.Asked(message, vector), known)
        score = score + np.array([_day_fits(fact, message, now) for fact in facts], np.float32)
        chance = ranking.probabilities(score)
        order = np.argsort(-(score + np.array([_nudge(fact, now) for fact in facts])), kind="stable")
        first = facts[order[0]]
        sure = float(sum(chance[i] for i, fact in enumerate(facts) if fact.key == first.key))
        if sure < self.ranker.threshold:
            return Recalled((), True, sure)
        # Others come along only where they are nearly as likely: a wrong fact in the prompt is worse than none.
        kept = [i for i in order[:limit] if i == order[0] or chance[i] >= max(0.25 * chance[order[0]], 0.1)]
        return Recalled(tuple(Hit(facts[i], float(chance[i])) for i in kept), False, sure)

    def _read(self, numbers: Sequence[int]) -> tuple[list[Fact], NDArray[np.float32]]:
        marks = ",".join("?" * len(numbers))
        where = f"WHERE status = 'active' AND id IN ({marks}) ORDER BY id"
        with self.facts.database.reading() as db:
            facts = self.facts._select(where, numbers)
            rows = db.execute(f"SELECT fact, vectors FROM meaning WHERE fact IN ({marks})", numbers).fetchall()
        of = {number: np.frombuffer(vectors, np.int8) for number, vectors in rows}
        facts = [fact for fact in facts if fact.id in of]
        if not facts:
            return [], np.zeros((0, 3, 1), np.float32)
        stacked = np.stack([of[fact.id] for fact in facts]).astype(np.float32).reshape(len(facts), 3, -1)
        return facts, stacked / np.maximum(np.linalg.norm(stacked, axis=2, keepdims=True), 1e-6)

    # Following the store

    def _sync(self) -> None:
        """Takes up what changed since the last call: the append-only history says which facts."""
        with self.facts.database.reading() as db:
            mark = self.facts.database.mark()
            if mark == self._mark:
                return
            newest = db.execute("SELECT coalesce(max(id), 0) FROM change").fetchone()[0]
            if self._seen < 0:
                self._load()
            elif newest > self._seen:
                rows = db.execute("SELECT DISTINCT fact FROM change WHERE id > ? AND what != 'used'", (self._seen,))
                self._follow([number for (number,) in rows])
            self._seen = newest
            self._mark = self.facts.database.mark()

    def _load(self) -> None:
        # Neither the facts nor their vectors are read here, only codes and indexes: of a million facts those are a gigabyte.
        with self.facts.database.reading() as db:
            ended = np.array(
                [number for (number,) in db.execute("SELECT id FROM fact WHERE status = 'ended'")], np.int64
            )
            foreign = self._foreign(db)
            for start in bar("vectors", total=-(-len(foreign) // 64), iterable=range(0, len(foreign), 64)):
                self.facts.reindex(foreign[start : start + 64])
            self._keys = set(_keys_of(db))
            cursor = db.execute("SELECT fact, bits FROM code ORDER BY fact")
            ids: list[NDArray[np.int64]] = []
            codes: list[NDArray[np.uint64]] = []
            while rows := cursor.fetchmany(50_000):
                some = np.array([row[0] for row in rows], np.int64)
                holds = ~np.isin(some, ended)
                signs = np.frombuffer(b"".join(row[1] for row in rows), np.uint64).reshape(len(rows), -1)
                ids.append(some[holds])
                codes.append(signs[holds].T)
        width = self.facts.encoder.width // 64
        self._ids = np.concatenate([*ids, np.zeros(0, np.int64)])
        self._codes = np.concatenate([*codes, np.zeros((width, 0), np.uint64)], axis=1)
        self._count = len(self._ids)

    def _foreign(self, db: Connection) -> list[int]:
        """Ids of the facts that have vectors of another encoder, or none."""
        name = self.facts.encoder.name
        # Two ranges of the index rather than one "other than", which would read every vector.
        rows = db.execute(
            "SELECT fact FROM meaning WHERE model < ? UNION SELECT fact FROM meaning WHERE model > ?", (name, name)
        )
        foreign = [number for (number,) in rows]
        facts, codes = (db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("fact", "code"))
        if facts != codes:
            foreign += [n for (n,) in db.execute("SELECT id FROM fact WHERE id NOT IN (SELECT fact FROM meaning)")]
        return foreign

    def _follow(self, numbers: Sequence[int]) -> None:
        gone = np.isin(self._ids[: self._count], np.array(numbers, np.int64))
        if gone.any():
            keep = np.flatnonzero(~gone)
            self._ids, self._codes, self._count = self._ids[keep], np.ascontiguousarray(self._codes[:, keep]), len(keep)
        with self.facts.database.reading() as db:
            for number in numbers:
                row = db.execute(
                    "SELECT bits, key FROM fact JOIN code ON code.fact = fact.id WHERE id = ? AND status = 'active'",
                    (number,),
                ).fetchone()
                if row:
                    self._append(number, np.frombuffer(row[0], np.uint64))
                    self._keys.add(row[1])

    def _append(self, number: int, code: NDArray[np.uint64]) -> None:
        if self._count == len(self._ids):
            room = max(64, 2 * len(self._ids))
            ids, codes = np.zeros(room, np.int64), np.zeros((len(code), room), np.uint64)
            ids[: self._count] = self._ids[: self._count]
            if self._count:
                codes[:, : self._count] = self._codes[:, : self._count]
            self._ids, self._codes = ids, codes
        self._ids[self._count], self._codes[:, self._count] = number, code
        self._count += 1


def _keys_of(db: Connection) -> list[str]:
    """The keys in use, each found by one step in the index (`DISTINCT` would go through all facts)."""
    rows = db.execute(
        """WITH RECURSIVE found (key) AS (
            SELECT min(key) FROM fact WHERE subject = 'user' UNION ALL
            SELECT (SELECT min(key) FROM fact WHERE subject = 'user' AND fact.key > found.key) FROM found
            WHERE found.key IS NOT NULL)
        SELECT key FROM found WHERE key IS NOT NULL"""
    )
    return [key for (key,) in rows]


def _differing(codes: NDArray[np.uint64], asked: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """(N,) in how many bits each column of `codes`, (words, N), differs from `asked`, (words,)."""
    count = codes.shape[1]
    found = np.zeros(count, np.uint16)
    size = min(_CHUNK, count)
    mixed, bits, group = np.empty(size, np.uint64), np.empty(size, np.uint8), np.empty(size, np.uint8)
    for start in range(0, count, _CHUNK):
        end = min(start + _CHUNK, count)
        n = end - start
        for first in range(0, len(asked), 3):  # three words are 192 bits at most: they fit a byte
            group[:n] = 0
            for word in range(first, min(first + 3, len(asked))):
                np.bitwise_xor(codes[word, start:end], asked[word], out=mixed[:n])
                np.bitwise_count(mixed[:n], out=bits[:n])
                np.add(group[:n], bits[:n], out=group[:n])
            np.add(found[start:end], group[:n], out=found[start:end])
    return found


_AHEAD = {"오늘": 0, "이따": 0, "today": 0, "tonight": 0, "내일": 1, "tomorrow": 1, "모레": 2, "어제": -1, "yesterday": -1, "그제": -2}  # fmt: skip


def _day_fits(fact: Fact, message: str, now: datetime) -> float:
    """Where the message names a day and the fact is about one: do they agree?"""
    if not fact.date:
        return 0.0
    text = message.lower()
    days = [(now + timedelta(days=ahead)).date().isoformat() for word, ahead in _AHEAD.items() if word in text]
    if not days:
        return 0.0
    return 2.0 if fact.date in days else -2.0


def _nudge(fact: Fact, now: datetime) -> float:
    """Between facts that fit alike: pinned, important, used and new ones first."""
    age = max(0.0, (now.astimezone(UTC) - datetime.fromisoformat(fact.recorded)).total_seconds() / 86400)
    return 0.4 * fact.pinned + 0.3 * (fact.importance - 0.5) + 0.2 * 0.5 ** (age / 30) + 0.02 * min(fact.uses, 5)
