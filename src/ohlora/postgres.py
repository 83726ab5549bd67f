"""A store on a PostgreSQL server with pgvector: one schema a persona and user, so that many share one database.

Speaks the same SQL as the file (`?` for values) and keeps the same promises: one writer at a time (an advisory lock), whole
transactions, migrations. A connection that the server ended is opened anew. Knows nothing of what the tables hold. The
password is in no text that leaves this module.
"""

import contextlib
import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import unquote

import numpy as np
import psycopg
from pgvector import Bit, HalfVector
from pgvector.psycopg import register_vector
from psycopg import conninfo, errors, sql
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format
from psycopg.types.string import StrDumperUnknown

from ohlora.database import Connection, Database, Migration, newer
from ohlora.errors import InputError, OhLoraError

log = logging.getLogger(__name__)

SCHEME = re.compile(r"postgres(ql)?://", re.IGNORECASE)
_OLDEST_SERVER, _OLDEST_PGVECTOR = 140000, (0, 7)
_WAIT = 10
"""Seconds a writer waits for another, as with the file."""
_REWRITTEN = 64 << 20
"""Up to so many bytes a store's tables are written anew after erasing; a larger one's would hold everybody up."""
_NAME = re.compile(r"[\w.-]{1,40}")
_DEFAULTS = {
    "application_name": "ohlora", "connect_timeout": "10", "keepalives_idle": "30", "keepalives_interval": "10",
    "keepalives_count": "3",
}  # fmt: skip


@dataclass(frozen=True)
class Address:
    """Where a store is. Printing it never shows the password.

    `shown`: server, role, database and name, for people; `schema`: of this persona and user; `name`: the user's.
    """

    dsn: str = field(repr=False)
    secret: str = field(repr=False)
    shown: str
    schema: str
    name: str = ""

    @classmethod
    def of(cls, url: str, persona: str) -> "Address":
        """Reads `postgresql://ROLE@HOST:PORT/DATABASE?sslmode=…#NAME`; NAME tells several people in one database apart.

        Raises:
            InputError: it is no such address. The sentence does not repeat it, for a password may be in it.
        """
        head, _, name = url.partition("#")
        # libpq takes what follows the first "@" for the host: a password that holds one, or "/" or "#", would be told.
        if not SCHEME.match(head) or head.split("?")[0].count("@") > 1 or "@" in head.partition("://")[2].partition("/")[2].split("?")[0] or (name and not _NAME.fullmatch(unquote(name))):  # fmt: skip
            raise _misunderstood()
        try:
            parts = {key: str(value) for key, value in conninfo.conninfo_to_dict(head).items()}
        except psycopg.Error:
            raise _misunderstood() from None
        if not re.fullmatch(r"[\d,]*", parts.get("port", "")):
            raise _misunderstood()
        name = unquote(name)
        more = {key: value for key, value in _DEFAULTS.items() if key not in parts}
        host = parts.get("host") or parts.get("hostaddr") or ""
        port = f":{parts['port']}" if "port" in parts and not host.startswith("/") else ""
        role = f"{parts['user']}@" if "user" in parts else ""
        shown = f"postgresql://{role}{host}{port}/{parts.get('dbname', '')}" + (f"#{name}" if name else "")
        dsn = conninfo.make_conninfo(head, client_encoding="utf8", **more)
        return cls(dsn, parts.get("password", ""), shown, schema_of(persona, name), name)


def schema_of(persona: str, name: str) -> str:
    """The schema of a persona and user: `ohlora:PERSONA` or `ohlora:PERSONA:NAME`, within PostgreSQL's 63 bytes."""
    persona = persona.replace("%", "%25").replace(":", "%3A")
    text = f"ohlora:{persona}:{name}" if name else f"ohlora:{persona}"
    if len(text.encode()) <= 63:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return text.encode()[:46].decode("utf-8", "ignore") + ":" + digest


