"""`ohlora bench turn`: a whole turn as the conversation asks for it, on the bundled model or another.

One conversation, in which each question is asked twice in turn: as served, where the engine keeps what it has read of the prompt, and naively, where
every request reads its whole prompt anew. So whatever else the machine does falls on both alike. Before that, two processes of their
own tell how much memory the four tasks take beside one: replies alone, by her reply adapter alone.
"""

import shutil
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ohlora.bench._report import machine, peak_memory, result
from ohlora.cli._output import examples, json_option, print_json
from ohlora.cli._session import llm_option, persona_option
from ohlora.i18n import say
from ohlora.progress import bar

if TYPE_CHECKING:
    from ohlora.personas import Persona

QUESTIONS = (
    "안녕, 오늘 하루 어땠어?",
    "너는 누구야? 자기소개 좀 해 줘.",
    "학교에서는 무슨 공부를 해?",
    "나 오늘 시험을 망쳐서 너무 속상해.",
    "드디어 취직했어! 축하해 줘!",
    "저녁에 뭐 먹으면 좋을까?",
    "너는 사람이야, 기계야?",
    "요즘 잠이 잘 안 와서 힘들어.",
    "재미있는 이야기 하나 해 줘.",
    "이름에 무슨 뜻이 있어?",
    "주말에 친구랑 바다에 가기로 했어.",
    "네 꿈은 뭐야?",
)


@click.command(
    "turn",
    help=say(
        "Time whole turns (reply, expression, memory, summary): load, first word, each task, tokens a second, memory.",
        "대화 한 번(대답, 표정, 기억, 요약) 전체를 잽니다: 불러오기, 첫마디, 일마다의 시간, 초당 토큰, 메모리.",
    ),
    epilog=examples("ohlora bench turn", "ohlora bench turn --rounds 3 --json"),
)
@click.option("--rounds", default=1, show_default=True, type=click.IntRange(1), help=say("Rounds.", "되풀이 횟수."))
@persona_option
@llm_option
@json_option
def command(rounds: int, persona_name: str, llm: str | None, as_json: bool) -> None:
    data = measure(rounds, persona_name, llm)
    if as_json:
        print_json(data)
        return
    for row in data["results"]:
        click.echo(f"{row['name']:<34} {row['value']:>10.4g} {row['unit']:<8} p95 {row['p95']:.4g}  n {row['n']}")


def measure(rounds: int, persona_name: str, llm: str | None) -> dict[str, Any]:
    """Rows: seconds of loading, first token, reply, expression, whole turn; tokens a second; turn naive / as served; memory."""
    from ohlora import personas
    from ohlora.language import tasks
    from ohlora.language.engines import open_engine

    persona = personas.load(persona_name)
    held = memory_rows(persona) if llm is None else []
    start = time.perf_counter()
    engine = open_engine(llm, persona=persona)
    tasks.warm_up(engine, persona)
    load = time.perf_counter() - start
    head = machine()
    try:
        asked = [question for _ in range(rounds) for question in QUESTIONS]
        ways = {"served": engine} if engine.form == "chat" else {"served": engine, "naive": _Naive(engine)}
        times: dict[str, list[_Times]] = {way: [] for way in ways}
        history: list[tasks.Exchange] = []
        for number, question in enumerate(bar("turn", total=len(asked), unit="turn", iterable=asked)):
            for way, asking in ways.items():
                spent, reply = _turn(asking, persona, history, question, number)
                times[way].append(spent)
            history.append(tasks.Exchange(question, reply))
    finally:
        engine.close()
    return {"machine": head, "results": [result("load", [load], "s"), *_rows(times), *held]}


def memory_rows(persona: "Persona") -> list[dict[str, Any]]:
    """Peak MB of a process that only replies, of one that does all four tasks, and their ratio; none where the system does not tell."""
    with tempfile.TemporaryDirectory(prefix="ohlora-bench-") as place:
        alone = Path(place) / persona.folder.name
        shutil.copytree(persona.folder, alone)
        for other in (alone / "adapters").glob("*.gguf"):
            if other.stem != "reply":
                other.unlink()
        one, four = _peak(alone, False), _peak(persona.folder, True)
    if one is None or four is None:
        return []
    return [
        result("peak memory: replies alone", [one / 1e6], "MB"),
        result("peak memory: four tasks", [four / 1e6], "MB"),
        result("peak memory: four tasks / one", [four / one], "ratio"),
    ]


