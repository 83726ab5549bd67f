"""One generator and one scorer for all tests of faces: loading them takes longer than most tests."""

import gc
from collections.abc import Iterator

import pytest

from ohlora.face import mobile_stylegan
from ohlora.face.attributes.landmarks import LandmarkScorer
from ohlora.face.mobile_stylegan import MobileStyleGAN


@pytest.fixture(scope="session")
def generator() -> MobileStyleGAN:
    return mobile_stylegan.load("auto", 512)


@pytest.fixture(scope="session")
def scorer() -> Iterator[LandmarkScorer]:
    with LandmarkScorer() as scorer:
        yield scorer


@pytest.fixture(autouse=True)
def _memory_given_back() -> Iterator[None]:
    """A generator takes 0.8 GB and lies in reference cycles: commands that load one each would add up."""
    yield
    gc.collect()