class _Int8Loader(Loader):
    """A stored vector comes back as the int8 bytes it was made of; half floats hold those exactly."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return np.frombuffer(data, ">f2", offset=4).astype(np.int8).tobytes()


class _BitsLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)[4:]


class _Text(StrDumperUnknown):
    """PostgreSQL has no NUL in texts; nor has anything a person says."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", "") if "\0" in obj else obj)


class _Speaking:
    """The connection with SQLite's marks. A read that finds the connection gone is asked again on a new one."""

    def __init__(self, database: "Postgres") -> None:
        self._database = database

    def execute(self, text: str, parameters: Sequence[Any] = (), /) -> Any:
        try:
            return self._database.raw.execute(_translated(text), parameters, binary=True)
        except psycopg.OperationalError:
            if self._database.inside or not self._database.raw.closed:
                raise
        self._database.connect(patient=True)
        return self._database.raw.execute(_translated(text), parameters, binary=True)

    def executemany(self, text: str, parameters: Iterable[Sequence[Any]], /) -> None:
        with self._database.raw.cursor() as cursor:
            cursor.executemany(_translated(text), parameters)


def _translated(text: str) -> Any:
    return text.replace("%", "%%").replace("?", "%s")


class Postgres(Database):
    """A schema in a database on a server.

    Args:
        address: where.
        migrations: step n brings the schema from version n to n+1 (table `about`); all that are due run whole or not at all.

    Raises:
        InputError: the server does not answer, refuses the role or password, has no pgvector, is too old, or the store was
            written by a newer Oh-LoRA.
    """

    refusals = (psycopg.IntegrityError, psycopg.DataError)
    _errors = (psycopg.Error,)
    patience: ClassVar[float] = 5.0
    """Seconds a lost connection is tried anew before it is an error: about what restarting a server takes."""

    raw: psycopg.Connection[Any]

    def __init__(self, address: Address, migrations: Sequence[Migration]) -> None:
        super().__init__()
        self.address, self.shown = address, address.shown
        self._migrations = migrations
        self._key = int.from_bytes(hashlib.sha256(address.schema.encode()).digest()[:8], signed=True)
        self._closed = self._committing = False
        self._db = _Speaking(self)
        self.connect()

    # Connecting

    def connect(self, *, patient: bool = False) -> None:
        """Opens the connection, anew where there was one; `patient` where the server may just be starting again."""
        if self._closed:
            raise psycopg.OperationalError("the store is closed")
        end = time.monotonic() + (self.patience if patient else 0)
        while True:
            try:
                raw = psycopg.connect(self.address.dsn, autocommit=True)
                break
            except psycopg.Error as error:
                if time.monotonic() >= end:
                    raise self._unreachable(error) from None
                time.sleep(0.2)
        try:
            self._prepare(raw)
        except BaseException as error:
            raw.close()
            if isinstance(error, psycopg.Error):
                raise self._unusable(error) from None
            raise
        self.raw = raw

    def _prepare(self, raw: psycopg.Connection[Any]) -> None:
        encoding = raw.execute("SELECT current_setting('server_encoding')").fetchone()
        if raw.info.server_version < _OLDEST_SERVER or encoding != ("UTF8",):
            raise InputError(
                f"the store {self.shown} needs PostgreSQL 14 or newer and a database with the encoding UTF8",
                f"저장소 {self.shown}에는 PostgreSQL 14 이상과 인코딩이 UTF8인 데이터베이스가 필요합니다",
            )
        place = self._pgvector(raw)
        # What the server acknowledged survives a power cut, whatever the role's own setting; JIT only delays small queries.
        raw.execute(
            f"SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'; "
            f"SET lock_timeout = '{_WAIT}s'; SET jit = off; SET hnsw.ef_search = 768; SET standard_conforming_strings = on",
            prepare=False,
        )
        raw.execute(
            sql.SQL("SET search_path TO {}, {}").format(
                sql.Identifier(self.address.schema), sql.Identifier(place)
            )
        )  # fmt: skip
        self._migrate(raw)
        register_vector(raw)
        halfvec = psycopg.types.TypeInfo.fetch(raw, "halfvec")
        assert halfvec is not None, "the version was looked at"
        raw.adapters.register_loader(halfvec.oid, _Int8Loader)
        for name in ("bit", "varbit"):
            raw.adapters.register_loader(raw.adapters.types[name].oid, _BitsLoader)
        raw.adapters.register_dumper(str, _Text)

    def _pgvector(self, raw: psycopg.Connection[Any]) -> str:
        """The schema that holds the extension; makes it where this role may."""
        where = "SELECT extversion, nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'vector'"
        found = raw.execute(where).fetchone()
        if found is None:
            with suppress(psycopg.Error):
                raw.execute("CREATE EXTENSION IF NOT EXISTS vector")
            found = raw.execute(where).fetchone()
        if found is None:
            raise InputError(
                f"the database {self.shown} has no pgvector; install it on the server and let an administrator run there: "
                "CREATE EXTENSION vector",
                f"데이터베이스 {self.shown}에 pgvector가 없습니다. 서버에 설치한 뒤 관리자가 실행하게 하세요: "
                "CREATE EXTENSION vector",
            )
        version, place = found
        if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST_PGVECTOR:
            raise InputError(
                f"the database {self.shown} has pgvector {version}; 0.7 or newer is needed: ALTER EXTENSION vector UPDATE",
                f"데이터베이스 {self.shown}의 pgvector는 {version}입니다. 0.7 이상이 필요합니다: ALTER EXTENSION vector UPDATE",
            )
        return str(place)

    def _migrate(self, raw: psycopg.Connection[Any]) -> None:
        due = len(self._migrations)
        if self._version(raw) == due:
            return  # without waiting for a writer
        with raw.transaction():
            raw.execute("SELECT pg_advisory_xact_lock(%s)", (self._key,))
            version = self._version(raw)
            if version is None:
                raw.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(self.address.schema)))
                raw.execute("CREATE TABLE about (version integer NOT NULL)")
                raw.execute("INSERT INTO about VALUES (0)")
            for step in self._migrations[version or 0 :]:
                step(_Plain(raw))
            raw.execute("UPDATE about SET version = %s", (due,))

    def _version(self, raw: psycopg.Connection[Any]) -> int | None:
        """The version of the schema, None where there is none.

        Raises:
            InputError: a newer Oh-LoRA made it.
        """
        schema = self.address.schema
        if raw.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is None:
            return None
        # By its full name: where the role may not see the schema, another's table must not be taken for it.
        row = raw.execute(sql.SQL("SELECT version FROM {}").format(sql.Identifier(schema, "about"))).fetchone()
        version = int(row[0]) if row else 0
        if version > len(self._migrations):
            raise newer(self.shown)
        return version

    # Transactions

    def _connection(self) -> Connection:
        return self._db

    def _begin(self) -> Connection:
        self._committing = False
        try:
            self._lock_store()
        except psycopg.OperationalError:
            if not self.raw.closed:
                with suppress(psycopg.Error):
                    self._undo()
                raise
            self.connect(patient=True)
            self._lock_store()
        return self._db

    def _lock_store(self) -> None:
        self.raw.execute(f"BEGIN; SELECT pg_advisory_xact_lock({self._key})", prepare=False)

    def _commit(self) -> None:
        self._committing = True
        self.raw.execute("COMMIT", prepare=False)

    def _undo(self) -> None:
        self.raw.execute("ROLLBACK", prepare=False)

    # What both back ends offer

    def mark(self) -> object:
        return object()  # asking whether something changed costs as much as asking what

    def vector(self, numbers: bytes) -> HalfVector:
        return HalfVector(np.frombuffer(numbers, np.int8).astype(np.float16))

    def bits(self, packed: bytes) -> Bit:
        return Bit(packed)

    def aside(self, work: Callable[[Connection], None], name: str) -> threading.Thread:
        """Does something long on a connection of its own, without holding anybody up; not twice at once, whoever asks.

        What goes wrong ends it, and nothing else: it must be something that can be done another time.
        """

        def run() -> None:
            try:
                with psycopg.connect(self.address.dsn, autocommit=True) as raw:
                    raw.execute("SELECT set_config('search_path', %s, false)", (path,))
                    key = f"{self.address.schema} {name}"
                    if raw.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (key,)).fetchone() == (
                        True,
                    ):
                        work(_Plain(raw))
            except psycopg.Error as error:
                log.info("%s was not done: %s", name, _reason(error, self.address))

        with self.reading() as db:
            path = db.execute("SHOW search_path").fetchone()[0]
        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        return thread

    def forget_log(self) -> bool:
        """Rewrites the store's tables, so that erased rows are no longer in their files.

        Returns False where they stay for now: a large store is left to the server (autovacuum), as is one that another
        program keeps busy. What remains in any case until the server recycles it is its write-ahead log.
        """
        if self.inside:
            return False
        with self._lock, suppress(psycopg.Error):
            rows = self._db.execute(
                "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' AND relnamespace = "
                "(SELECT oid FROM pg_namespace WHERE nspname = ?)",
                (self.address.schema,),
            ).fetchall()
            if sum(size for _, size in rows) > _REWRITTEN:
                return False
            # First other writers are waited for: whoever waits for the tables themselves holds up readers too.
            self._db.execute("SELECT pg_advisory_lock(?)", (self._key,))
            try:
                tables = sql.SQL(", ").join(sql.Identifier(self.address.schema, name) for name, _ in rows)
                self.raw.execute(sql.SQL("VACUUM (FULL) {}").format(tables), prepare=False)
            finally:
                self._db.execute("SELECT pg_advisory_unlock(?)", (self._key,))
            return True
        return False

    def count_from(self, table: str, number: int) -> None:
        with self.transaction() as db:
            db.execute("SELECT setval(pg_get_serial_sequence(?, 'id'), ?, ?)", (table, max(number, 1), number > 0))

    def drop(self) -> None:
        """Erases the whole store of this persona and user."""
        with self._lock, self.transaction():
            self.raw.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(self.address.schema)))

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self.raw.close()

    # Sentences

    def _unreachable(self, error: psycopg.Error) -> OhLoraError:
        return unreachable(self.address, error)

    def _unwritable(self, error: Exception) -> OhLoraError:
        reason = _reason(error, self.address)
        if self._committing and self.raw.closed:
            return InputError(
                f"the connection to {self.shown} was lost while saving ({reason}); look whether it was kept before you say "
                "it again",
                f"저장하는 중에 {self.shown} 연결이 끊어졌습니다({reason}). 다시 말하기 전에 남아 있는지 확인해 주세요",
            )
        return InputError(
            f"this could not be saved to {self.shown} ({reason}); nothing was changed: try again, or ask who runs the server",
            f"{self.shown}에 저장하지 못했습니다({reason}). 바뀐 것은 없습니다. 다시 해 보거나 서버 관리자에게 물어보세요",
        )

    def _unusable(self, error: Exception) -> OhLoraError:
        if self.inside:
            return self._unwritable(error)  # what a turn reads belongs to keeping it
        reason = _reason(error, self.address)
        if isinstance(error, errors.InsufficientPrivilege):
            return InputError(
                f"the role may not use the store {self.shown} ({reason}); let an administrator run: "
                "GRANT CREATE ON DATABASE … TO …",
                f"이 역할로는 저장소 {self.shown}을(를) 쓸 수 없습니다({reason}). 관리자가 실행하게 하세요: "
                "GRANT CREATE ON DATABASE … TO …",
            )
        return InputError(
            f"the conversation store {self.shown} cannot be used ({reason}); try again, or ask who runs the server",
            f"대화 저장소 {self.shown}을(를) 쓸 수 없습니다({reason}). 다시 해 보거나 서버 관리자에게 물어보세요",
        )


