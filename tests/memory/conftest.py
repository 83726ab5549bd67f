"""A store of conversations and facts: in a folder of the test, or on a server."""

from collections.abc import Iterator

import pytest

from ohlora.bench.memory import _Filling
from ohlora.conversation import Store
from ohlora.memory import pairs


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    opened = Store.of_persona("s", place)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def thousands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store in a file with three thousand facts."""
    opened = Store.of_persona("s", str(tmp_path_factory.mktemp("thousands")))
    _Filling(opened, pairs.shipped("train")[::3]).up_to(3_000)
    yield opened
    opened.close()
