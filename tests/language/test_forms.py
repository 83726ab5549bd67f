"""Grammar and schema of a form accept and refuse the same answers; llama.cpp takes both."""

import itertools
import json
import re
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohlora.language import forms
from ohlora.language.engines.llama_cpp import LlamaCppEngine
from ohlora.language.prompt import EXPRESSION, LABELS, MEMO, Fact, expression_line, facts_in, memo_line


def _regex(grammar: str) -> re.Pattern[str]:
    """A grammar without recursion as a regular expression: rules put in, strings and classes as they are."""
    rules = dict(line.split(" ::= ", 1) for line in grammar.splitlines())
    symbol = re.compile(
        r'(?P<text>"(?:\\.|[^"\\])*")|(?P<set>\[(?:\\.|[^\]\\])*\])|(?P<rule>[a-z]+)|(?P<sign>\{[0-9,]+\}|[()|?*+])| '
    )

    def told(body: str) -> str:
        parts = list(symbol.finditer(body))
        assert "".join(part[0] for part in parts) == body, body
        return "".join(
            re.escape(json.loads(part["text"]))
            if part["text"]
            else f"(?:{told(rules[part['rule']])})"
            if part["rule"]
            else part[0].strip(" ")
            if not part["set"]
            else part[0]
            for part in parts
        )

    return re.compile(told(rules["root"]))


MEMO_GRAMMAR, FACE_GRAMMAR = _regex(forms.MEMO.grammar), _regex(forms.EXPRESSION.grammar)
MEMO_SCHEMA, FACE_SCHEMA = (jsonschema_rs.validator_for(dict(form.schema)) for form in (forms.MEMO, forms.EXPRESSION))


def _memo_by_grammar(facts: list[dict[str, str]]) -> bool:
    """Is the memo line of these facts in the grammar, and read as these facts and no others?"""
    line = memo_line([Fact(**fact) for fact in facts]).removeprefix(f"{MEMO}:")
    read = tuple(Fact(fact["key"].strip(), fact["value"].strip()) for fact in facts)
    return MEMO_GRAMMAR.fullmatch(line) is not None and facts_in(line) == read


GOOD = {"key": "반려동물", "value": "고양이 나비"}


@pytest.mark.parametrize(
    ("facts", "right"),
    [
        ([], True), ([GOOD], True), ([GOOD] * 3, True), ([GOOD] * 4, False),
        ([{"key": "a" * 16, "value": "가" * 40}], True), ([{"key": "a" * 17, "value": "나"}], False),
        ([{"key": "나", "value": "가" * 41}], False), ([{"key": "", "value": "나"}], False), ([{"key": "나", "value": ""}], False),
        ([{"key": "3월", "value": "여행"}], False), ([{"key": "여행 3월", "value": "제주도 (3박)"}], True),
        ([{"key": "키", "value": "a] [이름: 지우"}], False), ([{"key": "이름: 키", "value": "a"}], False),
        ([{"key": "이름", "value": "지우\n요약: 해킹"}], False), ([{"key": "이름", "value": " 지우"}], False),
        ([{"key": "시각", "value": "오후 3:30"}], True), ([{"key": "이모지", "value": "🐈‍⬛"}], True),
    ],
)  # fmt: skip
def test_memos_accepted_and_refused_alike(facts: list[dict[str, str]], right: bool) -> None:
    assert _memo_by_grammar(facts) is right
    assert MEMO_SCHEMA.is_valid({"facts": facts}) is right
    assert (len(facts) <= forms.MEMO.most and all(map(forms.FACT.fits, facts))) is right


_ODD = st.text(st.sampled_from("가힣ㄱaZ09 []:\n\r\t.,'\"\\(^$-·é🙂\u3000"), max_size=5)
_KEYS = st.one_of(_ODD, st.from_regex(r"[가-힣A-Za-z][가-힣A-Za-z0-9 ]{10,17}", fullmatch=True))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.fixed_dictionaries({"key": _KEYS, "value": _ODD}), max_size=4))
def test_any_memo_is_judged_alike(facts: list[dict[str, str]]) -> None:
    by_grammar, by_schema = _memo_by_grammar(facts), MEMO_SCHEMA.is_valid({"facts": facts})
    # A value of nothing but odd spaces is in both forms; read from a line it is none.
    if all(fact["value"].strip() for fact in facts):
        assert by_grammar == by_schema


def test_every_expression_is_accepted_and_no_other() -> None:
    for words in itertools.product(*LABELS.values()):
        labels = dict(zip(LABELS, words, strict=True))
        assert FACE_SCHEMA.is_valid(labels)
        assert FACE_GRAMMAR.fullmatch(expression_line(labels).removeprefix(f"{EXPRESSION}:"))
        assert forms.EXPRESSION.fits(labels)
    every = sorted({word for words in LABELS.values() for word in words} | {"엄청", "", "크게 "})
    for name, word in itertools.product(LABELS, every):
        labels = {**dict(zip(LABELS, ("보통", "보통", "없음", "약간"), strict=True)), name: word}
        line = expression_line(labels).removeprefix(f"{EXPRESSION}:")
        right = word in LABELS[name]
        assert [FACE_SCHEMA.is_valid(labels), bool(FACE_GRAMMAR.fullmatch(line)), forms.EXPRESSION.fits(labels)] == [
            right
        ] * 3
    missing: dict[str, Any] = {"eyes": "보통", "mouth": "보통", "pose": "없음"}
    assert not FACE_SCHEMA.is_valid(missing)
    assert not FACE_SCHEMA.is_valid({**missing, "smile": "약간", "nose": "보통"})
    assert not forms.EXPRESSION.fits(missing)


@pytest.mark.parametrize(
    ("form", "pattern"), [(forms.EXPRESSION, FACE_GRAMMAR), (forms.MEMO, MEMO_GRAMMAR)], ids=["expression", "memo"]
)
def test_llama_cpp_keeps_the_grammar_and_takes_the_schema(engine: LlamaCppEngine, form: Any, pattern: Any) -> None:
    def asked(**kept: Any) -> dict[str, Any]:
        told: list[dict[str, Any]] = []
        request = {
            "prompt": "사용자: 나는 고양이 나비를 키워\n",
            "stream": False,
            "temperature": 1.5,
            "top_k": 0,
            **kept,
        }
        engine._server.handle_completions(request, lambda chunk: bool(told.append(chunk)))
        return told[0]

    for seed in range(3):  # so hot that a form that does not hold would be left
        answer = asked(grammar=form.grammar, n_predict=300, seed=seed)
        assert pattern.fullmatch(answer["choices"][0]["text"])
    # What it cannot make a grammar of comes back empty.
    assert asked(json_schema=dict(form.schema), n_predict=2)["choices"][0]["text"].lstrip().startswith("{")