class _Plain:
    """A connection for migrations: statements as they are, before anything of ours is registered."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self._raw = raw

    def execute(self, text: str, parameters: Sequence[Any] = (), /) -> Any:
        return self._raw.execute(_translated(text), parameters)

    def executemany(self, text: str, parameters: Iterable[Sequence[Any]], /) -> None:
        with contextlib.closing(self._raw.cursor()) as cursor:
            cursor.executemany(_translated(text), parameters)


def look(address: Address) -> str:
    """Versions of server and pgvector; makes nothing.

    Raises:
        InputError: the server does not answer, or refuses.
    """
    try:
        with psycopg.connect(address.dsn, autocommit=True) as raw:
            row = raw.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'").fetchone()
            server = raw.info.parameter_status("server_version") or "?"
    except psycopg.Error as error:
        raise unreachable(address, error) from None
    return f"PostgreSQL {server.split()[0]}, pgvector {row[0] if row else '–'}"


# What a server answers → what to do about it. Servers may speak another language: then the last sentence is given.
_REFUSED: tuple[tuple[str, str, str], ...] = (
    (
        r"password authentication failed|no password supplied|28P01",
        "refuses the password; put the right one into ~/.pgpass or PGPASSWORD",
        "비밀번호가 맞지 않습니다. ~/.pgpass나 PGPASSWORD에 올바른 비밀번호를 넣으세요",
    ),
    (
        r'role ".*" does not exist',
        "does not know the role; let an administrator run: CREATE ROLE … LOGIN",
        "이 역할이 없습니다. 관리자가 실행하게 하세요: CREATE ROLE … LOGIN",
    ),
    (
        r'database ".*" does not exist',
        "has no such database; make it with: createdb",
        "이 데이터베이스가 없습니다. 만들기: createdb",
    ),
    (
        r"no pg_hba\.conf entry|no encryption",
        "does not let this machine or role in; its administrator must allow it in pg_hba.conf (with TLS: ?sslmode=require)",
        "이 컴퓨터나 역할을 들이지 않습니다. 관리자가 pg_hba.conf에서 허용해야 합니다(TLS: ?sslmode=require)",
    ),
    (r"too many (clients|connections)|remaining connection slots", "has no connection left; try again later", "남은 연결이 없습니다. 나중에 다시 해 보세요"),
)  # fmt: skip


def unreachable(address: Address, error: Exception) -> InputError:
    """The one sentence for a server that cannot be used."""
    reason = _reason(error, address)
    for pattern, en, ko in _REFUSED:
        if re.search(pattern, reason):
            return InputError(
                f"the PostgreSQL server of {address.shown} {en}", f"PostgreSQL 서버 {address.shown}: {ko}"
            )
    return InputError(
        f"no PostgreSQL server answers at {address.shown} ({reason}); start it, or check the address",
        f"{address.shown}에서 PostgreSQL 서버가 대답하지 않습니다({reason}). 서버를 켜거나 주소를 확인하세요",
    )


def _reason(error: Exception, address: Address) -> str:
    """The first line of an error, without details of rows (they hold the user's words) and without the password."""
    diag = getattr(error, "diag", None)
    text = (diag.message_primary if diag else None) or str(error)
    line = next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
    return line.replace(address.secret, "…") if address.secret else line


def _misunderstood() -> InputError:
    return InputError(
        "the address of the store is not understood; write postgresql://ROLE@HOST:PORT/DATABASE or …/DATABASE#NAME, special "
        "characters of a password as %40 and the like, or better the password in ~/.pgpass",
        "저장소 주소를 이해하지 못했습니다. postgresql://역할@호스트:포트/데이터베이스 또는 …/데이터베이스#이름으로 쓰고, 비밀번호의 특수 "
        "문자는 %40처럼 적거나 비밀번호를 ~/.pgpass에 두세요",
    )
