"""How well memory works, measured on files: pairs `[key: value] message`, little histories and requests to forget (JSON Lines).

Every evaluation runs in a store of its own that is gone afterwards. Figures and their meaning: docs/memory.md.
"""

import json
import re
import tempfile
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ohlora.errors import InputError
from ohlora.files import read_text
from ohlora.memory import pairs, times
from ohlora.memory.ending import Judge, Renew, ended, renewed, standing
from ohlora.memory.facts import Fact
from ohlora.memory.proposal import Proposal
from ohlora.memory.recall import Hit
from ohlora.memory.remembering import learn
from ohlora.progress import bar

if TYPE_CHECKING:
    from ohlora.conversation.store import Store

Proposer = Callable[[str], Sequence[Proposal]]
"""A message → what the language model proposes."""


@contextmanager
def scratch_store(place: str | None = None) -> Iterator["Store"]:
    """A store that is gone afterwards; with the address of a PostgreSQL server, a schema there."""
    from ohlora.conversation.store import Store

    if place and "://" in place:
        store = Store.of_persona(f"scratch-{uuid.uuid4().hex}", place)
        try:
            yield store
        finally:
            store.drop()
        return
    with tempfile.TemporaryDirectory(prefix="ohlora-") as folder:
        store = Store(Path(folder) / "memory.sqlite3")
        try:
            yield store
        finally:
            store.close()


@dataclass
class PairFigures:
    """`lines`: (pair, key recalled or None) of what was not right."""

    n: int = 0
    right: int = 0
    wrong: int = 0
    abstained: int = 0
    lines: list[tuple[pairs.Pair, str | None]] = field(default_factory=list, repr=False)

    def data(self) -> dict[str, int]:
        """As `memory evaluate --json` gives it."""
        return {"n": self.n, "right": self.right, "wrong": self.wrong, "abstained": self.abstained}


def of_pairs(rows: Sequence[pairs.Pair]) -> PairFigures:
    """All memories are stored together; each message recalls once; right where the first hit has the pair's key."""
    told = PairFigures()
    with scratch_store() as store:
        facts = dict.fromkeys((row.key, row.value) for row in rows)
        store.facts.put([(key, value, f"[{key}: {value}]") for key, value in facts], extractor="evaluate")
        kept = {fact.id: fact.key for fact in store.facts.all()}
        spelt = {row.key: _key(row) for row in rows}
        for row in bar("recall", total=len(rows), unit="message", iterable=rows):
            hits = store.recall(row.message, limit=1).hits
            told.n += 1
            key = kept[hits[0].fact.id] if hits else None
            if key is None:
                told.abstained += 1
            elif key == spelt[row.key]:
                told.right += 1
            else:
                told.wrong += 1
            if key != spelt[row.key]:
                told.lines.append((row, key))
    return told


def _key(row: pairs.Pair) -> str:
    from ohlora.memory.facts import checked

    return checked(row.key, row.value)[0]


def quiet(rows: Sequence[pairs.Pair], messages: Sequence[str]) -> int:
    """How many of the messages, which no memory answers, recall one all the same."""
    with scratch_store() as store:
        facts = dict.fromkeys((row.key, row.value) for row in rows)
        store.facts.put([(key, value, f"[{key}: {value}]") for key, value in facts], extractor="evaluate")
        return sum(not store.recall(message, limit=1).abstained for message in messages)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """(number, text) of the lines that are not blank."""
    return ((number, line) for number, line in enumerate(read_text(path).splitlines(), 1) if line.strip())


# Requests to forget

_REQUEST = frozenset(("facts", "last", "message", "erase"))


@dataclass
class RequestFigures:
    """`lines`: of what was not right, the message with what went wrongly and what stayed."""

    n: int = 0
    requests: int = 0
    right: int = 0
    missed: int = 0
    too_much: int = 0
    near_misses: int = 0
    false: int = 0
    lines: list[str] = field(default_factory=list, repr=False)

    def data(self) -> dict[str, int]:
        """As `memory evaluate --json` gives it."""
        return {name: value for name, value in vars(self).items() if name != "lines"}


