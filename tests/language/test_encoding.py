"""What is learned of a text: the very characters meant, the end, and nothing of the padding."""

import pytest

from ohlora.language.data import TASKS, Dialogue, Task
from ohlora.language.encoding import IGNORED, Piece, Row, collate, encode, end_token, pad_token, pieces
from ohlora.language.prompt import (
    NOTHING,
    Fact,
    conversation,
    expression_prompt,
    instead_prompt,
    memory_prompt,
    over_prompt,
    summary_prompt,
)

from . import models

pytest.importorskip("torch", reason="needs the extra train")

LABELS = {"eyes": "크게", "mouth": "보통", "pose": "없음", "smile": "활짝"}
FACTS = (Fact("반려동물", "고양이 나비"),)
WHOLE = Dialogue(1, "나 고양이 키워. 이름은 나비야", "나비라니, 예뻐요!", LABELS, FACTS, "고양이 나비 이야기")


def learned(tokenizer: object, row: Row) -> str:
    return tokenizer.decode([label for label in row.labels if label != IGNORED], clean_up_tokenization_spaces=False)  # type: ignore[attr-defined]


def test_the_text_is_the_one_that_is_served() -> None:
    prompt = conversation("설명", "오로라", [], WHOLE.input)
    told = "".join(piece.text for piece in pieces(WHOLE, description="설명"))
    assert told.startswith(expression_prompt(prompt, WHOLE.reply))
    assert told.startswith(memory_prompt(prompt, WHOLE.reply, LABELS))
    assert told == f"{summary_prompt(prompt, WHOLE.reply, LABELS, FACTS)} {WHOLE.summary}\n"


@pytest.mark.parametrize("kind", ["byte-level", "untrimmed", "slow"])
@pytest.mark.parametrize(
    ("task", "answer"),
    [("reply", " 나비라니, 예뻐요!\n"), ("expression", " 크게 보통 없음 활짝\n"), ("memory", " [반려동물: 고양이 나비]\n"),
     ("summary", " 고양이 나비 이야기\n")],
)  # fmt: skip
def test_only_the_answer_of_the_task_is_learned_and_the_end(kind: str, task: Task, answer: str) -> None:
    tokenizer = models.tokenizer(kind=kind)
    row = encode(tokenizer, pieces(WHOLE, tasks=[task]), end=end_token(tokenizer))
    assert learned(tokenizer, row) == f"{answer}</s>"
    assert row.labels[-1] == tokenizer.eos_token_id
    assert set(row.weights) == {0.0, 1.0} | ({4.0} if task == "expression" else set())


def test_all_tasks_at_once_and_a_smile_that_is_not_labelled() -> None:
    tokenizer = models.tokenizer()
    row = encode(tokenizer, pieces(WHOLE), end=end_token(tokenizer))
    assert (
        learned(tokenizer, row)
        == " 나비라니, 예뻐요!\n 크게 보통 없음 활짝\n [반려동물: 고양이 나비]\n 고양이 나비 이야기\n</s>"
    )
    bare = Dialogue(1, "응", "네!", {name: LABELS[name] for name in ("eyes", "mouth", "pose")})
    told = pieces(bare)
    assert "".join(piece.text for piece in told) == "사용자: 응\n오로라: 네!\n표정: 크게 보통 없음 약간\n"
    assert learned(tokenizer, encode(tokenizer, told)) == " 네!\n 크게 보통 없음"


def test_room_for_the_end_is_reserved_before_cutting() -> None:
    tokenizer = models.tokenizer()
    told = pieces(WHOLE, tasks=["reply"])
    whole = encode(tokenizer, told, end=2)
    assert (whole.lost, whole.length) == (0, len(whole.ids))
    cut = encode(tokenizer, told, end=2, max_length=len(whole.ids) - 3)
    assert len(cut.ids) == len(whole.ids) - 3
    assert cut.labels[-1] == 2
    assert (cut.lost, cut.answer, cut.length) == (3, whole.answer, whole.length)
    nothing = encode(tokenizer, told, end=2, max_length=8)
    assert nothing.lost == nothing.answer
    assert set(nothing.labels) == {IGNORED}, "an end after nothing is not learned"


def test_an_end_the_tokenizer_adds_itself_is_there_once_and_learned() -> None:
    tokenizer = models.tokenizer(adds_end=True)
    row = encode(tokenizer, [Piece("가", 0.0), Piece(" 나\n", 1.0)], end=2)
    assert row.ids.count(2) == 1
    assert row.labels[-1] == 2


def test_padding_that_is_the_end_of_text_leaves_the_end_learned() -> None:
    tokenizer = models.tokenizer(pad="</s>")
    assert pad_token(tokenizer) == end_token(tokenizer) == 2
    rows = [encode(tokenizer, [Piece("가", 0.0), Piece(text, 1.0)], end=2) for text in (" 나\n", " 나다라마바사\n")]
    batch = collate(rows, 2)
    for ids, labels, weights, mask, row in zip(batch.ids, batch.labels, batch.weights, batch.mask, rows, strict=True):
        count = len(row.ids)
        assert list(ids[:count]) == row.ids
        assert labels[count - 1] == 2
        assert (ids[count:] == 2).all()
        assert (labels[count:] == IGNORED).all()
        assert not weights[count:].any()
        assert mask.sum() == count


def test_every_task_is_served_only_by_rows_that_are_labelled() -> None:
    bare = Dialogue(1, "응", "네!")
    assert [bare.serves(task) for task in TASKS] == [True, False, False, False]
    assert "".join(piece.text for piece in pieces(bare)) == "사용자: 응\n오로라: 네!\n"
    assert not any(piece.weight for piece in pieces(bare, tasks=["summary"]))


@pytest.mark.parametrize(
    ("over", "instead", "learned"),
    [
        (False, "", [" 그대로\n"]),
        (True, "", [" 끝\n"]),
        (True, "과장", [" 끝", " 과장]\n"]),
        (True, NOTHING, [" 끝", " 없음]\n"]),
    ],
)
def test_what_a_message_puts_in_a_facts_place_is_learned_as_it_is_asked(
    over: bool, instead: str, learned: list[str]
) -> None:
    known = Fact("직급", "대리")
    row = Dialogue(1, "나 드디어 과장 달았다", "네!", recalled=(known,), over=over, instead=instead)
    told = pieces(row, tasks=("memory",))
    assert [piece.text for piece in told if piece.weight] == learned
    assert told[0].text == over_prompt(row.input, known)
    if instead:
        assert "".join(piece.text for piece in told[:-1]) == instead_prompt(row.input, known)