def _peak(folder: Path, whole: bool) -> int | None:
    """Peak bytes of a process that answers the questions; `whole`: with expression, memory and summary."""
    with ProcessPoolExecutor(1, get_context("spawn")) as one:
        return one.submit(_answering, folder, whole).result()


def _answering(folder: Path, whole: bool) -> int | None:
    from ohlora import personas
    from ohlora.language import tasks
    from ohlora.language.engines import open_engine

    persona = personas.load(str(folder))
    engine = open_engine(None, persona=persona)
    history: list[tasks.Exchange] = []
    try:
        for number, question in enumerate(QUESTIONS):
            if whole:
                _, said = _turn(engine, persona, history, question, number)
            else:
                reply = tasks.reply(engine, persona, history, question, seed=number)
                for _ in reply:
                    pass
                said = reply.text
            history.append(tasks.Exchange(question, said))
    finally:
        engine.close()
    return peak_memory()


@dataclass(frozen=True)
class _Times:
    """Seconds of one turn, each from its beginning to the end of that task (the limits come first), and tokens of the reply."""

    limits: float
    first: float
    reply: float
    expression: float
    memory: float
    whole: float
    tokens: int


def _turn(engine: Any, persona: Any, history: Sequence[Any], question: str, seed: int) -> tuple[_Times, str]:
    """The times of a turn, and what she said."""
    from ohlora.conversation.memos import proposed
    from ohlora.language import tasks

    start = time.perf_counter()
    tasks.limits(engine, question)
    judged = time.perf_counter() - start
    reply = tasks.reply(engine, persona, history, question, seed=seed)
    first = 0.0
    for _ in reply:
        first = first or time.perf_counter() - start
    spoken = time.perf_counter() - start
    labels = tasks.expression(engine, persona, question, reply)
    expressed = time.perf_counter() - start
    memo, _ = proposed(engine, persona, question, reply, labels)
    remembered = time.perf_counter() - start
    tasks.summary(engine, persona, question, reply, labels, memo)
    times = _Times(judged, first, spoken, expressed, remembered, time.perf_counter() - start, reply.timing.tokens or 0)
    return times, reply.text


def _rows(times: dict[str, list[_Times]]) -> Sequence[dict[str, Any]]:
    served = times["served"]
    rows = [
        result("limits read", [t.limits for t in served], "s"),
        result("first token", [t.first for t in served], "s"),
        result("reply", [t.reply for t in served], "s"),
        result("expression", [t.expression - t.reply for t in served], "s"),
        result("memory", [t.memory - t.expression for t in served], "s"),
        result("summary", [t.whole - t.memory for t in served], "s"),
        result("reply and expression", [t.expression for t in served], "s"),
        result("whole turn", [t.whole for t in served], "s"),
    ]
    # Tokens after the first, over the time after the first.
    rates = [(t.tokens - 1) / (t.reply - t.first) for t in served if t.tokens > 1 and t.reply > t.first]
    if rates:
        rows.append(result("generation", rates, "tokens/s"))
    for name, of in (("first token", "first"), ("whole turn", "whole")):
        if "naive" in times:
            ratios = [getattr(n, of) / getattr(s, of) for n, s in zip(times["naive"], served, strict=True)]
            rows.append(result(f"{name}: without prompt cache / as served", ratios, "ratio"))
    return rows


class _Naive:
    """The same engine, reading every prompt from its beginning."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.name, self.form, self.adapters = engine.name, engine.form, engine.adapters

    def complete(self, prompt: str, **options: Any) -> Any:
        return self._engine.complete(prompt, reuse=False, **options)

    def learnt(self, adapter: str) -> frozenset[str]:
        found: frozenset[str] = self._engine.learnt(adapter)
        return found

    def likelihoods(self, prompt: str, words: Sequence[str], **options: Any) -> Any:
        return self._engine.likelihoods(prompt, words, **options)  # of a new message, which no cache has
