"""The tables of memory, as one migration of the file that also holds the conversations.

    fact       what is known about the user, with where it was learnt; a row's key, value and words never change
    change     append-only history of every fact: recorded, confirmed, ended, edited, pinned, used …, erased (without words)
    meaning    three int8 vectors a fact: of key and value together, of the key, of the value; `code` holds the first one's signs
    gram       inverted index of the facts' character bigrams (Korean needs no white space to be found)

Erasing a fact cascades over all of them; what stays is one line in `change` that says when it was erased.
"""

from ohlora.database import Connection


def allow_erasing(db: Connection) -> None:
    """Turns stay immutable, but for those listed in `erasing`: what the user wants erased. Conversations get names."""
    db.execute("CREATE TABLE erasing (turn INTEGER PRIMARY KEY)")  # empty but within a transaction that erases
    db.execute("CREATE TABLE erased (turn INTEGER PRIMARY KEY, time TEXT NOT NULL)")  # that, not what, was erased
    db.execute("ALTER TABLE turn ADD COLUMN summary TEXT NOT NULL DEFAULT ''")
    for verb in ("UPDATE", "DELETE"):
        db.execute(f"DROP TRIGGER turn_no_{verb.lower()}")
        db.execute(
            f"""CREATE TRIGGER turn_no_{verb.lower()} BEFORE {verb} ON turn
            WHEN NOT EXISTS (SELECT 1 FROM erasing WHERE turn = OLD.id)
            BEGIN SELECT RAISE(ABORT, 'turns are immutable'); END"""
        )
    db.execute("CREATE TABLE conversation (id TEXT PRIMARY KEY, name TEXT NOT NULL DEFAULT '', created TEXT NOT NULL)")
    db.execute(
        "INSERT INTO conversation (id, name, created) SELECT conversation, '', min(time) FROM turn GROUP BY conversation"
    )


def index_for_loading(db: Connection) -> None:
    """Lets recall begin without reading every fact and vector: which vectors another encoder made, which facts ended."""
    db.execute("CREATE INDEX meaning_by_model ON meaning (model)")
    db.execute("CREATE INDEX fact_ended ON fact (id) WHERE status = 'ended'")


def keep_limits(db: Connection) -> None:
    """A turn says which limit of hers its message touched."""
    db.execute("ALTER TABLE turn ADD COLUMN touched TEXT NOT NULL DEFAULT ''")


def create_facts(db: Connection) -> None:
    """Makes the tables; the table `turn` exists already."""
    db.execute(
        """CREATE TABLE fact (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            subject TEXT NOT NULL DEFAULT 'user',
            key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 40),
            value TEXT NOT NULL CHECK (length(value) BETWEEN 1 AND 120),
            folded TEXT NOT NULL,               -- key and value as compared: case, spaces and particles gone
            valid_from TEXT NOT NULL,           -- ISO 8601, UTC
            valid_to TEXT,                      -- NULL while it holds
            date TEXT,                          -- the day it is about ("2026-03-06"), where it is about one
            recorded TEXT NOT NULL,
            turn INTEGER REFERENCES turn (id) ON DELETE SET NULL,
            words TEXT NOT NULL,                -- the user's own sentence
            extractor TEXT NOT NULL,            -- which proposer in which version
            importance REAL NOT NULL DEFAULT 0.5 CHECK (importance BETWEEN 0 AND 1),
            last_use TEXT,
            uses INTEGER NOT NULL DEFAULT 0,
            pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
            status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'ended')),
            ended_by INTEGER REFERENCES fact (id) ON DELETE SET NULL,
            ended_turn INTEGER REFERENCES turn (id) ON DELETE SET NULL)"""
    )
    db.execute("CREATE INDEX fact_by_folded ON fact (subject, folded)")
    db.execute("CREATE INDEX fact_by_key ON fact (subject, key, status)")
    db.execute("CREATE INDEX fact_by_turn ON fact (turn)")
    db.execute("CREATE INDEX fact_by_ended_turn ON fact (ended_turn) WHERE ended_turn IS NOT NULL")
    db.execute("CREATE INDEX fact_by_ended_by ON fact (ended_by) WHERE ended_by IS NOT NULL")
    db.execute(
        """CREATE TABLE change (
            id INTEGER PRIMARY KEY AUTOINCREMENT, fact INTEGER NOT NULL, time TEXT NOT NULL, what TEXT NOT NULL,
            turn INTEGER, detail TEXT NOT NULL DEFAULT '{}')"""
    )
    db.execute("CREATE INDEX change_by_fact ON change (fact)")
    db.execute(
        """CREATE TABLE meaning (
            fact INTEGER PRIMARY KEY REFERENCES fact (id) ON DELETE CASCADE, model TEXT NOT NULL, vectors BLOB NOT NULL)"""
    )
    # The signs of the first vector, bit by bit: what recall looks through first.
    db.execute(
        """CREATE TABLE code (
            fact INTEGER PRIMARY KEY REFERENCES fact (id) ON DELETE CASCADE, bits BLOB NOT NULL)"""
    )
    db.execute(
        """CREATE TABLE gram (
            gram TEXT NOT NULL, fact INTEGER NOT NULL REFERENCES fact (id) ON DELETE CASCADE,
            PRIMARY KEY (gram, fact)) WITHOUT ROWID"""
    )
    # The words of a fact are written once; only its validity, use, pin and importance move.
    db.execute(
        """CREATE TRIGGER fact_words_stay BEFORE UPDATE OF subject, key, value, words, turn, recorded, extractor ON fact
        WHEN NOT EXISTS (SELECT 1 FROM erasing WHERE turn = OLD.turn)
        BEGIN SELECT RAISE(ABORT, 'a fact is never rewritten'); END"""
    )
    db.execute(
        """CREATE TRIGGER change_stays BEFORE UPDATE ON change
        BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"""
    )
    # History of a fact goes only with the fact itself (erasing), when the row is gone already.
    db.execute(
        """CREATE TRIGGER change_goes_with_its_fact BEFORE DELETE ON change
        WHEN EXISTS (SELECT 1 FROM fact WHERE id = OLD.fact)
        BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"""
    )
