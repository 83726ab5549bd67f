"""The frames messages to train on are made from: well formed, grounded, distinct, and nothing of what is judged by."""

import json
import random
import time
from importlib.resources import files

import pytest

from ohlora.errors import InputError
from ohlora.memory import frames, gate, keys, pairs
from ohlora.memory.wording import squash


@pytest.fixture(scope="module")
def drawn() -> list[tuple[str, tuple[frames.Fact, ...]]]:
    started = time.process_time()
    found = list(frames.rows(3000, 1))
    assert time.process_time() - started < 5
    return found


def test_the_shipped_frames_are_many_and_two_in_five_hold_nothing() -> None:
    for language, least in (("ko", 1000), ("en", 200)):
        book = frames.shipped(language).frames
        assert len(book) >= least
        assert sum(not frame.facts for frame in book) / len(book) >= 0.4


def test_rows_are_distinct_and_as_many_as_asked(drawn: list[tuple[str, tuple[frames.Fact, ...]]]) -> None:
    assert len(drawn) == 3000
    assert len({message for message, _ in drawn}) == 3000
    assert 0.4 <= sum(not facts for _, facts in drawn) / 3000 <= 0.5
    korean = sum(any("가" <= ch <= "힣" or "ㄱ" <= ch <= "ㅣ" for ch in message) for message, _ in drawn)
    assert 0.82 <= korean / 3000 <= 0.88
    assert not [message for message, _ in drawn if "{" in message or "}" in message or "  " in message]


def test_what_is_to_be_kept_is_in_the_message(drawn: list[tuple[str, tuple[frames.Fact, ...]]]) -> None:
    told = [(fact.value, message) for message, facts in drawn for fact in facts]
    lost = [pair for pair in told if not gate.grounded(*pair)]
    assert len(lost) <= 0.005 * len(told), lost


def _bare(message: str) -> str:
    """Without spaces and what may stand at its end."""
    return squash(message).rstrip(".!?~…ㅋㅎㅠㅜ^")


def test_the_written_messages_are_many_and_a_good_part_of_the_work_is_what_to_leave() -> None:
    told = list(frames.written())
    assert len(told) == len({message for message, _ in told}) >= 3500
    assert 0.35 <= sum(not facts for _, facts in told) / len(told) <= 0.6
    assert sum(fact.key in keys.OVER for _, facts in told for fact in facts) >= 100


def test_no_written_message_that_holds_a_fact_is_judged_by() -> None:
    judged = _judged()
    both = [(message, facts) for message, facts in frames.written() if _bare(message) in judged]
    # What several people say word for word: "나 남친이랑 헤어졌어".
    assert len([message for message, facts in both if facts]) <= 2, both
    assert len(both) <= 40, both  # "ㅇㅇ" and the like


def test_nothing_of_what_is_judged_by(drawn: list[tuple[str, tuple[frames.Fact, ...]]]) -> None:
    judged = _judged()
    assert not [message for message, facts in drawn if facts and _bare(message) in judged]


def _judged() -> set[str]:
    judged = set()
    # The others have been learnt from (histories.md).
    for name in (
        "twentyseventh.ko",
        "twentyeighth.ko",
        "twentyninth.ko",
        "thirtieth.ko",
        "thirtyfirst.ko",
        "thirtysecond.ko",
        "thirtythird.ko",
        "ninth.en",
        "tenth.en",
        "eleventh.en",
        "twelfth.en",
        "thirteenth.en",
        "fourteenth.en",
        "fifteenth.en",
    ):
        text = files("ohlora.memory").joinpath(f"data/histories.{name}.jsonl").read_text(encoding="utf-8")
        for history in map(json.loads, text.splitlines()):
            judged |= {squash(turn["user"]) for session in history["sessions"] for turn in session["turns"]}
    for part in ("train", "heldout"):
        judged |= {squash(pair.message) for pair in pairs.shipped(part)}
    return set(map(_bare, judged))


def test_a_seed_gives_the_same_rows_and_another_seed_others() -> None:
    first = list(frames.rows(50, 7))
    assert first == list(frames.rows(50, 7))
    assert first != list(frames.rows(50, 8))


@pytest.mark.parametrize(
    ("word", "pair", "form"),
    [
        ("간호사", "이/가", "가"), ("변호인", "이/가", "이"), ("부산", "은/는", "은"), ("제주", "이에요/예요", "예요"),
        ("서울", "으로", "로"), ("부산", "으로", "으로"), ("내일", "에", ""), ("다음 주", "에", "에"), ("대구", "으로", "로"), ("INFP", "이야/야", "야"),
        ("3", "이라/라", "이라"), ("민준", "아/야", "아"), ("민수", "이었어/였어", "였어"), ("A형", "을/를", "을"),
        ("99년생", "이랑/랑", "이랑"), ("SUV", "을/를", "를"),
    ],
)  # fmt: skip
def test_a_particle_follows_the_last_sound(word: str, pair: str, form: str) -> None:
    assert frames.particle(word, pair) == form


def test_slots_of_one_lexicon_differ_and_the_same_slot_is_the_same() -> None:
    book = frames.parse("@town = 부산, 대구\n{town} 말고 {town2:으로} 가. {town2} | [사는 곳: {town2}]", "a.txt")
    for seed in range(20):
        message, facts = frames.fill(book.frames[0], book.lexicons, random.Random(seed))
        assert message in ("부산 말고 대구로 가. 대구", "대구 말고 부산으로 가. 부산")
        assert facts[0].value == message.rsplit(" ", 1)[1]


def test_an_article_follows_the_next_sound() -> None:
    book = frames.parse("@job = accountant\nMy aunt is a {job} and a nurse | [family: aunt is a {job}]", "a.txt")
    message, facts = frames.fill(book.frames[0], book.lexicons, random.Random(0))
    assert (message, facts[0].value) == ("My aunt is an accountant and a nurse", "aunt is an accountant")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{job} | 없음", "has no lexicon"),
        ("{town:에게/서} | 없음", "is no particle"),
        ("나 부산 살아", "not a frame"),
        ("나 부산 살아 | 부산", "is no memo"),
        ("나 부산 살아 | [사는 곳: 속초]", "not in the message"),
        ("나 {town} 살아 | [사는 곳: {town2}]", "of the memo is not in the message"),
        ("나 {town 살아 | 없음", "not closed"),
        ("@town 대구", "not a lexicon"),
    ],
)
def test_a_wrong_line_is_named(line: str, said: str) -> None:
    with pytest.raises(InputError, match=r"a\.txt, line 2") as error:
        frames.parse(f"@town = 부산, 속초\n{line}", "a.txt")
    assert said in error.value.en