def is_requests(path: Path) -> bool:
    """Does a file hold requests to forget (JSON Lines)?"""
    try:
        return set(json.loads(read_text(path).lstrip("\ufeff \n").splitlines()[0])) == _REQUEST
    except (ValueError, TypeError, IndexError):
        return False


def read_requests(path: Path) -> list[dict[str, Any]]:
    """Reads requests to forget and near misses, one a line (the form: `forgetting_training`).

    Raises:
        InputError: with file and line: not JSON, a field missing, an index out of range.
    """
    found = []
    for number, line in _lines(path):
        try:
            row = json.loads(line)
            facts = [(str(key), str(value)) for key, value in row["facts"]]
            good = set(row) == _REQUEST and all(0 <= at < len(facts) for at in [*row["last"], *row["erase"]])
        except (ValueError, TypeError, KeyError):
            good = False
        if not good:
            raise InputError(
                f"{path}, line {number}: not a request to forget (facts, last, message, erase)",
                f"{path} {number}번째 줄: 잊어 달라는 부탁의 형식(facts, last, message, erase)이 아닙니다",
            )
        found.append(row)
    return found


def of_requests(rows: Sequence[Mapping[str, Any]]) -> RequestFigures:
    """Each line in a store of its own: right where exactly what is asked for is erased; `false`: of near misses, anything is."""
    told = RequestFigures()
    for row in bar("requests", total=len(rows), unit="request", iterable=rows):
        with scratch_store() as store:
            erased = _erased(store, row)
        wanted = set(row["erase"])
        told.n += 1
        told.requests += bool(wanted)
        told.near_misses += not wanted
        told.right += bool(wanted) and erased == wanted
        told.missed += bool(wanted - erased)
        told.too_much += bool(wanted) and bool(erased - wanted)
        told.false += not wanted and bool(erased)
        if erased != wanted:
            named = [
                f"{what} [{key}: {value}]"
                for what, numbers in (("stayed", wanted - erased), ("gone", erased - wanted))
                for key, value in (row["facts"][at] for at in sorted(numbers))
            ]
            told.lines.append(f"{row['message']}  →  {', '.join(named)}")
    return told


def _erased(store: "Store", row: Mapping[str, Any]) -> set[int]:
    """The places of the facts that are gone once the message has been taken in."""
    now = datetime.now().astimezone()
    with store.transaction():
        earlier, before = (store.add("a", "…", "네.", "stop", {}, 0, time=now) for _ in range(2))
        numbers = []
        for place, (key, value) in enumerate(row["facts"]):
            turn = before if place in row["last"] else earlier
            numbers += store.facts.put([(key, value, value)], extractor="evaluate", turn=turn.id, time=now)
        kept = store.add("a", row["message"], "네.", "stop", {}, 0, time=now)
        learn(store.facts, store.recall, row["message"], now=now, turn=kept.id, before=before.id)
    known = {fact.id for fact in store.facts.all(ended=True)}
    return {place for place, number in enumerate(numbers) if number not in known}


# Histories

_FIELDS = ("id", "kind", "sessions", "final", "not_current", "questions")


def read_histories(path: Path) -> list[dict[str, Any]]:
    """Reads histories, one a line.

    Raises:
        InputError: with file and line: not JSON, a field missing.
    """
    found = []
    for number, line in _lines(path):
        try:
            row = json.loads(line)
            missing = [name for name in _FIELDS if name not in row]
            for session in row.get("sessions", ()):
                datetime.fromisoformat(session["now"])
                _ = [(turn["user"], turn["expect"]) for turn in session["turns"]]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            missing = [str(error)]
        if missing:
            raise InputError(
                f"{path}, line {number}: not a history ({', '.join(missing)})",
                f"{path} {number}번째 줄: 이력이 아닙니다({', '.join(missing)})",
            )
        found.append(row)
    if not found:
        raise InputError(f"{path} holds no histories", f"{path}에 이력이 없습니다")
    return found


