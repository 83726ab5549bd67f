"""The bundled model, loaded once for the room's tests."""

from collections.abc import Iterator

import pytest

from ohlora import personas
from ohlora.language.engines import open_engine
from ohlora.language.engines.llama_cpp import LlamaCppEngine


@pytest.fixture(scope="session")
def persona() -> personas.Persona:
    return personas.load("ohlora")


@pytest.fixture(scope="session")
def engine(persona: personas.Persona) -> Iterator[LlamaCppEngine]:
    engine = open_engine(persona=persona)
    assert isinstance(engine, LlamaCppEngine)
    yield engine
    engine.close()
