"""The drawers and what a message offers, in Chromium: cards, models, settings, keys; /stage; and axe on every view."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from .conftest import Running, Tab, eventually
from .fakes import WORDS, FakeHome
from .pictures import moving
from .test_api import _Model, card

OpenTab = Callable[..., Tab]


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OHLORA_DATA", str(tmp_path))


def opened(server: Running, tab: OpenTab, path: str = "/", **options: Any) -> Tab:
    server.home.face.image = moving
    server.home.face.frames_per_second = 25
    one = tab(f"http://{server.host}{path}", **options)
    if path == "/":
        one.wait_state("idle")
    return one


@pytest.fixture
def talk(server: Running, tab: OpenTab) -> Tab:
    return opened(server, tab)


def say(talk: Tab, text: str, n: int = 1) -> None:
    talk.page.fill("#message", text)
    talk.page.press("#message", "Enter")
    talk.wait(f"document.querySelectorAll('.group .foot .mood').length >= {n}")


def drawer(talk: Tab, name: str, ready: str) -> None:
    """Opens a tab of the drawer and waits until something is there."""
    if not talk.page.evaluate("document.getElementById('drawer').open"):
        talk.page.click("#menu-open")
    talk.page.click(f"#tab-{name}")
    talk.wait(f"document.querySelector({json.dumps(ready)})", timeout=60)  # the doctor imports all there is


# ── the card ─────────────────────────────────────────────────────────────────


def test_a_card_is_brought_in_after_its_difference_was_seen(talk: Tab, server: Running, tmp_path: Path) -> None:
    hostile = "봄을 좋아한다. <img src=x onerror=alert(1)> <script>alert(2)</script>"
    file = tmp_path / "card.json"
    file.write_text(json.dumps(card(description=hostile, system_prompt="너는 봄이다.")), encoding="utf-8")
    drawer(talk, "persona", ".tab-persona textarea")
    talk.page.set_input_files(".tab-persona input[type=file]", file)
    talk.wait("document.querySelector('.difference ins')")
    assert "봄이" in talk.texts(".change ins")
    assert any("<script>" in text for text in talk.texts(".difference"))
    assert talk.page.locator(".difference img, .difference script").count() == 0
    assert server.home.persona.card.char == "오로라"  # not yet
    talk.page.click(".tab-persona .plain")
    talk.wait("document.getElementById('name').textContent === '봄이'")
    talk.wait("document.querySelector('.tab-persona textarea')")
    talk.page.get_by_role("button", name="원래 카드로").click()
    talk.wait("document.getElementById('name').textContent === '오로라'")


def test_a_card_is_edited_and_a_bad_one_is_a_sentence(talk: Tab, server: Running, tmp_path: Path) -> None:
    drawer(talk, "persona", ".tab-persona textarea")
    talk.page.get_by_text("바뀌는 것 보기").click()
    talk.wait("document.querySelector('.said')")
    assert talk.texts(".said") == ["바뀌는 것이 없어요."]
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n nonsense")
    talk.page.set_input_files(".tab-persona input[type=file]", bad)
    talk.wait("document.querySelector('.said.bad')")
    assert talk.texts(".said.bad")[0].startswith("이 카드는 쓸 수 없습니다")
    talk.complaints.clear()  # the browser notes the refused request
    greeting = talk.page.locator(".tab-persona .field", has_text="첫 인사").locator("textarea")
    greeting.fill("어서 와요!")
    talk.page.get_by_text("바뀌는 것 보기").click()
    talk.wait("document.querySelector('.change')")
    assert talk.texts(".change h3") == ["첫 인사"]
    talk.page.click(".tab-persona .plain")
    talk.wait("document.querySelector('.tab-persona textarea')")
    assert server.home.persona.card.greeting == "어서 와요!"


# ── the model ────────────────────────────────────────────────────────────────


@pytest.fixture
def model() -> Iterator[str]:
    _Model.seen.clear()
    with HTTPServer(("127.0.0.1", 0), _Model) as one:
        threading.Thread(target=one.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{one.server_port}/v1"
        one.shutdown()


def test_another_model_is_tried_out_and_taken(talk: Tab, server: Running, model: str) -> None:
    drawer(talk, "model", ".tab-model select")
    talk.page.select_option(".tab-model select", "server")
    talk.page.fill(".tab-model input[type=url]", model)
    talk.page.fill(".tab-model input[type=password]", "secret-key")
    talk.page.get_by_text("시험하기").click()
    talk.wait("document.querySelector('.said.good')")
    assert talk.texts(".said.good")[0].startswith("대답합니다: small")
    talk.page.get_by_text("이 모델 쓰기").click()
    talk.wait("document.querySelector('.card .hint')?.textContent.includes('언어 서버')")
    assert server.home.reopened == [(model, "secret-key")]
    assert "secret-key" not in talk.page.content()


# ── what a message offers ────────────────────────────────────────────────────


def test_why_this_expression(talk: Tab) -> None:
    say(talk, "안녕?")
    talk.page.click("[data-act=why]")
    assert talk.page.is_visible("#why")
    rows = talk.texts("#why tr")
    assert rows[0] == "눈크게눈 +0.8 σ"
    assert talk.texts("#why blockquote") == ["".join(WORDS)]
    talk.page.keyboard.press("Escape")
    assert talk.page.is_hidden("#why")


def test_another_answer_and_the_one_before(talk: Tab, server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    say(talk, "안녕?")
    monkeypatch.setattr(f"{FakeHome.__module__}.WORDS", ["다른 ", "대답."])
    talk.page.click("[data-act=again]")
    talk.wait("document.querySelector('.versions')?.textContent === '2/2'")
    assert talk.texts(".group .words") == ["다른 대답."]
    assert talk.texts(".mine") == ["안녕?"]
    talk.page.click("[data-act=earlier]")
    assert talk.texts(".group .words") == ["".join(WORDS)]
    assert "앞서 한 대답" in talk.texts(".group .foot")[0]
    talk.page.click("[data-act=why]")
    assert talk.texts("#why blockquote") == ["".join(WORDS)], "it speaks of the answer that is looked at"
    talk.page.keyboard.press("Escape")
    talk.page.click("[data-act=later]")
    assert talk.texts(".group .words") == ["다른 대답."]
    assert len(server.home.kept) == 1


def test_a_message_is_edited_and_sent_again(talk: Tab, server: Running) -> None:
    say(talk, "첫 말")
    say(talk, "틀린 말", 2)
    talk.page.focus("#message")
    talk.page.keyboard.press("ArrowUp")
    assert talk.page.input_value("#message") == "틀린 말"
    assert "고치는 중" in talk.texts("#notice")[0]
    talk.page.keyboard.press("Escape")
    assert talk.page.input_value("#message") == ""
    assert talk.page.is_hidden("#notice")
    talk.page.hover(".group >> nth=0")
    talk.page.click(".group >> nth=0 >> [data-act=edit]")
    assert talk.page.input_value("#message") == "첫 말"
    talk.page.fill("#message", "고친 말")
    talk.page.keyboard.press("Enter")
    talk.wait("document.querySelectorAll('.group .foot .mood').length === 1")
    assert talk.texts(".mine") == ["고친 말"]
    assert [kept.message for kept in server.home.kept] == ["고친 말"]


def test_a_message_is_erased_after_a_question(talk: Tab, server: Running) -> None:
    say(talk, "하나")
    say(talk, "둘", 2)
    talk.page.click(".group:last-child [data-act=remove]")
    assert "되돌릴 수 없어요" in talk.texts("#sure-text")[0]
    talk.page.click("#sure-no")
    assert len(server.home.kept) == 2
    talk.page.click(".group:last-child [data-act=remove]")
    talk.page.click("#sure-yes")
    talk.wait("document.querySelectorAll('.group').length === 1")
    assert talk.texts(".mine") == ["하나"]
    assert talk.page.locator("[data-act=again]").count() == 1


def test_an_edit_that_fails_brings_the_old_one_back(talk: Tab, server: Running) -> None:
    say(talk, "하나")
    talk.page.click("[data-act=edit]")
    talk.page.fill("#message", "down")
    talk.page.keyboard.press("Enter")
    talk.wait("document.querySelector('.failed .why')")
    talk.wait("document.querySelectorAll('.mine').length === 2")
    assert talk.texts(".mine") == ["하나", "down"]
    assert [kept.message for kept in server.home.kept] == ["하나"]


def test_an_answer_is_copied(server: Running, tab: OpenTab) -> None:
    talk = opened(server, tab, permissions=["clipboard-read", "clipboard-write"])
    say(talk, "안녕?")
    talk.page.click("[data-act=copy]")
    talk.wait("document.querySelector('.copied')")
    assert talk.page.evaluate("navigator.clipboard.readText()") == "".join(WORDS)


def test_markdown_is_a_small_safe_part(talk: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["**굵게** *기울게* `x<b>`\n\n", "1. 하나\n2. 둘\n\n", "[a](javascript:alert(1)) <img src=x onerror=alert(1)>\n",
             "```\n<script>alert(1)</script>\n```"]  # fmt: skip
    monkeypatch.setattr("tests.server.fakes.WORDS", words, raising=False)
    monkeypatch.setattr(f"{FakeHome.__module__}.WORDS", words)
    say(talk, "안녕?")
    hers = talk.page.locator(".group .words")
    assert hers.locator("strong").all_text_contents() == ["굵게"]
    assert hers.locator("em").all_text_contents() == ["기울게"]
    assert hers.locator("ol li").all_text_contents() == ["하나", "둘"]
    assert hers.locator("pre").all_text_contents() == ["<script>alert(1)</script>"]
    assert hers.locator("a, img, script").count() == 0
    assert "javascript:alert(1)" in (hers.text_content() or "")


def test_keys(talk: Tab) -> None:
    page = talk.page
    page.focus("#log")
    page.keyboard.press("?")
    assert page.is_visible("#help")
    page.keyboard.press("Escape")
    page.focus("#log")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "message"
    page.keyboard.type("a/b?")
    assert page.input_value("#message") == "a/b?"
    assert page.is_hidden("#help")


def test_tabs_are_moved_through_by_arrows(talk: Tab) -> None:
    drawer(talk, "persona", ".tab-persona textarea")
    talk.page.focus("#tab-persona")
    talk.page.keyboard.press("ArrowRight")
    talk.wait("document.querySelector('.tab-model select')")
    assert talk.page.get_attribute("#tab-model", "aria-selected") == "true"
    talk.page.keyboard.press("Escape")
    assert not talk.page.evaluate("document.getElementById('drawer').open")


# ── life ─────────────────────────────────────────────────────────────────────

VOICES = """
    class Speech extends EventTarget { constructor(text) { super(); this.text = text; } }
    window.SpeechSynthesisUtterance = Speech;
    window.spoken = [];
    const engine = new EventTarget();
    Object.assign(engine, { getVoices: () => [
        {name: 'Yuna', voiceURI: 'yuna', lang: 'ko-KR', localService: true},
        {name: 'Cloud', voiceURI: 'cloud', lang: 'ko-KR', localService: false}],
      speak: (s) => { spoken.push([s.text, s.lang, s.voice?.name]); s.dispatchEvent(new Event('start'));
                      setTimeout(() => s.dispatchEvent(new Event('end')), 200); }, cancel() {} });
    Object.defineProperty(window, 'speechSynthesis', { value: engine });
