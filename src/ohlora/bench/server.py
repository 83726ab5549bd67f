"""`ohlora bench server`: the page as its user has it, by the page's own counters, in a real Chromium against a real server.

Pictures and words share the processor with the browser that draws them. Messages are sent in turn with the face moving and
with the face paused, so that whatever else the machine does falls on both alike.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import click
import numpy as np

from ohlora.bench._browser import chromium
from ohlora.bench._report import machine, result
from ohlora.bench._served import Served, served
from ohlora.cli._output import examples, json_option, print_json
from ohlora.cli._session import llm_option, persona_option
from ohlora.errors import CheckFailed, MissingError
from ohlora.i18n import say
from ohlora.progress import bar

QUESTIONS = (
    "안녕, 오늘 하루 어땠어?",
    "너는 누구야?",
    "학교에서는 무슨 공부를 해?",
    "오늘 시험을 망쳐서 속상해.",
    "드디어 취직했어! 축하해 줘!",
    "저녁에 뭐 먹으면 좋을까?",
    "요즘 잠이 잘 안 와.",
    "재미있는 이야기 하나 해 줘.",
    "네 이름은 무슨 뜻이야?",
    "주말에 바다에 가기로 했어.",
    "네 꿈은 뭐야?",
)
_LEAST_TURNS = 8
_TURN_S = 120.0
_SETTLING_S = 3.0
_LOOKED_EVERY_S = 60
_VIEWPORT = {"width": 1440, "height": 900}


@click.command(
    "server",
    help=say(
        "Measure the page in Chromium: frames a second, age of frames, time to the first word, memory.",
        "Chromium에서 페이지를 잽니다: 초당 화면 수, 화면의 나이, 첫 글자까지의 시간, 메모리.",
    ),
    epilog=examples("ohlora bench server", "ohlora bench server --seconds 60 --json"),
)
@click.option(
    "--seconds",
    default=20,
    show_default=True,
    type=click.IntRange(3, 3600),
    help=say("Of idling, and of answering.", "쉬는 시간과 답하는 시간을 각각 재는 초."),
)
@persona_option
@llm_option
@json_option
def command(seconds: int, persona_name: str, llm: str | None, as_json: bool) -> None:
    data = measure(seconds, persona_name, llm)
    if as_json:
        print_json(data)
        return
    for row in data["results"]:
        click.echo(f"{row['name']:<44} {row['value']:>10.4g} {row['unit']:<8} p95 {row['p95']:.4g}  n {row['n']}")


def measure(seconds: float, persona_name: str, llm: str | None) -> dict[str, Any]:
    """Rows: frames drawn a second and their age (idling, answering), first word with the face moving, paused, and their
    ratio, tokens a second, the server's processor share and memory.

    Raises:
        MissingError: playwright, psutil or Chromium is missing.
        CheckFailed: the server or the page does not work.
    """
    try:
        import psutil
    except ImportError as error:
        raise MissingError(
            "this needs psutil; run: pip install 'ohlora[dev]'",
            "psutil이 필요합니다. 실행하세요: pip install 'ohlora[dev]'",
        ) from error
    head = machine()
    arguments = ["--persona", persona_name, *(["--llm", llm] if llm else [])]
    with chromium() as browser, served(arguments) as server, bar("server", total=None, unit="turn") as progress:
        server.wait_until_loaded()
        process = psutil.Process(server.process.pid)
        page = _Page(browser, server)
        page.wait(lambda: page.counters()["drawn"] > 0, 30)
        time.sleep(_SETTLING_S)
        process.cpu_percent()
        idle = page.idle(seconds)
        share = process.cpu_percent() / 100
        answered = page.answer(seconds, lambda: progress.update())
        memory = process.memory_info().rss / 1e6
    return {"machine": head, "results": [*idle, *answered, _row("server processor share, idle", [share], "cores"),
                                         _row("server memory", [memory], "MB")]}  # fmt: skip


@dataclass
class _Turns:
    """What was seen of the turns of one kind."""

    fps: list[float] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    speed: list[float] = field(default_factory=list)


class _Page:
    """The page in the browser, driven as a user does and read by its counters."""

    def __init__(self, browser: Any, server: Served) -> None:
        context = browser.new_context(viewport=_VIEWPORT, locale="ko-KR")
        context.add_init_script("localStorage.setItem('ohlora.noted', '1')")
        self._page = context.new_page()
        self._page.goto(server.address)

    def counters(self) -> dict[str, Any]:
        return dict(self._page.evaluate("window.ohlora.counters"))

    def now(self) -> float:
        return float(self._page.evaluate("performance.now()"))

    def wait(self, condition: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise CheckFailed(
                    f"the page did not get on within {seconds:.0f} s",
                    f"페이지가 {seconds:.0f}초 동안 진행되지 않았습니다",
                )
            time.sleep(0.05)

    def idle(self, seconds: float) -> list[dict[str, Any]]:
        """Frames of every whole second while nothing is said."""
        start, frames = self.now(), []
        for begin in range(0, int(seconds), _LOOKED_EVERY_S):  # the page keeps the newest frames only
            end = min(begin + _LOOKED_EVERY_S, int(seconds))
            time.sleep(max(0.0, (start - self.now()) / 1000 + end + 0.1))
            frames += _within(self.counters()["frames"], start + 1000 * begin, start + 1000 * end)
        second = Counter(int((drawn - start) // 1000) for drawn, _ in frames)
        return [
            _row("frames drawn, idle", [float(second[n]) for n in range(int(seconds))], "1/s"),
            _row("age of frames, idle", [age for _, age in frames], "ms"),
        ]

    def answer(self, seconds: float, done: Callable[[], object]) -> list[dict[str, Any]]:
        """Asks one question after the other, with the face moving and paused in turn."""
        moving, paused = _Turns(), _Turns()
        spent = 0.0
        while spent < seconds or len(moving.first) + len(paused.first) < _LEAST_TURNS:
            number = len(moving.first) + len(paused.first)
            kind = paused if number % 2 else moving
            spent += self._ask(QUESTIONS[number % len(QUESTIONS)], kind, moves=kind is moving)
            done()
        ratio = [first / float(np.median(paused.first)) for first in moving.first]
        return [
            _row("frames drawn, answering", moving.fps, "1/s"),
            _row("age of frames, answering", moving.ages, "ms"),
            _row("first word, face moving", moving.first, "s"),
            _row("first word, face paused", paused.first, "s"),
            _row("ratio first word: face moving / paused", ratio, "ratio"),
            _row("tokens, face moving", moving.speed, "1/s"),
            _row("tokens, face paused", paused.speed, "1/s"),
        ]

    def _ask(self, question: str, turns: _Turns, *, moves: bool) -> float:
        """Sends a question the way a user does; returns the seconds the turn took."""
        self._page.evaluate("window.ohlora.resumeFace()" if moves else "window.ohlora.pauseFace()")
        time.sleep(0.5)
        before = self.counters()["sent"]
        self._page.fill("#message", question)
        self._page.press("#message", "Enter")
        self.wait(lambda: self.counters()["sent"] > before, 5)
        # Asking the page costs it time as well, so it is not asked often.
        self.wait(lambda: bool(self.counters()["turns"][-1]["finished"]) or self._failed(), _TURN_S)
        counters = self.counters()
        turn = counters["turns"][-1]
        took = (turn["finished"] - turn["sent"]) / 1000
        frames = _within(counters["frames"], turn["sent"], turn["finished"])
        turns.fps.append(len(frames) / took)
        turns.ages += [age for _, age in frames]
        turns.first.append((turn["firstToken"] - turn["sent"]) / 1000)
        if turn["tokens"] > 1 and turn["replied"] > turn["firstToken"]:
            turns.speed.append((turn["tokens"] - 1) / (turn["replied"] - turn["firstToken"]) * 1000)
        return took

    def _failed(self) -> bool:
        failures = self._page.locator(".failed .why").all_text_contents()
        if failures:
            raise CheckFailed(f"she did not answer: {failures[-1]}", f"대답하지 못했습니다: {failures[-1]}")
        return False


def _within(frames: list[list[float]], start: float, end: float) -> list[list[float]]:
    return [frame for frame in frames if start <= frame[0] < end]


def _row(name: str, samples: list[float], unit: str) -> dict[str, Any]:
    """A row; where nothing was seen (no frame at all) it says 0, which is the truth."""
    return result(name, samples or [0.0], unit)
