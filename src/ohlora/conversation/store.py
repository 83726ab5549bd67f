"""Conversations, and in the same place what she knows about the user: one persona and user, one file or one schema.

Turns are written once and never changed; only the user's wish erases one, and then what it taught goes with it. Knows
nothing of language models; `turn.py` says what a turn is and when it is worth keeping.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ohlora.database import Connection, Database, Migration, Sqlite
from ohlora.errors import InputError, MissingError
from ohlora.memory import schema
from ohlora.memory.facts import ERASED, Facts
from ohlora.memory.recall import Recall
from ohlora.paths import data_dir, store_place

if TYPE_CHECKING:
    from ohlora.postgres import Address


@dataclass(frozen=True)
class StoredTurn:
    """One exchange. `ended_by`: why the reply ended (stop, length, loop, cancelled). `labels`: her expression.

    `summary`: what the exchange was about, in a few words ("" where unknown). `touched`: the limit of hers that the message
    touched, "" for none.
    """

    id: int
    time: str
    message: str
    reply: str
    ended_by: str
    labels: Mapping[str, str]
    seed: int
    summary: str = ""
    touched: str = ""

    @property
    def erased(self) -> bool:
        """The user had the words erased; nothing of them is left to show or to go on from."""
        return self.message == ERASED and self.reply == ERASED


@dataclass(frozen=True)
class StoredConversation:
    """A conversation in the list. `name`: the user's, or the beginning of its first message."""

    id: str
    name: str
    created: str
    last: str
    turns: int


def _create_turns(db: Connection) -> None:
    db.execute(
        """CREATE TABLE turn (
            id INTEGER PRIMARY KEY, conversation TEXT NOT NULL, time TEXT NOT NULL, message TEXT NOT NULL,
            reply TEXT NOT NULL, ended_by TEXT NOT NULL, labels TEXT NOT NULL, seed INTEGER NOT NULL)"""
    )
    db.execute("CREATE INDEX turn_by_conversation ON turn (conversation, id)")
    for verb in ("UPDATE", "DELETE"):
        db.execute(
            f"""CREATE TRIGGER turn_no_{verb.lower()} BEFORE {verb} ON turn
            BEGIN SELECT RAISE(ABORT, 'turns are immutable'); END"""
        )


# Step n brings a store from version n to n+1 (PRAGMA user_version).
MIGRATIONS: list[Migration] = [
    _create_turns, schema.allow_erasing, schema.create_facts, schema.index_for_loading,
    schema.keep_limits,
]  # fmt: skip

_ALL = 1 << 62
_NAMED = 40
"""Characters of the first message that name a conversation."""
_COLUMNS = "id, time, message, reply, ended_by, labels, seed, summary, touched"


