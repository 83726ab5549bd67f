"""Pictures of every state of the page, for people to look at: both themes, a desktop and a phone, in front of a real server.

    python benchmarks/states.py OUT
    python benchmarks/states.py OUT --language en

Every picture shows one state four times: 1440×900 and 390×844, light above dark. Says what sticks out of its place and what the
browser complained about, and exits 1 where there was any of it. Only the downloads of the model tab are made up. Knows the page
from outside, as its user does.
"""

import argparse
import io
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from ohlora.bench._browser import chromium
from ohlora.bench._served import Served, served

THEMES = ("light", "dark")
SIZES = ((1440, 900), (390, 844))
GAP = 10
NOWHERE = "http://127.0.0.1:9/v1"
SAID = {
    "ko": (
        "안녕! 내 이름은 민준이고 생일은 3월 5일이야.",
        "나 오늘 드디어 합격했어!",
        "재미있는 이야기를 아주 길게 해 줘.",
    ),
    "en": (
        "Hi! My name is Minjun and my birthday is March 5.",
        "I passed the exam today!",
        "Tell me a very long funny story.",
    ),
}
# What a browser says of an answer that is a refusal, and of a server that was ended: both are states of this walk.
EXPECTED = ("Failed to load resource", "ERR_CONNECTION_REFUSED", "WebSocket connection to")
STICKS_OUT = """() => document.scrollingElement.scrollWidth > innerWidth
    || [...document.querySelectorAll('.bar .tool, .send')].some(one => one.getBoundingClientRect().right > innerWidth)
    || [...document.querySelectorAll('.drawer-body, .face-panel, .log, dialog[open]')].some(one => one.scrollWidth > one.clientWidth + 1)"""


