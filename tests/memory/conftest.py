"""A store of conversations and facts in a folder of the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ohlora.bench.memory import _Filling
from ohlora.conversation import Store
from ohlora.memory import pairs


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "s.sqlite3")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def thousands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with three thousand facts, and what tests have added since."""
    opened = Store(tmp_path_factory.mktemp("thousands") / "s.sqlite3")
    _Filling(opened, pairs.shipped("train")[::3]).up_to(3_000)
    yield opened
    opened.close()
