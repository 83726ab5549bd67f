"""What a small model proposes is asked about once more; what the message does not tell is not taken."""

from collections.abc import Sequence
from typing import Any

import pytest

from ohlora import personas
from ohlora.conversation import memos
from ohlora.errors import InputError
from ohlora.language import encoding, tasks
from ohlora.language.data import Dialogue
from ohlora.language.prompt import NOT_TOLD, TOLD, Fact, told_prompt
from ohlora.memory import telling
from tests.conversation.test_turn import FakeCompletion


class FakeReader:
    """An engine with an adapter for memos: writes one memo, and doubts some of its values."""

    form, adapters = "text", (tasks.MEMORY_ADAPTER,)

    def __init__(self, memo: str, doubts: Sequence[str] = (), learnt: str = "memos told") -> None:
        self.memo, self.doubts, self.asked = memo, doubts, []
        self._learnt = frozenset(learnt.split())

    def complete(self, prompt: str, **options: Any) -> FakeCompletion:
        return FakeCompletion([self.memo])

    def learnt(self, adapter: str) -> frozenset[str]:
        return self._learnt

    def likelihoods(self, prompt: str, words: Sequence[str], **options: Any) -> dict[str, float]:
        self.asked.append(prompt)
        doubted = any(value in prompt.splitlines()[1] for value in self.doubts)
        return {word: -0.1 if (word.strip() == NOT_TOLD) == doubted else -3.0 for word in words}


def proposed(engine: Any, message: str) -> tuple[list[str], list[tuple[str, str]]]:
    memo, told = memos.proposed(engine, personas.load(), message)
    return [str(fact) for fact in memo], told


def test_what_the_message_does_not_tell_is_not_proposed() -> None:
    engine = FakeReader(" [job: illustrator] [workplace: pyjamas]", doubts=["pyjamas"])
    assert proposed(engine, "i'm an illustrator, i chase invoices in pyjamas") == (
        ["[job: illustrator]"],
        [("job", "illustrator")],
    )


def test_what_is_over_is_not_asked_about() -> None:
    engine = FakeReader(" [over: bakery]", doubts=["bakery"])
    assert proposed(engine, "quit the bakery") == (["[over: bakery]"], [("over", "bakery")])
    assert engine.asked == []


def test_a_proposal_is_asked_about_as_it_would_be_kept() -> None:
    engine = FakeReader(" [girlfriend: Mia]")
    assert proposed(engine, "my girlfriend Mia snores") == (["[girlfriend: Mia]"], [("girlfriend", "Mia")])
    assert engine.asked == [told_prompt("my girlfriend Mia snores", Fact("partner", "Mia"))]


def test_what_the_gate_refuses_is_not_asked_about() -> None:
    engine = FakeReader(" [job: pilot]")
    assert proposed(engine, "i am soup") == (["[job: pilot]"], [("job", "pilot")])
    assert engine.asked == []


def test_an_answer_that_is_neither_doubts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeReader(" [job: soup]", doubts=["soup"])
    monkeypatch.setattr(engine, "likelihoods", lambda prompt, words, **options: dict.fromkeys(words, -20.0))
    monkeypatch.setattr(tasks, "TELLING", 0.9)
    assert proposed(engine, "i am soup") == (["[job: soup]"], [("job", "soup")])


def test_an_adapter_that_has_not_learnt_it_is_not_asked() -> None:
    engine = FakeReader(" [job: soup]", doubts=["soup"], learnt="memos over")
    assert proposed(engine, "i am soup") == (["[job: soup]"], [("job", "soup")])
    assert engine.asked == []


def test_the_adapter_is_asked_as_it_was_trained() -> None:
    fact = Fact("job", "soup")
    for told, word in ((True, TOLD), (False, NOT_TOLD)):
        asked, answer = encoding.pieces(
            Dialogue(1, "i am soup", "없음", recalled=(fact,), told=told), tasks=("memory",)
        )
        assert asked.text == told_prompt("i am soup", fact)
        assert answer.text == f" {word}\n"


def test_the_claims_that_ship() -> None:
    claims = list(telling.written())
    told = sum(claim.told for claim in claims)
    assert len(claims) > 5000
    assert 0.25 < told / len(claims) < 0.75
    assert len({(claim.fact, claim.message) for claim in claims}) == len(claims)


@pytest.mark.parametrize(
    "line",
    ["[job: soup] | i am soup", "job soup | i am soup | 거짓", "[job: soup] | i am soup | 아마", "[job: soup] |  | 참"],
)
def test_a_line_that_is_no_claim_is_named(line: str) -> None:
    with pytest.raises(InputError, match="line 2"):
        list(telling.parse(f"# head\n{line}", "told.txt"))
