"""What a reply holds that tells a fact of the persona's card: her age in figures or words, her birthday, her school.

The facts stand in the card (`extensions.ohlora.facts`). Knows nothing of questions, nor who replies.
"""

import re
from collections.abc import Mapping
from typing import Any

_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_ONES_ALONE = ("", "하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉")
_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")  # fmt: skip
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth")
_SAID_OTHERWISE = {
    "university": "|Saemol",
    "department": "|인공지능을|artificial intelligence",
    "power": "|삶을 밝|aurora light",
}
"""How the facts of the persona that ships are said in other words or in English."""


def patterns(facts: Mapping[str, Any], name: str) -> dict[str, re.Pattern[str]]:
    """Fact → what a reply that tells it holds. A birthday gives its year as well, under `born`.

    Args:
        facts: of the card.
        name: hers; "오로라 빛", her light, is not her name.
    """
    found = {"name": rf"{re.escape(name)}(?!\s?(?:빛|현상))|Aurora(?! light)|Oh-LoRA"}
    if isinstance(age := facts.get("age"), int):
        found["age"] = _age(age)
    if match := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", str(facts.get("birthday", ""))):
        month, day = int(match[2]), int(match[3])
        found["birthday"] = rf"{month}월\s?{day}일|{_MONTHS[month - 1]}\s+{day}|{month}/{day}"
        found["born"] = match[1]
    if isinstance(year := facts.get("year"), int) and 0 < year < len(_ORDINALS):
        found["year"] = rf"{year}학년|{_ORDINALS[year]}[- ]year"
    for key, told in facts.items():
        if key not in ("name", "age", "birthday", "year") and isinstance(told, str) and told:
            found[key] = re.escape(told) + _SAID_OTHERWISE.get(key, "")
    if "kind" in found:
        found["kind"] += r"|\bAI\b(?!\s*기술)|가상 인간|인공지능이|virtual"
    return {key: re.compile(form, 0 if key == "technique" else re.IGNORECASE) for key, form in found.items()}


def _age(age: int) -> str:
    tens, ones = _TENS[age // 10 % 10], age % 10
    words = "스무" if age == 20 else rf"{tens}\s?{_ONES[ones]}|{tens}\s?{_ONES_ALONE[ones]}"
    english = {22: "|twenty[- ]two"}.get(age, "")
    return rf"(?<!\d){age}(?!\d)|{words}{english}"