class Store:
    """The conversations with one persona, and the facts. Safe to use from several threads and processes.

    Args:
        place: the database file (its folder is made), or an address on a PostgreSQL server; see `place_of`.

    Attributes:
        facts: what is known about the user.

    Raises:
        InputError: the file is no database, is damaged, was written by a newer Oh-LoRA, or cannot be written; the server
            does not answer, refuses, or has no pgvector.
    """

    def __init__(self, place: "Path | Address") -> None:
        self.place = place
        self.database = _opened(place)
        self.facts = Facts(self.database)

    @classmethod
    def of_persona(cls, persona: str, place: str | None = None) -> "Store":
        """The store of a persona: in the user's data folder, or where `place` (or `OHLORA_STORE`) says."""
        return cls(place_of(persona, place))

    @property
    def shown(self) -> str:
        """Where the store is, for people; never with a password."""
        return self.database.shown

    @property
    def shown_place(self) -> str:
        """The folder of the file, or the server's address: where all stores of this kind are."""
        return str(self.place.parent) if isinstance(self.place, Path) else self.shown

    @cached_property
    def recall(self) -> Recall:
        """Recalls from the facts; reads the index when first used."""
        if isinstance(self.database, Sqlite):
            return Recall(self.facts)
        from ohlora.memory.recall_postgres import ServerRecall

        return ServerRecall(self.facts)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A turn and all it taught is kept in one: it is there whole, or not at all."""
        try:
            with self.database.transaction() as db:
                yield db
        except BaseException:
            self.recall.reset()  # it may have seen what is undone
            raise

    def add(
        self,
        conversation: str,
        message: str,
        reply: str,
        ended_by: str,
        labels: Mapping[str, str],
        seed: int,
        *,
        summary: str = "",
        touched: str = "",
        time: datetime | None = None,
    ) -> StoredTurn:
        """Writes one turn; when this returns (outside a transaction) it is on disk.

        Raises:
            InputError: the disk is full or the store cannot be written.
        """
        told = (time or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds")
        shown = json.dumps(dict(labels), ensure_ascii=False)
        with self.database.transaction() as db:
            db.execute(
                "INSERT INTO conversation (id, created) VALUES (?, ?) ON CONFLICT DO NOTHING", (conversation, told)
            )
            # A number is never given twice: the history of facts names turns that are erased by now.
            number = db.execute(
                "SELECT 1 + coalesce(max(given), 0) FROM (SELECT max(id) AS given FROM turn UNION ALL "
                "SELECT max(turn) FROM change UNION ALL SELECT max(turn) FROM erased) AS numbers"
            ).fetchone()[0]
            db.execute(
                f"INSERT INTO turn (conversation, {_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?)",
                (conversation, number, told, message, reply, ended_by, shown, seed, summary, touched),
            )
        return StoredTurn(number, told, message, reply, ended_by, dict(labels), seed, summary, touched)

    def turns(self, conversation: str, last: int | None = None) -> list[StoredTurn]:
        """The turns of a conversation, oldest first; with `last`, only the newest so many.

        Raises:
            InputError: the file is damaged.
        """
        query = f"SELECT {_COLUMNS} FROM turn WHERE conversation = ? ORDER BY id DESC LIMIT ?"
        with self.database.reading() as db:
            rows = db.execute(query, (conversation, _ALL if last is None else last)).fetchall()
            return [
                StoredTurn(number, time, message, reply, ended_by, json.loads(labels), seed, summary, touched)
                for number, time, message, reply, ended_by, labels, seed, summary, touched in reversed(rows)
            ]

    def newest_conversation(self) -> str | None:
        """Id of the conversation spoken in last, None where there is none."""
        with self.database.reading() as db:
            row = db.execute("SELECT conversation FROM turn ORDER BY id DESC LIMIT 1").fetchone()
            return row[0] if row else None

    # Conversations

    def conversations(self) -> list[StoredConversation]:
        """All conversations, the one spoken in last first."""
        query = """
            SELECT c.id, c.name, c.created, coalesce(max(t.time), c.created), count(t.id),
                   (SELECT message FROM turn WHERE conversation = c.id ORDER BY id LIMIT 1)
            FROM conversation c LEFT JOIN turn t ON t.conversation = c.id
            GROUP BY c.id ORDER BY 4 DESC, coalesce(max(t.id), 0) DESC, c.id"""  # two turns can be of one millisecond
        with self.database.reading() as db:
            return [
                StoredConversation(id, name or _first_words(first or ""), created, last, count)
                for id, name, created, last, count, first in db.execute(query)
            ]

    def new_conversation(self, id: str, name: str = "") -> None:
        """Makes a conversation before its first turn; one that is there stays as it is."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self.database.transaction() as db:
            db.execute(
                "INSERT INTO conversation (id, name, created) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (id, name[:80], now),
            )

    def rename_conversation(self, id: str, name: str) -> None:
        """Gives a conversation a name; an empty one takes it away.

        Raises:
            InputError: there is no such conversation.
        """
        self._known(id)
        with self.database.transaction() as db:
            db.execute("UPDATE conversation SET name = ? WHERE id = ?", (" ".join(name.split())[:80], id))

    def delete_conversation(self, id: str, *, keep_facts: bool = False) -> None:
        """Erases a conversation's words for good, and what they taught unless `keep_facts`.

        Raises:
            InputError: there is no such conversation.
        """
        self._known(id)
        with self.database.transaction() as db:
            numbers = [number for (number,) in db.execute("SELECT id FROM turn WHERE conversation = ?", (id,))]
            self._erase(db, numbers, keep_facts)
            db.execute("DELETE FROM conversation WHERE id = ?", (id,))
        self.database.forget_log()

    def delete_turns(self, conversation: str, first: int, *, only: bool = False) -> list[StoredTurn]:
        """Erases a turn and (unless `only`) all later ones of its conversation; what they taught is taken back.

        Returns what was erased, oldest first.

        Raises:
            InputError: there is no such turn in the conversation.
        """
        with self.database.transaction() as db:
            gone = [turn for turn in self.turns(conversation) if turn.id == first or (turn.id > first and not only)]
            if not gone or gone[0].id != first:
                raise InputError(
                    f"there is no turn {first} in this conversation", f"이 대화에 {first}번 차례가 없습니다"
                )
            self._erase(db, [turn.id for turn in gone], keep_facts=False)
        self.database.forget_log()
        return gone

    def _erase(self, db: Connection, numbers: list[int], keep_facts: bool) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        for number in reversed(numbers):
            if not keep_facts:
                self.facts.take_back(number)
            db.execute("INSERT INTO erasing VALUES (?) ON CONFLICT DO NOTHING", (number,))
            db.execute("DELETE FROM turn WHERE id = ?", (number,))
            db.execute("DELETE FROM erasing WHERE turn = ?", (number,))
            db.execute(
                "INSERT INTO erased (turn, time) VALUES (?, ?) ON CONFLICT (turn) DO UPDATE SET time = excluded.time",
                (number, now),
            )

    def _known(self, id: str) -> None:
        with self.database.reading() as db:
            if db.execute("SELECT 1 FROM conversation WHERE id = ?", (id,)).fetchone() is None:
                raise InputError(f"there is no conversation {id!r}", f"{id!r} 대화가 없습니다")

    # Moving

    def export_turns(self) -> Iterator[dict[str, object]]:
        """Every turn as plain data, oldest first."""
        for conversation in sorted(self.conversations(), key=lambda c: c.created):
            for turn in self.turns(conversation.id):
                yield {
                    "conversation": conversation.id, "name": conversation.name, "time": turn.time,
                    "message": turn.message, "reply": turn.reply, "ended_by": turn.ended_by,
                    "labels": dict(turn.labels), "seed": turn.seed, "summary": turn.summary, "touched": turn.touched,
                }  # fmt: skip

    def drop(self) -> None:
        """Erases the whole store, and ends its use.

        Raises:
            InputError: it cannot be erased.
        """
        self.database.drop()
        self.close()

    def close(self) -> None:
        """Ends the use of the store; calling it twice does nothing."""
        self.database.close()