"""


def test_her_words_are_read_aloud_only_when_wanted_and_her_mouth_goes_along(talk: Tab, server: Running) -> None:
    talk.page.add_init_script(VOICES)  # headless browsers have no voices
    talk.page.reload()
    talk.wait_state("idle")
    say(talk, "안녕?")
    assert talk.page.evaluate("spoken") == []
    drawer(talk, "settings", "#set-aloud")
    assert talk.texts(".tab-settings option")[:2] == ["Yuna", "Cloud (온라인)"]
    talk.page.check("#set-aloud")
    talk.page.keyboard.press("Escape")
    say(talk, "또 안녕?", 2)
    talk.wait("spoken.length === 1")
    assert talk.page.evaluate("spoken") == [["".join(WORDS), "ko-KR", "Yuna"]]
    told = server.home.face.told
    assert eventually(lambda: ("voice", False) in told)
    assert told.index(("voice", True)) < told.index(("voice", False))


def test_slowed_is_said(server: Running, tab: OpenTab) -> None:
    talk = opened(server, tab)
    server.home.face.frames_per_second = 1
    talk.wait_state("slowed", timeout=15)
    assert talk.texts("#state-text") == ["느려졌어요"]
    server.home.face.frames_per_second = 25
    talk.wait("document.body.dataset.state === 'idle'", timeout=30)


def test_a_conversation_is_recorded(talk: Tab, tmp_path: Path) -> None:
    say(talk, "안녕?")
    drawer(talk, "settings", "#set-aloud")
    talk.page.get_by_text("녹화 시작").click()
    assert not talk.page.evaluate("document.getElementById('recording').hidden")
    talk.page.set_viewport_size({"width": 390, "height": 844})
    for language in ("en", "ko"):
        talk.page.evaluate(f"document.querySelector('[data-language={language}]').click()")
        assert talk.page.evaluate("document.getElementById('menu-open').getBoundingClientRect().right <= innerWidth")
    talk.page.wait_for_timeout(1200)
    with talk.page.expect_download() as download:
        talk.page.get_by_text("녹화 끝내고 저장").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.stat().st_size > 3000
    assert file.suffix in {".webm", ".mp4"}


def test_the_stage_alone(server: Running, tab: OpenTab) -> None:
    scene = opened(server, tab, "/stage?background=00b140&captions=1")
    scene.wait("window.ohlora.counters.drawn > 3")
    assert scene.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(0, 177, 64)"
    say(opened(server, tab), "안녕?")
    scene.wait(f"document.getElementById('captions').textContent === {json.dumps(''.join(WORDS))}")


def test_the_stage_brings_its_token(start: Callable[..., Running], tab: OpenTab) -> None:
    server = start(token="a-token-of-some-length")
    scene = opened(server, tab, "/stage?token=a-token-of-some-length&background=transparent")
    scene.wait("window.ohlora.counters.drawn > 1")
    assert scene.page.url == f"http://{server.host}/stage?background=transparent"


def test_a_keyboard_on_a_phone_makes_her_small_and_keeps_the_end_in_sight(server: Running, tab: OpenTab) -> None:
    talk = opened(server, tab, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    for n in range(6):
        say(talk, f"{n}번째 말", n + 1)
    talk.page.set_viewport_size({"width": 390, "height": 420})
    talk.wait("document.querySelector('.portrait').offsetWidth <= 60")
    talk.wait("(e => e.scrollHeight - e.clientHeight - e.scrollTop < 2)(document.getElementById('log'))")
    assert talk.page.is_hidden("#to-end")
    assert talk.page.evaluate("getComputedStyle(document.getElementById('face')).borderRadius") == "50%"


# ── axe ──────────────────────────────────────────────────────────────────────


def serious(talk: Tab) -> list[str]:
    """What axe calls serious or critical, in one line each."""
    found = Axe().run(talk.page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(("theme", "size"), [("light", (1440, 900)), ("dark", (390, 844))])
def test_axe_finds_nothing_serious(server: Running, tab: OpenTab, theme: str, size: tuple[int, int]) -> None:
    viewport = {"width": size[0], "height": size[1]}
    talk = opened(server, tab, color_scheme=theme, viewport=viewport, noted=False)
    page = talk.page
    found = {"welcome": serious(talk)}
    page.click(".note button")
    say(talk, "안녕?")
    say(talk, "down", 1)
    talk.wait("document.querySelector('.failed .why')")
    found["conversation"] = serious(talk)
    page.click("#face-open")
    talk.wait("document.querySelector('.score')")
    found["face"] = serious(talk)
    page.click("#face-close")
    page.click("[data-act=why] >> nth=0", force=True)
    found["why"] = serious(talk)
    page.keyboard.press("Escape")
    views = {"persona": "textarea", "model": "select", "settings": "input", "about": ".doctor"}
    for name, ready in views.items():
        drawer(talk, name, f".tab-{name} {ready}")
        found[name] = serious(talk)
    assert {view: problems for view, problems in found.items() if problems} == {}


def test_axe_on_the_locked_door(start: Callable[..., Running], tab: OpenTab) -> None:
    server = start(token="a-token-of-some-length")
    for theme in ("light", "dark"):
        door = tab(f"http://{server.host}/", allowed=("401",), color_scheme=theme)
        assert serious(door) == []
    door.page.fill("#token", "a-token-of-some-length")
    server.home.face.image = moving
    door.page.click("button")
    door.wait_state("idle")
    assert door.page.url == f"http://{server.host}/"
