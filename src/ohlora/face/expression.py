"""From expression labels to what the face shall do, in population σ away from the person's resting face.

The labels are the fixed set that the language side speaks; English synonyms are accepted. Knows nothing of words that
led to them, nor of any generator.
"""

from collections.abc import Mapping

from ohlora.errors import InputError

# Label → change of scores in σ from the resting face. "보통" and "없음" are the resting face itself.
OFFSETS: Mapping[str, Mapping[str, Mapping[str, float]]] = {
    "eyes": {"작게": {"eyes": -1.1}, "보통": {}, "크게": {"eyes": 0.8}, "아주 크게": {"eyes": 1.5}},
    "mouth": {"보통": {}, "크게": {"mouth": 1.0}, "아주 크게": {"mouth": 1.9}},
    "pose": {"없음": {}, "보통": {"yaw": 0.7}, "많이": {"yaw": 1.4}},
    "smile": {"없음": {"smile": -0.8}, "약간": {}, "활짝": {"smile": 0.9}},
}

SYNONYMS: Mapping[str, Mapping[str, str]] = {
    "eyes": {
        "small": "작게",
        "narrow": "작게",
        "normal": "보통",
        "large": "크게",
        "wide": "크게",
        "very large": "아주 크게",
    },
    "mouth": {"normal": "보통", "closed": "보통", "open": "크게", "large": "크게", "very large": "아주 크게"},
    "pose": {"none": "없음", "front": "없음", "normal": "보통", "some": "보통", "much": "많이", "a lot": "많이"},
    "smile": {"none": "없음", "slight": "약간", "little": "약간", "broad": "활짝", "big": "활짝"},
}

NEUTRAL: Mapping[str, str] = {"eyes": "보통", "mouth": "보통", "pose": "없음", "smile": "약간"}


def canonical(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels in the fixed Korean set; what is not labelled (absent or empty) is neutral.

    Raises:
        InputError: an attribute or a label outside the set.
    """
    chosen = dict(NEUTRAL)
    for name, label in labels.items():
        if name not in OFFSETS:
            raise InputError(
                f"there is no expression {name!r}; there are: {', '.join(OFFSETS)}",
                f"{name!r}(이)라는 표정 항목이 없습니다. 있는 것: {', '.join(OFFSETS)}",
            )
        word = label.strip()
        word = SYNONYMS[name].get(word.lower(), word) or NEUTRAL[name]
        if word not in OFFSETS[name]:
            raise InputError(
                f"{name} has no label {label!r}; it is one of: {', '.join(OFFSETS[name])}",
                f"{name}에 {label!r}(이)라는 라벨이 없습니다. 가능한 값: {', '.join(OFFSETS[name])}",
            )
        chosen[name] = word
    return chosen


def targets(labels: Mapping[str, str], rest: Mapping[str, float]) -> dict[str, float]:
    """Labels → target scores in population σ, from the person's resting scores.

    Raises:
        InputError: a label outside the set.
    """
    scores = dict(rest)
    for name, label in canonical(labels).items():
        for attribute, offset in OFFSETS[name][label].items():
            scores[attribute] = scores.get(attribute, 0.0) + offset
    return scores
