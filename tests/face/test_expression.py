"""Labels to scores."""

import pytest

from ohlora.errors import InputError
from ohlora.face.expression import NEUTRAL, OFFSETS, SYNONYMS, canonical, targets
from ohlora.language.tasks import LABELS

REST = {"eyes": 0.3, "mouth": -0.2, "yaw": 0.1, "pitch": 0.0, "smile": 0.5}


def test_the_language_side_speaks_exactly_these_labels() -> None:
    assert {name: set(labels) for name, labels in LABELS.items()} == {name: set(o) for name, o in OFFSETS.items()}


def test_neutral_is_the_resting_face() -> None:
    assert targets(NEUTRAL, REST) == REST
    assert targets({}, REST) == REST
    assert targets({"eyes": "", "smile": " "}, REST) == REST


def test_stronger_labels_move_further() -> None:
    for name, labels in OFFSETS.items():
        reached = [sum(targets({name: label}, REST).values()) for label in labels]
        assert reached == sorted(reached)
        assert len(set(reached)) == len(labels)


def test_english_synonyms_mean_a_korean_label() -> None:
    for name, words in SYNONYMS.items():
        for word, label in words.items():
            assert canonical({name: word.upper()})[name] == label


@pytest.mark.parametrize("labels", [{"eyes": "huge"}, {"ears": "크게"}, {"pose": "아주 많이"}])
def test_another_label_is_refused(labels: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"there are:|one of:"):
        targets(labels, REST)