def _first_words(message: str) -> str:
    """A name for a conversation: the beginning of its first message, whole words where it has spaces."""
    words = " ".join(message.split())
    if len(words) <= _NAMED:
        return words
    return words[:_NAMED].rsplit(" ", 1)[0].rstrip(" ,.") + "…"


def place_of(persona: str, place: str | None = None) -> "Path | Address":
    """Where the store of a persona is.

    Args:
        place: `postgresql://ROLE@HOST/DATABASE#NAME`, a folder for SQLite files, or None for what `OHLORA_STORE` says, else
            the user's data folder.

    Raises:
        InputError: it is neither an address of a PostgreSQL server nor a folder.
        MissingError: PostgreSQL's driver is not installed.
    """
    place = place or store_place()
    if place is None:
        return data_dir() / "conversations" / f"{persona}.sqlite3"
    if "://" not in place:
        return Path(place).expanduser() / f"{persona}.sqlite3"
    try:
        from ohlora.postgres import Address
    except ImportError:
        raise MissingError(
            "a store on a PostgreSQL server needs: pip install 'ohlora[postgres]'",
            "PostgreSQL 서버에 저장하려면: pip install 'ohlora[postgres]'",
        ) from None
    return Address.of(place, persona)


def _opened(place: "Path | Address") -> Database:
    if isinstance(place, Path):
        return Sqlite(place, MIGRATIONS)
    from ohlora.memory import schema_postgres
    from ohlora.postgres import Postgres

    return Postgres(place, schema_postgres.MIGRATIONS)