@dataclass
class HistoryFigures:
    """Counts over histories; `misses`, `false`, `bad`: what went wrong, in words."""

    histories: int = 0
    hits: int = 0
    expected: int = 0
    stored: int = 0
    stored_right: int = 0
    quiet_turns: int = 0
    quiet_stored: int = 0
    injections: int = 0
    obeyed: int = 0
    updates: int = 0
    updated: int = 0
    dated: int = 0
    dated_right: int = 0
    asked: int = 0
    right: int = 0
    wrong: int = 0
    abstained: int = 0
    near: int = 0
    near_wrong: int = 0
    lines: list[str] = field(default_factory=list, repr=False)

    def data(self) -> dict[str, Any]:
        """As `memory evaluate --json` gives it."""
        precision = self.stored_right / self.stored if self.stored else 1.0
        recall = self.hits / self.expected if self.expected else 1.0
        return {
            "histories": self.histories,
            "value_f1": round(2 * precision * recall / (precision + recall), 4) if precision + recall else 0.0,
            "value_precision": round(precision, 4),
            "value_recall": round(recall, 4),
            "expected": self.expected,
            "stored": self.stored,
            "false_memories": round(self.quiet_stored / max(1, self.quiet_turns), 4),
            "quiet_turns": self.quiet_turns,
            "injections": self.injections,
            "injections_stored": self.obeyed,
            "updates": self.updates,
            "updates_right": round(self.updated / max(1, self.updates), 4),
            "dates": self.dated,
            "dates_right": round(self.dated_right / max(1, self.dated), 4),
            "questions": {
                "n": self.asked, "right": self.right, "wrong": self.wrong, "abstained": self.abstained,
                "near": self.near, "near_wrong": self.near_wrong,
            },
        }  # fmt: skip


def of_histories(
    rows: Sequence[Mapping[str, Any]],
    proposer: Proposer | None = None,
    name: str = "",
    judge: Judge | None = None,
    renew: Renew | None = None,
) -> HistoryFigures:
    """Lives through every history in a store of its own, and compares as its format says.

    Args:
        rows: from `read_histories`.
        proposer: the language model's part; patterns alone without it.
        name: of the proposer.
        judge: says what a message ends; nothing but the patterns without it.
        renew: says what stands in the place of what is over.
    """
    told = HistoryFigures()
    for row in bar("histories", total=len(rows), unit="history", iterable=rows):
        with scratch_store() as store:
            _live(store, row, told, proposer, name, judge, renew)
    return told


def _live(
    store: "Store",
    row: Mapping[str, Any],
    told: HistoryFigures,
    proposer: Proposer | None,
    name: str,
    judge: Judge | None,
    renew: Renew | None,
) -> None:
    told.histories += 1
    obeyed, now, before = False, datetime.now(), None
    for number, session in enumerate(row["sessions"]):
        now = datetime.fromisoformat(session["now"]).astimezone()
        for turn in session["turns"]:
            said = turn["user"]
            proposed = list(proposer(said)) if proposer else []
            over = ended(store.recall, said, judge, now=now, before=before) if judge else ()
            proposed += renewed(over, said, proposed, renew) if renew else []
            with store.transaction():
                kept = store.add(f"{row['id']}/{number}", said, "네.", "stop", {}, 0, time=now)
                learnt = learn(
                    store.facts, store.recall, said, now=now, turn=kept.id,
                    proposed=proposed, proposer=name, before=before, judged_over=standing(over, said, judge) if judge else {},
                )  # fmt: skip
            before = kept.id
            # What is left of a fact told before, in the words of then, is no memory of this turn.
            stored = [c.fact for c in learnt.changes if c.what == "recorded" and c.fact.words == said]
            known = [change.fact for change in learnt.changes if change.what == "confirmed"]
            obeyed |= _compare(turn, stored, known, told, row["id"])
    if row["kind"] == "injection":
        told.injections += 1
        told.obeyed += obeyed
    current = store.facts.all()
    if row["kind"] in ("update", "erase"):
        told.updates += 1
        missing = [fact["value"] for fact in row["final"] if not any(_matches(c, fact) for c in current)]
        stale = [text for text in row["not_current"] if any(_plain(text) in _plain(c.value) for c in current)]
        told.updated += not missing and not stale
        if missing or stale:
            told.lines.append(f"{row['id']}: update: missing {missing}, still there {stale}")
    _ask(store, row, now, told)


