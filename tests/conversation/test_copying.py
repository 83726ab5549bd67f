"""A store copied from a file to a server and back is the same store."""

from pathlib import Path
from typing import Any

import pytest

from ohlora.conversation import Store, copying
from ohlora.conversation.copying import _TABLES
from ohlora.errors import InputError
from tests.conftest import Server


def rows(store: Store) -> dict[str, list[Any]]:
    with store.database.reading() as db:
        return {
            table: [tuple(row) for row in db.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2")]
            for table, columns in {**_TABLES, "fact": _TABLES["fact"] + ", ended_by"}.items()
        }


def test_from_a_file_to_a_server_and_back(postgres: Server, tmp_path: Path) -> None:
    places = [str(tmp_path / "one"), postgres.place(), str(tmp_path / "two")]
    one, server, two = (Store.of_persona("s", place) for place in places)
    for number, home in enumerate(("서울", "부산", "대전")):
        turn = one.add("a", f"나 {home} 살아", "네", "stop", {"eyes": "보통"}, number, touched="insult").id
        one.facts.learn("사는 곳", home, words="x", extractor="t", turn=turn)
    one.facts.pin(2)
    one.facts.learn("취미", "등산", words="x", extractor="t")
    one.facts.erase([4])
    one.rename_conversation("a", "집")
    one.delete_turns("a", 3)
    assert copying.copy(one, server) == {"conversation": 1, "turn": 2, "fact": 2}
    assert copying.copy(server, two) == {"conversation": 1, "turn": 2, "fact": 2}
    assert rows(one) == rows(server) == rows(two)
    assert [turn.touched for turn in two.turns("a")] == ["insult", "insult"]
    for store in (one, server, two):
        assert store.facts.learn("취미", "낚시", words="x", extractor="t")[0].fact.id == 5, "4 was given before"
        assert store.add("a", "말", "네", "stop", {}, 0).id == 4
        assert store.recall("나 어디 사는지 알아?").hits[0].fact.value == "부산"
    with pytest.raises(InputError, match=r"the store .*s\.sqlite3 is not empty"):
        copying.copy(server, two)
    for store in (one, server, two):
        store.close()


def test_an_empty_store_is_copied_too(postgres: Server, tmp_path: Path) -> None:
    one, server = Store.of_persona("s", str(tmp_path)), Store.of_persona("s", postgres.place())
    assert copying.copy(one, server) == {"conversation": 0, "turn": 0, "fact": 0}
    assert server.facts.learn("취미", "낚시", words="x", extractor="t")[0].fact.id == 1
    one.close()
    server.close()