class Walk:
    """One page that is led from state to state."""

    def __init__(self, page: Any, folder: Path, wrong: list[str]) -> None:
        self.page, self._folder, self._wrong = page, folder, wrong
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda error: self._heard("error", str(error)))

    def _heard(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not any(part in text for part in EXPECTED):
            self._wrong.append(f"{kind}: {text}")

    def wait(self, condition: str, seconds: float = 120) -> None:
        """Until it is true; the page's policy forbids what would be simpler."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(f"Boolean({condition})"):
            if time.monotonic() > end:
                raise SystemExit(f"the page did not get on within {seconds:.0f} s: {condition}")
            time.sleep(0.05)

    def state(self, *names: str) -> None:
        self.wait(f"{list(names)}.includes(document.body?.dataset.state)")

    def say(self, text: str) -> None:
        self.page.fill("#message", text)
        self.page.press("#message", "Enter")

    def answered(self) -> None:
        self.wait(
            "!document.querySelector('.sending, .waiting, .streaming') && window.ohlora.counters.turns.at(-1)?.finished"
        )

    def tab(self, name: str) -> None:
        if not self.page.evaluate("document.getElementById('drawer').open"):
            self.page.click("#menu-open")
        self.page.click(f"#tab-{name}")
        self.wait("document.getElementById('drawer-body').innerText.length > 20")
        time.sleep(0.5)

    def take(self, name: str, before: Callable[[], object] = lambda: None) -> None:
        """One picture of four views; `before` is done ahead of each, for states that pass."""
        views = {}
        for theme in THEMES:
            for size in SIZES:
                self.page.emulate_media(color_scheme=theme)
                self.page.set_viewport_size({"width": size[0], "height": size[1]})
                time.sleep(0.3)
                before()
                if self.page.evaluate(STICKS_OUT):
                    self._wrong.append(f"{name}, {theme}, {size[0]}×{size[1]}: something sticks out")
                views[theme, size] = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        self.page.emulate_media(color_scheme=THEMES[0])
        self.page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
        width, height = sum(size[0] for size in SIZES) + GAP, max(size[1] for size in SIZES)
        sheet = Image.new("RGB", (width, 2 * height + GAP), "#888888")
        for (theme, size), view in views.items():
            sheet.paste(view, (0 if size == SIZES[0] else SIZES[0][0] + GAP, THEMES.index(theme) * (height + GAP)))
        sheet.save(self._folder / f"{name}.png")
        print(name, file=sys.stderr, flush=True)


def beginning(walk: Walk, server: Served) -> None:
    walk.wait("document.body?.dataset.state")
    walk.take("loading")
    server.wait_until_loaded()
    walk.state("idle", "slowed")
    walk.wait("window.ohlora.counters.drawn > 3")
    walk.take("welcome")
    walk.page.click(".note .plain")
    walk.take("idle")
    walk.take("listening", lambda: walk.page.locator("#message").press_sequentially("음"))
    walk.page.fill("#message", "")


def talking(walk: Walk, said: tuple[str, ...]) -> None:
    page = walk.page

    def at(state: str) -> Callable[[], None]:
        def begin() -> None:
            if page.evaluate("window.ohlora.counters.turns.length"):
                walk.answered()
            walk.say(said[1])
            walk.state(state, "idle")

        return begin

    walk.say(said[0])
    walk.answered()
    time.sleep(1)
    walk.take("answered-and-remembered")
    walk.take("thinking", at("thinking"))
    walk.take("speaking", at("speaking"))
    walk.answered()
    walk.say(said[2])
    walk.state("speaking", "idle")
    page.keyboard.press("Escape")
    walk.answered()
    walk.take("stopped")
    page.locator("[data-act=again]").click()
    walk.wait("document.querySelector('.versions')")
    page.locator("[data-act=earlier]").click()
    walk.take("versions")
    for act, name, leave in (
        ("edit", "editing", "#leave-editing"),
        ("why", "why", "#why-close"),
        ("remove", "sure", "#sure-no"),
    ):
        page.locator(f"[data-act={act}]").last.click()
        walk.take(name)
        page.click(leave)
    page.focus("#log")
    page.keyboard.press("?")
    walk.take("keys")
    page.click("#help-close")
    walk.say("가" * 9000)
    walk.take("too-long")
    page.fill("#message", "")


def drawers(walk: Walk) -> None:
    page = walk.page
    for name in ("conversations", "memory", "settings", "about"):
        walk.tab(name)
        walk.take(f"tab-{name}")
    walk.tab("memory")
    if page.locator(".links .link.bad").count():
        page.locator(".links .link.bad").first.click()
        walk.take("memory-undo")
        page.locator(".rows .links .link").first.click()
    walk.tab("persona")
    walk.take("tab-persona")
    page.locator("#drawer-body textarea").first.press_sequentially("*")
    page.locator("#drawer-body .plain").click()
    walk.wait("document.querySelector('.change')")
    walk.take("persona-changes")
    walk.tab("model")
    walk.take("tab-model")
    page.select_option("#drawer-body select", "server")
    page.fill("#drawer-body input[type=url]", NOWHERE)
    page.locator("#drawer-body .card .second").click()
    walk.wait("document.querySelector('.said.bad')")
    walk.take("model-refused")
    page.route("**/api/models?*", _downloading)
    walk.tab("settings")
    walk.tab("model")
    walk.take("model-download")
    page.unroute("**/api/models?*")
    walk.tab("settings")
    page.locator("#drawer-body button[aria-pressed]").click()
    page.click("#drawer-close")
    time.sleep(1)
    walk.take("recording")
    walk.tab("settings")
    with page.expect_download():
        page.locator("#drawer-body button[aria-pressed]").click()
    page.click("#drawer-close")
    page.click("#face-open")
    walk.wait("!document.getElementById('face-body').hidden")
    page.locator(".preset").nth(3).click()
    walk.wait("document.querySelector('.measured')?.textContent")
    walk.take("face")
    page.click("#face-reset")
    page.click("#face-close")


def _downloading(route: Any) -> None:
    answer = route.fetch()
    data = answer.json()
    data["models"][0] |= {"ready": False, "progress": 0.37}
    data["models"][1] |= {"ready": False}
    route.fulfill(response=answer, json=data)


def losing(walk: Walk, server: Served) -> None:
    walk.page.fill("#message", "…")
    os.kill(server.process.pid, signal.SIGSTOP)
    walk.state("slowed")
    walk.take("slowed")
    os.kill(server.process.pid, signal.SIGCONT)
    server.process.terminate()
    server.process.wait(30)
    walk.wait("!document.getElementById('retry').hidden")
    walk.take("disconnected")


@contextmanager
def opened(
    browser: Any, address: str, folder: Path, wrong: list[str], language: str, *, noted: bool = False
) -> Iterator[Walk]:
    context = browser.new_context(locale={"ko": "ko-KR", "en": "en-US"}[language], accept_downloads=True)
    if noted:
        context.add_init_script("localStorage.setItem('ohlora.noted', '1')")
    walk = Walk(context.new_page(), folder, wrong)
    walk.page.goto(address)
    yield walk
    context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--language", choices=sorted(SAID), default="ko")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    with chromium() as browser:
        with served() as server, opened(browser, server.address, given.folder, wrong, given.language) as walk:
            beginning(walk, server)
            talking(walk, SAID[given.language])
            drawers(walk)
            with opened(
                browser, server.address.replace("/?", "/stage?background=00b140&"), given.folder, wrong, given.language
            ) as stage:
                stage.wait("window.ohlora.counters.drawn > 3")
                stage.take("stage")
            with opened(browser, server.url, given.folder, wrong, given.language) as door:
                door.take("locked")
            losing(walk, server)
        with (
            served(["--llm", NOWHERE]) as server,
            opened(browser, server.address, given.folder, wrong, given.language, noted=True) as walk,
        ):
            walk.wait("window.ohlora?.counters.drawn > 3")
            walk.say("?")
            walk.wait("document.querySelector('.failed')")
            walk.take("language-server-down")
    print("\n".join(wrong), file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
