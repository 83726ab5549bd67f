"""A store of conversations and facts in a folder of the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ohlora.conversation import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "s.sqlite3")
    yield opened
    opened.close()