def _compare(
    turn: Mapping[str, Any], stored: Sequence[Fact], known: Sequence[Fact], told: HistoryFigures, where: str
) -> bool:
    """Counts one turn; was something stored that must not be?"""
    expect, optional, absent = turn["expect"], turn.get("optional", ()), turn.get("absent", ())
    bad = [fact for fact in stored if any(_plain(text) in _plain(fact.value) for text in absent)]
    good = [fact for fact in stored if fact not in bad]
    for fact in expect:
        told.expected += 1
        matched = [s for s in [*good, *known] if _matches(s, fact)]
        told.hits += bool(matched)
        if not matched:
            told.lines.append(f"{where}: missed [{fact['key']}: {fact['value']}] in: {turn['user']}")
        elif fact.get("date"):
            told.dated += 1
            right = any(_same_date(s.date, fact["date"]) for s in matched)
            told.dated_right += right
            if not right:
                told.lines.append(f"{where}: date {matched[0].date} instead of {fact['date']} in: {turn['user']}")
    if not expect:
        told.quiet_turns += 1
    wrong = 0
    for fact in stored:
        if fact not in bad:
            if any(_matches(fact, e) for e in expect):
                told.stored_right += 1
                told.stored += 1
                continue
            if any(_plain(text) in _plain(fact.value) for text in optional):
                continue
        told.stored += 1
        wrong += 1
        told.lines.append(f"{where}: false [{fact.key}: {fact.value}] in: {turn['user']}")
    if not expect and wrong:
        told.quiet_stored += 1
    return bool(bad)


def _ask(store: "Store", row: Mapping[str, Any], now: datetime, told: HistoryFigures) -> None:
    for question in row["questions"]:
        hits = store.recall(question["message"], limit=1, now=now).hits
        told.asked += 1
        wanted, near = bool(question["recall"]), bool(question.get("near"))
        told.near += near
        if answered(question, hits) or not (hits or wanted):
            told.right += 1
            continue
        told.abstained += not hits
        told.wrong += bool(hits)
        told.near_wrong += bool(hits) and near
        first = f"{hits[0].fact.key} {hits[0].fact.value}" if hits else None
        told.lines.append(f"{row['id']}: recalled {first} for: {question['message']}")


def answered(question: Mapping[str, Any], hits: Sequence[Hit]) -> bool:
    """Does the first hit hold what a question of a history asks for?"""
    if not hits or not question["recall"]:
        return False
    first = _plain(f"{hits[0].fact.key} {hits[0].fact.value}")
    return any(_plain(text) in first for text in (question["recall"], *question.get("alternatives", ())))


def _matches(fact: Fact, wanted: Mapping[str, Any]) -> bool:
    value = _plain(fact.value)
    return any(_plain(text) in value for text in [wanted["value"], *wanted.get("alternatives", ())])


def _same_date(kept: str | None, wanted: str) -> bool:
    if not kept:
        return False
    if kept == wanted:
        return True
    try:
        return times.holds(wanted, date.fromisoformat(kept.split("/")[0])) if len(kept) >= 10 else kept == wanted
    except ValueError:
        return False


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).lower())


def is_histories(path: Path) -> bool:
    """Does a file hold histories (JSON Lines) and not pairs?"""
    text = read_text(path).lstrip("\ufeff \n")
    return text.startswith("{")


def lines_of(figures: HistoryFigures | PairFigures | RequestFigures) -> Iterable[str]:
    """What was not right, a line each."""
    if isinstance(figures, HistoryFigures | RequestFigures):
        return figures.lines
    return [f"[{row.key}: {row.value}] {row.message}  →  {key or 'nothing'}" for row, key in figures.lines]
