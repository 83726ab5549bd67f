"""Teaches the tagger from the messages that the memory adapter has learnt: `data/memos.ko.txt` and `data/memos.en.txt`.

    python -m ohlora.memory.tagging_training -o FOLDER

Every word that a memo's value is made of has the memo's key as its class, in both languages the same (`name` and `이름`); a
message whose memo cannot be found in its words again is learnt from as far as it can. A key that is rare shares one class with
the other rare ones. Ended at any time, the same command goes on. Needs the extra `train` (torch).
"""

from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from ohlora.language.sentences.graph import TakenIn, taken_in
from ohlora.memory import frames, keys, tagging
from ohlora.memory.frames import Frame

SOURCES = {"ko": "memos.ko.txt", "en": "memos.en.txt"}
_OFTEN = 15
"""A key that stands so often has a class of its own."""
_KOREAN = {
    "job": "직업", "over": "끝", "name": "이름", "child": "자녀", "home": "사는 곳", "health": "건강", "spouse": "배우자", "pet": "반려동물",
    "event": "일정", "plan": "계획", "workplace": "직장", "hobby": "취미", "partner": "연인", "shift": "근무", "appointment": "약속",
    "age": "나이", "exam": "시험", "family": "가족", "sport": "운동", "major": "전공", "diet": "식단", "medicine": "약", "habit": "습관",
    "mother": "어머니", "father": "아버지", "trip": "여행", "school": "학교", "roommate": "룸메이트", "sibling": "형제", "car": "차",
    "grade": "학년", "goal": "목표", "shop": "가게", "surgery": "수술", "grandchild": "손주", "hometown": "고향", "language": "외국어",
    "allergy": "알레르기", "instrument": "악기", "drinking": "술", "commute": "출퇴근", "club": "동아리", "friend": "친구", "rank": "직급",
    "nickname": "별명", "birthday": "생일", "certificate": "자격증", "fear": "무서워하는 것", "skill": "특기", "smoking": "담배",
    "volunteering": "봉사", "savings": "저축", "rent": "월세", "farm": "농사", "department": "부서", "pregnancy": "임신",
    "wedding": "결혼", "military": "군대", "side job": "부업", "favorite drink": "좋아하는 음료", "favorite food": "좋아하는 음식",
    "disliked food": "싫어하는 음식", "favorite team": "응원팀", "favorite music": "좋아하는 음악", "part-time job": "알바", "exercise": "운동",
}  # fmt: skip
"""English keys that mean what a Korean one does; the class is one."""

Told = Sequence[tuple[str, Frame]]
"""(language, message with its memo)"""


def told() -> list[tuple[str, Frame]]:
    """The messages that ship."""
    place = files("ohlora.memory").joinpath("data")
    return [
        (language, frame)
        for language, name in SOURCES.items()
        for frame in frames.parse(place.joinpath(name).read_text("utf-8"), name).frames
    ]


def classes_of(messages: Told) -> list[tuple[str, str]]:
    """(Korean, English) names of the classes, "" where a language has too few: the first is no key at all, the second any rare one."""
    counts = Counter((language, keys.spelling(fact.key)) for language, frame in messages for fact in frame.facts)
    often = [(language, key) for (language, key), count in counts.most_common() if count >= _OFTEN]
    names: dict[str, list[str]] = {}
    for language, key in often:
        korean = key if language == "ko" else _KOREAN.get(key, key)
        pair = names.setdefault(korean, ["", ""])
        pair[language == "en"] = pair[language == "en"] or key
    return [("", ""), ("", ""), *((korean, foreign) for korean, foreign in names.values())]


def row_of(
    language: str, frame: Frame, classes: Sequence[tuple[str, str]], taken: TakenIn
) -> tuple[list[int], list[int]]:
    """Tokens of a message with their classes, as `finetuning.train` takes them."""
    from ohlora.language.sentences.finetuning import UNTOLD

    message = frame.message[: tagging.MOST]
    prefix, placed = taken.pieces.ids(tagging.PREFIX), taken.pieces.placed(message)
    places = [(begin, end) for _, begin, end in placed]
    speaks = int(language == "en")
    number = {_korean(names[speaks]): i for i, names in reversed(list(enumerate(classes))) if names[speaks]}
    labels, whole = [0] * len(placed), True
    for fact in frame.facts:
        letters, share = tagging.letters_of(fact.value, message)
        if share < tagging.FOUND:
            whole = False
            continue
        for token in tagging.within(letters, places):
            labels[token] = number.get(_korean(keys.spelling(fact.key)), 1)
    if not whole:
        labels = [label or UNTOLD for label in labels]
    ends = [UNTOLD] * (1 + len(prefix))
    return [*prefix, *(number for number, _, _ in placed)], [*ends, *labels, UNTOLD]


def _korean(key: str) -> str:
    return _KOREAN.get(key, key)


def main(arguments: Sequence[str] | None = None) -> None:
    """Learns and writes `tagger.safetensors`."""
    from ohlora.language.sentences import finetuning

    options = finetuning.options("python -m ohlora.memory.tagging_training", str(__doc__), arguments)
    messages = told()
    classes, taken = classes_of(messages), taken_in()
    rows = [row_of(language, frame, classes, taken) for language, frame in messages]
    place = Path(str(files("ohlora.memory").joinpath("data")))
    finetuning.learn(rows, classes, options, tagging.FILE, [place / name for name in SOURCES.values()])


if __name__ == "__main__":
    main()
