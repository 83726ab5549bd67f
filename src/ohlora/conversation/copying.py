"""A whole store copied into another, whatever keeps either: conversations, facts, history, vectors, under the same numbers.

Not the way to share what she knows (that is `ohlora memory export`): this is for moving from a file to a server, or back.
"""

from collections.abc import Iterator
from typing import Any

from ohlora.conversation.store import Store
from ohlora.errors import InputError
from ohlora.progress import bar

# In the order in which rows refer to one another.
_TABLES = {
    "conversation": "id, name, created",
    "turn": "id, conversation, time, message, reply, ended_by, labels, seed, summary, touched",
    "erased": "turn, time",
    "fact": "id, subject, key, value, folded, valid_from, valid_to, date, recorded, turn, words, extractor, importance, "
    "last_use, uses, pinned, status, ended_turn",
    "change": "id, fact, time, what, turn, detail",
    "meaning": "fact, model, vectors",
    "code": "fact, bits",
    "gram": "gram, fact",
}
_SOME = 10_000


def copy(source: Store, target: Store) -> dict[str, int]:
    """Copies everything in one transaction; returns how many conversations, turns and facts.

    Raises:
        InputError: the target is not empty, or cannot be written; nothing was copied then.
    """
    counts: dict[str, int] = {}
    with source.database.transaction() as here, target.transaction() as there:
        if any(
            there.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in ("conversation", "fact", "change")
        ):
            raise InputError(
                f"the store {target.shown} is not empty; copy into another, or bring in facts alone with: ohlora memory import",
                f"저장소 {target.shown}이(가) 비어 있지 않습니다. 다른 곳으로 복사하거나, 기억만 가져오려면: ohlora memory import",
            )
        for table in bar("tables", total=len(_TABLES), iterable=_TABLES):
            columns = _TABLES[table]
            rows = here.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2")
            marks = ",".join("?" * len(columns.split(",")))
            counts[table] = 0
            while some := rows.fetchmany(_SOME):
                there.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", _made(target, table, some))
                counts[table] += len(some)
        # Only now are those there that ended others.
        ended = here.execute("SELECT ended_by, id FROM fact WHERE ended_by IS NOT NULL").fetchall()
        there.executemany("UPDATE fact SET ended_by = ? WHERE id = ?", ended)
        # No number is given twice, not even that of an erased fact.
        given = "SELECT max(number) FROM (SELECT max(id) AS number FROM fact UNION ALL SELECT max(fact) FROM change) AS numbers"
        target.database.count_from("fact", here.execute(given).fetchone()[0] or 0)
        target.database.count_from("change", here.execute("SELECT max(id) FROM change").fetchone()[0] or 0)
    return {name: counts[name] for name in ("conversation", "turn", "fact")}


def _made(target: Store, table: str, rows: list[Any]) -> Iterator[tuple[Any, ...]]:
    """Rows as the target's columns take them."""
    database = target.database
    for row in rows:
        if table == "meaning":
            yield (*row[:2], database.vector(row[2]))
        elif table == "code":
            yield row[0], database.bits(row[1])
        elif table == "fact":
            yield (*row[:15], bool(row[15]), *row[16:])
        else:
            yield tuple(row)
