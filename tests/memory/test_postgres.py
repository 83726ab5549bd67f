"""What only a store on a server can meet: others in the same database, a server that is down, strange, or forgets us."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ohlora.bench.memory import compared
from ohlora.conversation import Store, copying
from ohlora.conversation.store import place_of
from ohlora.database import Connection
from ohlora.errors import InputError, MissingError
from ohlora.memory import evaluation, pairs, recall_postgres
from ohlora.memory.schema_postgres import MIGRATIONS
from ohlora.postgres import Address, Postgres, look, schema_of
from tests.conftest import Server

SECRET = "s3cret-w0rd"


@pytest.fixture
def store(postgres: Server) -> Iterator[Store]:
    opened = Store.of_persona("s", postgres.place())
    yield opened
    opened.close()


def database(store: Store) -> Postgres:
    assert isinstance(store.database, Postgres)
    return store.database


def test_personas_and_people_share_a_database_and_see_nothing_of_each_other(postgres: Server) -> None:
    url = postgres.url
    places = [("s", f"{url}#anna"), ("s", f"{url}#ben"), ("t", f"{url}#anna"), ("s", url), ("s:anna", url)]
    stores = [Store.of_persona(persona, place) for persona, place in places]
    for number, store in enumerate(stores):
        store.add("a", f"말 {number}", "네", "stop", {}, 0)
        store.facts.learn("별명", f"별명 {number}", words="x", extractor="t")
    for number, store in enumerate(stores):
        assert [turn.message for turn in store.turns("a")] == [f"말 {number}"]
        assert [(fact.id, fact.value) for fact in store.facts.all()] == [(1, f"별명 {number}")]
    stores[0].drop()
    again = Store.of_persona("s", f"{url}#anna")
    assert again.conversations() == []
    assert len(stores[1].turns("a")) == 1
    for store in (*stores, again):
        store.close()


def test_rows_cannot_be_emptied_out_and_a_scratch_store_leaves_nothing(postgres: Server) -> None:
    with evaluation.scratch_store(postgres.place()) as store:
        store.add("a", "말", "네", "stop", {}, 0)
        with pytest.raises(store.database.refusals, match="erased one by one"), store.transaction() as db:
            db.execute("TRUNCATE turn CASCADE")
        assert len(store.turns("a")) == 1
        schema = database(store).address.schema
    with psycopg.connect(postgres.url) as other:
        assert other.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is None


def test_the_bench_sets_the_server_beside_the_file() -> None:
    rows = [{"name": "recall", "median": 4.0, "value": 4.0, "unit": "ms"}]
    other = [{"name": "recall", "median": 6.0, "value": 6.0, "unit": "ms"}]
    told = [(row["name"], row["value"], row["unit"]) for row in compared(rows, other)]
    assert told == [("recall, other store", 6.0, "ms"), ("recall, other store to file", 1.5, "ratio")]


def test_the_schemas_name_fits_and_tells_apart() -> None:
    names = {
        schema_of(persona, name) for persona in ("오로라" * 12, "오로라" * 13, "o") for name in ("", "anna", "ben")
    }
    assert len(names) == 9
    assert all(len(name.encode()) <= 63 for name in names)
    assert schema_of("a:b", "") != schema_of("a", "b")


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{SECRET}@{SECRET}@host/db",
        f"postgresql://me:{SECRET}/{SECRET}@host/db",
        f"postgresql://me:{SECRET}#{SECRET}@host/db",
        f"postgresql://me:{SECRET}@host:port/db",
        f"postgresql://me:{SECRET}@host/db?nonsense={SECRET}",
        f"postgresql://me:{SECRET}@host/db#a b",
        f"mysql://me:{SECRET}@host/db",
    ],
)
def test_an_address_that_is_none_is_one_sentence_that_does_not_repeat_it(url: str) -> None:
    with pytest.raises(InputError, match="address of the store is not understood") as caught:
        place_of("s", url)
    assert SECRET not in caught.value.en + caught.value.ko


def test_what_is_shown_of_an_address_has_no_password() -> None:
    url = f"postgresql://me:{SECRET}@db.example:5433/talks?sslmode=require&application_name=x#anna"
    address = place_of("s", url)
    assert isinstance(address, Address)
    assert address.shown == "postgresql://me@db.example:5433/talks#anna"
    assert SECRET not in f"{address!r}{address}"
    assert "sslmode=require" in address.dsn


def test_a_wrong_password_is_one_sentence(postgres: Server, caplog: pytest.LogCaptureFixture) -> None:
    with psycopg.connect(postgres.url, autocommit=True) as db:
        db.execute("CREATE ROLE guarded LOGIN PASSWORD 'right'")
        rules = Path(db.execute("SHOW hba_file").fetchone()[0])  # type: ignore[index]
        before = rules.read_text()
        rules.write_text(f"local all guarded scram-sha-256\n{before}")
        db.execute("SELECT pg_reload_conf()")
        db.execute("GRANT CREATE ON DATABASE postgres TO guarded")
    host = postgres.url.partition("?")[2]
    try:
        wrong = f"postgresql://guarded:{SECRET}@/postgres?{host}#guarded"
        with pytest.raises(InputError, match="refuses the password; put the right one into") as caught:
            Store.of_persona("s", wrong)
        assert SECRET not in caught.value.en + caught.value.ko + str(caught.value.__cause__) + caplog.text
        with psycopg.connect(postgres.url, autocommit=True) as db:
            db.execute("CREATE EXTENSION IF NOT EXISTS vector")
        Store.of_persona("s", f"postgresql://guarded:right@/postgres?{host}#guarded").close()
        with pytest.raises(InputError, match="does not know the role"):
            Store.of_persona("s", f"postgresql://nobody@/postgres?{host}")
        with pytest.raises(InputError, match="has no such database"):
            Store.of_persona("s", f"postgresql://postgres@/nowhere?{host}")
    finally:
        rules.write_text(before)


def test_a_database_without_pgvector_and_a_role_without_rights_are_one_sentence(postgres: Server) -> None:
    with psycopg.connect(postgres.url, autocommit=True) as db:
        db.execute("CREATE ROLE plain LOGIN")
        db.execute("CREATE DATABASE bare OWNER plain")
        db.execute("CREATE EXTENSION IF NOT EXISTS vector")
    plain = f"postgresql://plain@/bare?{postgres.url.partition('?')[2]}"
    with pytest.raises(InputError, match=r"has no pgvector; .* CREATE EXTENSION vector"):
        Store.of_persona("s", plain)
    with pytest.raises(InputError, match=r"may not use the store .* GRANT CREATE ON DATABASE"):
        Store.of_persona("s", plain.replace("/bare", "/postgres"))


def test_a_store_of_a_newer_version_is_refused(postgres: Server) -> None:
    place = postgres.place()
    store = Store.of_persona("s", place)
    with store.transaction() as db:
        db.execute("UPDATE about SET version = 99")
    store.close()
    with pytest.raises(InputError, match="written by a newer Oh-LoRA"):
        Store.of_persona("s", place)


def test_a_migration_runs_once_and_whole_or_not_at_all(postgres: Server) -> None:
    address = place_of("s", postgres.place())
    assert isinstance(address, Address)
    store = Store(address)
    store.add("a", "말", "네", "stop", {}, 0)

    def adds(db: Connection) -> None:
        db.execute("ALTER TABLE turn ADD COLUMN mood text NOT NULL DEFAULT ''")

    def fails(db: Connection) -> None:
        db.execute("DROP TABLE gram")
        db.execute("SELECT * FROM nowhere")

    with pytest.raises(InputError, match="nowhere"):
        Postgres(address, [*MIGRATIONS, adds, fails])
    with store.database.reading() as db:
        assert db.execute("SELECT count(*) FROM gram").fetchone() == (0,)
        assert db.execute("SELECT version FROM about").fetchone() == (1,)
    for _ in range(2):
        newer = Postgres(address, [*MIGRATIONS, adds])
        with newer.reading() as db:
            assert db.execute("SELECT message, mood FROM turn").fetchall() == [("말", "")]
        newer.close()
    store.close()


def test_a_store_can_be_opened_while_another_writes(postgres: Server) -> None:
    place = postgres.place()
    first = Store.of_persona("s", place)
    with first.transaction():
        first.add("a", "하나", "네", "stop", {}, 0)
        second = Store.of_persona("s", place)
        assert second.turns("a") == []
    assert len(second.turns("a")) == 1
    first.close()
    second.close()


def test_a_server_that_is_down_is_one_sentence_and_the_store_goes_on_when_it_is_back(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.of_persona("s", postgres.place())
    store.facts.learn("이름", "민수", words="x", extractor="t")
    monkeypatch.setattr(Postgres, "patience", 0.3)
    postgres.stop()
    try:
        with pytest.raises(InputError, match=r"no PostgreSQL server answers at postgresql://postgres@.*start it"):
            store.facts.all()
        with pytest.raises(InputError, match="no PostgreSQL server answers"):
            store.add("a", "말", "네", "stop", {}, 0)
        with pytest.raises(InputError, match="no PostgreSQL server answers"):
            Store.of_persona("s", postgres.place())
    finally:
        postgres.start()
    store.add("a", "말", "네", "stop", {}, 0)
    assert [fact.value for fact in store.facts.all()] == ["민수"]
    assert store.recall("내 이름이 뭐라고 했지?").hits[0].fact.value == "민수"
    store.close()


def ended(postgres: Server, store: Store) -> None:
    """Ends the store's connection from the server's side."""
    with psycopg.connect(postgres.url) as db:
        db.execute("SELECT pg_terminate_backend(%s, 5000)", (database(store).raw.info.backend_pid,))


def test_a_connection_the_server_ended_is_opened_anew(postgres: Server, store: Store) -> None:
    store.facts.learn("이름", "민수", words="x", extractor="t")
    ended(postgres, store)
    assert [fact.value for fact in store.facts.all()] == ["민수"]
    ended(postgres, store)
    store.facts.learn("취미", "등산", words="x", extractor="t")
    assert store.recall("내 이름이 뭐라고 했지?").hits[0].fact.value == "민수"


def test_a_connection_that_ends_within_a_turn_leaves_nothing_of_it(postgres: Server, store: Store) -> None:
    with pytest.raises(InputError, match=r"could not be saved .* nothing was changed"):
        _interrupted(postgres, store)
    assert store.turns("a") == []
    assert store.facts.all() == []


def _interrupted(postgres: Server, store: Store, *, finish: bool = True) -> None:
    with store.transaction():
        store.add("a", "나 민수야", "네", "stop", {}, 0)
        ended(postgres, store)
        if finish:
            store.facts.learn("이름", "민수", words="x", extractor="t")


def test_whether_it_was_kept_is_not_known_where_the_connection_ends_while_saving(
    postgres: Server, store: Store
) -> None:
    with pytest.raises(InputError, match=r"lost while saving .* look whether it was kept"):
        _interrupted(postgres, store, finish=False)


def test_one_writer_at_a_time(postgres: Server) -> None:
    place = postgres.place()
    first, second = Store.of_persona("s", place), Store.of_persona("s", place)
    database(second).raw.execute("SET lock_timeout = '100ms'")
    with first.transaction():
        first.add("a", "하나", "네", "stop", {}, 0)
        with pytest.raises(InputError, match=r"could not be saved .*lock"):
            second.add("a", "둘", "네", "stop", {}, 0)
        assert second.turns("a") == [], "reading does not wait, and sees only what is kept"
    assert second.add("a", "둘", "네", "stop", {}, 0).id == 2
    first.close()
    second.close()


def test_what_the_server_refuses_is_told_without_the_users_words(store: Store) -> None:
    words = "비밀스러운 말'); DROP TABLE turn; --"
    number = store.add("a", words, "네", "stop", {}, 0).id
    with pytest.raises(InputError) as caught:
        _nonsense(store, words)
    assert "nowhere" in caught.value.en
    assert "비밀" not in caught.value.en + caught.value.ko
    assert [(turn.id, turn.message) for turn in store.turns("a")] == [(number, words)]


def _nonsense(store: Store, words: str) -> None:
    with store.transaction() as db:
        store.add("a", words, "네", "stop", {}, 0)
        db.execute("SELECT * FROM nowhere WHERE words = ?", (words,))


def test_the_driver_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ohlora.postgres")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingError, match=r"pip install 'ohlora\[postgres\]'"):
        place_of("s", "postgresql://host/db")


@pytest.fixture(scope="module")
def filled(postgres: Server, thousands: Store) -> Iterator[tuple[Store, Store]]:
    """The same three thousand facts in a file and on the server."""
    file, server = thousands, Store.of_persona("s", postgres.place())
    copying.copy(file, server)
    for store in (file, server):
        store.facts.learn("반려동물", "이구아나 두리", words="x", extractor="t")
        store.facts.end(7)
    yield file, server
    server.close()


MESSAGES = [row.message for row in pairs.shipped("heldout")][:12]


def test_both_recall_the_same(filled: tuple[Store, Store]) -> None:
    file, server = filled
    for message in ["이구아나 두리가 허물을 벗었어", *MESSAGES]:
        one, other = file.recall(message, limit=5), server.recall(message, limit=5)
        assert [hit.fact.value for hit in one.hits] == [hit.fact.value for hit in other.hits]
        assert one.sure == pytest.approx(other.sure, abs=1e-3)
    for vector in file.facts.encoder.messages(MESSAGES[:5]):
        assert set(file.recall._nearest(vector, 64)) == set(server.recall._nearest(vector, 64))


def test_an_index_over_the_signs_finds_nearly_the_same(
    filled: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, server = filled
    exact = [set(server.recall._nearest(vector, 10)) for vector in server.facts.encoder.messages(MESSAGES)]
    monkeypatch.setattr(recall_postgres, "INDEXED", 1_000)
    server.recall.reset()
    server.recall("준비 운동")
    assert isinstance(server.recall, recall_postgres.ServerRecall)
    assert server.recall._building, "recall goes on while it is made"
    server.recall._building.join(60)
    server.recall("준비 운동")
    assert server.recall._indexed
    with server.database.reading() as db:
        db.execute("SET enable_seqscan = off")
        plan = " ".join(line for (line,) in db.execute("EXPLAIN SELECT fact FROM code WHERE active ORDER BY bits::bit(384) <~> repeat('1', 384)::bit(384) LIMIT 5"))  # fmt: skip
        assert "code_near_384" in plan
        found = [set(server.recall._nearest(vector, 10)) for vector in server.facts.encoder.messages(MESSAGES)]
        db.execute("RESET enable_seqscan")
    kept = sum(len(a & b) for a, b in zip(exact, found, strict=True))
    assert kept >= 0.95 * 10 * len(MESSAGES)


def test_vectors_another_encoder_made_are_computed_anew(store: Store) -> None:
    store.facts.put([("이름", "민수", "x"), ("사는 곳", "부산", "x")], extractor="t")
    with store.transaction() as db:
        db.execute("UPDATE meaning SET model = 'another' WHERE fact = 1")
        for table in ("meaning", "code"):
            db.execute(f"DELETE FROM {table} WHERE fact = 2")
    assert store.recall("나 어디 사는지 알아?").hits[0].fact.value == "부산"
    with store.database.reading() as db:
        assert db.execute("SELECT count(*), count(DISTINCT model) FROM meaning").fetchone() == (2, 1)


def test_the_commands_take_an_address(postgres: Server) -> None:
    place = postgres.place()
    command = [sys.executable, "-m", "ohlora", "memory"]
    added = subprocess.run(
        [*command, "add", "이름", "민수", "--store", place], capture_output=True, text=True, timeout=60
    )
    assert added.returncode == 0, added.stderr
    store = Store.of_persona("ohlora", place)
    assert [fact.value for fact in store.facts.all()] == ["민수"]
    store.close()
    assert look(store.place).startswith("PostgreSQL ")  # type: ignore[arg-type]
