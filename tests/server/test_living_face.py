"""How much of the processor her face takes: least until her first word, all of it back when the turn is over."""

import pytest

from ohlora import personas
from ohlora.server.living_face import LivingFace


class FakeStage:
    """Notes when it is told to leave the processor to others."""

    def __init__(self) -> None:
        self.spared: list[bool] = []

    def spare(self, spared: bool) -> None:
        self.spared.append(spared)


@pytest.fixture
def face() -> LivingFace:
    return LivingFace(personas.load())


def test_fewest_pictures_until_the_first_word(face: LivingFace) -> None:
    rates = [face.rate(False)]
    for event in (face.thinking, face.speaking, face.silent):
        event()
        rates.append(face.rate(False))
    assert rates[1] < rates[2] < rates[0] == rates[3]
    assert rates[1] >= 10


def test_nothing_is_drawn_ahead_until_the_first_word(face: LivingFace) -> None:
    stage = face._stage = FakeStage()  # type: ignore[assignment]
    face.thinking()
    assert stage.spared == [True]
    face.speaking()
    assert stage.spared == [True, False]


def test_a_turn_without_a_word_gives_the_processor_back(face: LivingFace) -> None:
    stage = face._stage = FakeStage()  # type: ignore[assignment]
    face.thinking()
    face.silent()
    assert stage.spared == [True, False]
    assert face.rate(False) == LivingFace(personas.load()).rate(False)
