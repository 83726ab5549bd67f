"""The page in Chromium: writing Korean, stopping, failing, reconnecting, reading; both languages and themes."""

from collections.abc import Callable

import pytest

from .conftest import Running, Tab, eventually
from .fakes import WORDS, FakeHome, FakeSpeaker
from .pictures import moving

ANSWER = "".join(WORDS)
OpenTab = Callable[..., Tab]
# On a machine that is busy with other things she says, rightly, that she has slowed down.
IDLE = {"ko": ("함께 있어요", "느려졌어요"), "en": ("Here with you", "Slowed down")}


@pytest.fixture
def talk(server: Running, tab: OpenTab) -> Tab:
    """The page, connected, with the cursor in the box."""
    return opened(server, tab)


def opened(server: Running, tab: OpenTab, **options: object) -> Tab:
    server.home.face.image = moving
    server.home.face.frames_per_second = 25
    one = tab(f"http://{server.host}/", **options)
    one.wait_state("idle")
    one.page.focus("#message")
    return one


@pytest.fixture
def speaker(server: Running) -> FakeSpeaker:
    return server.home.speaker


def settled(talk: Tab, speaker: FakeSpeaker, n: int = 1) -> list[str]:
    """What the engine heard, once `n` replies are there and nothing more has come for a while."""
    talk.wait(f"document.querySelectorAll('.group .foot .mood').length >= {n}")
    talk.page.wait_for_timeout(300)
    return speaker.heard


# ── writing ──────────────────────────────────────────────────────────────────


def test_korean_typed_and_answered(talk: Tab, speaker: FakeSpeaker) -> None:
    talk.page.keyboard.insert_text("안녕? 오늘 기분은 어때?")
    talk.page.keyboard.press("Enter")
    assert settled(talk, speaker) == ["안녕? 오늘 기분은 어때?"]
    assert talk.texts(".mine") == ["안녕? 오늘 기분은 어때?"]
    assert talk.texts(".group .words") == [ANSWER]
    assert talk.texts(".group .foot .mood") == ["활짝 웃음, 눈을 크게"]
    assert talk.page.input_value("#message") == ""
    assert talk.page.get_attribute(".group .words", "lang") == "ko"
    assert talk.counters()["sent"] == 1


def compose_annyeong(talk: Tab) -> None:
    """Types 안녕 as a Korean input method does: 안 is finished, 녕 is still being composed."""
    for step in ("ㅇ", "아", "안"):
        talk.compose(step)
    talk.commit("안")
    for step in ("ㄴ", "녀", "녕"):
        talk.compose(step)


@pytest.mark.parametrize("key", ["Enter", "Process"])
@pytest.mark.parametrize("after", ["nothing", "line break", "second key", "both"])
def test_enter_while_composing_sends_the_whole_text_once(talk: Tab, speaker: FakeSpeaker, key: str, after: str) -> None:
    compose_annyeong(talk)
    talk.key("rawKeyDown", key, 229)
    talk.commit("녕")
    if after in {"second key", "both"}:
        talk.key("rawKeyDown", "Enter", 13)
    if after in {"line break", "both"}:
        talk.key("char", "Enter", 13, "\r")
    talk.key("keyUp", "Enter", 13)
    assert settled(talk, speaker) == ["안녕"]
    assert talk.page.input_value("#message") == ""
    assert talk.counters()["sent"] == 1


def test_enter_after_composing_as_safari_has_it(talk: Tab, speaker: FakeSpeaker) -> None:
    compose_annyeong(talk)
    talk.commit("녕")
    talk.key("rawKeyDown", "Enter", 229)
    talk.key("keyUp", "Enter", 13)
    assert settled(talk, speaker) == ["안녕"]


def test_enter_on_a_japanese_candidate_sends_nothing(talk: Tab, speaker: FakeSpeaker) -> None:
    talk.compose("にほん")
    talk.compose("日本")
    talk.key("rawKeyDown", "Process", 229)
    talk.commit("日本")
    talk.key("keyUp", "Enter", 13)
    talk.page.wait_for_timeout(300)
    assert speaker.heard == []
    assert talk.page.input_value("#message") == "日本"
    talk.page.keyboard.press("Enter")
    assert settled(talk, speaker) == ["日本"]


def test_enter_twice_and_the_button_send_once(talk: Tab, speaker: FakeSpeaker) -> None:
    talk.page.keyboard.insert_text("안녕")
    talk.page.keyboard.press("Enter")
    talk.page.keyboard.press("Enter")
    assert settled(talk, speaker) == ["안녕"]
    talk.page.keyboard.insert_text("또")
    talk.page.click("#send")
    assert settled(talk, speaker, 2) == ["안녕", "또"]


def test_shift_enter_breaks_the_line_and_the_box_grows(talk: Tab, speaker: FakeSpeaker) -> None:
    height = "document.getElementById('message').clientHeight"
    low = talk.page.evaluate(height)
    for line in ("하나", "둘", "셋"):
        talk.page.keyboard.insert_text(line)
        talk.page.keyboard.press("Shift+Enter")
    assert talk.page.evaluate(height) > 2 * low
    talk.page.keyboard.press("Enter")
    assert settled(talk, speaker) == ["하나\n둘\n셋"]
    assert talk.page.evaluate(height) == low


def test_nothing_empty_is_sent(talk: Tab, speaker: FakeSpeaker) -> None:
    talk.page.keyboard.press("Enter")
    talk.page.keyboard.insert_text("   ")
    talk.page.keyboard.press("Enter")
    talk.page.wait_for_timeout(200)
    assert speaker.heard == []
    assert talk.page.is_hidden("#notice")


def test_a_megabyte_stays_in_the_box_with_a_sentence(talk: Tab, speaker: FakeSpeaker) -> None:
    talk.page.fill("#message", "가" * 1_000_000)
    talk.page.keyboard.press("Enter")
    assert talk.texts("#notice") == ["메시지가 1,000,000자입니다. 4,000자까지 보낼 수 있으니 줄여서 보내 주세요."]
    assert talk.page.evaluate("document.getElementById('message').value.length") == 1_000_000
    talk.page.fill("#message", "안녕")
    talk.page.keyboard.press("Enter")
    assert settled(talk, speaker) == ["안녕"]
    assert talk.page.is_hidden("#notice")


def test_text_is_text_and_never_markup(talk: Tab, server: Running) -> None:
    hostile = "<img src=x onerror=alert(1)><script>alert(1)</script> &amp; [a](javascript:alert(1))"
    talk.page.keyboard.insert_text(hostile)
    talk.page.keyboard.press("Enter")
    settled(talk, server.home.speaker)
    assert talk.texts(".mine") == [hostile]
    assert talk.page.locator(".log img, .log script, .log a").count() == 0


# ── stopping and failing ─────────────────────────────────────────────────────


@pytest.mark.parametrize("how", ["Escape", "button"])
def test_she_is_stopped_in_mid_sentence(talk: Tab, speaker: FakeSpeaker, how: str) -> None:
    speaker.hold.set()
    talk.page.keyboard.insert_text("안녕")
    talk.page.keyboard.press("Enter")
    talk.wait_state("thinking")
    assert talk.texts("#state-text") == ["생각하는 중"]
    speaker.allow.release()
    talk.wait_state("speaking")
    assert talk.page.get_attribute("#send", "aria-label") == "멈추기"
    talk.page.keyboard.insert_text("다음 말")
    talk.page.keyboard.press("Enter")
    assert "아직 답하는 중" in talk.texts("#notice")[0]
    assert talk.page.input_value("#message") == "다음 말"
    if how == "button":
        talk.page.click("#send")
    else:
        talk.page.keyboard.press("Escape")
    talk.wait_state("idle", "listening")
    assert talk.texts(".group .words") == [WORDS[0]]
    assert talk.texts(".group .ended") == ["여기서 멈췄어요"]
    assert speaker.heard == ["안녕"]


def test_an_engine_that_is_down_is_said_in_the_language_of_the_page(talk: Tab, speaker: FakeSpeaker) -> None:
    talk.page.keyboard.insert_text("down")
    talk.page.keyboard.press("Enter")
    talk.wait("document.querySelector('.failed .why')")
    assert talk.texts(".failed .why") == ["언어 서버가 응답하지 않습니다"]
    talk.page.click("[data-language=en]")
    assert talk.texts(".failed .why") == ["the language server does not answer"]
    talk.page.click(".failed .link")
    talk.wait("document.querySelector('.failed .why')")
    assert speaker.heard == ["down", "down"]
    assert talk.page.locator(".group").count() == 1
    talk.page.fill("#message", "hello")
    talk.page.keyboard.press("Enter")
    talk.wait("document.querySelector('.group .foot .mood')")
    assert speaker.heard[-1] == "hello"


def test_it_reconnects_when_the_server_comes_back_and_nothing_is_lost(tab: OpenTab) -> None:
    home = FakeHome()
    first = Running(home)
    talk = opened(first, tab, allowed=("WebSocket connection", "ERR_CONNECTION_REFUSED"))
    talk.page.keyboard.insert_text("하나")
    talk.page.keyboard.press("Enter")
    settled(talk, home.speaker)
    first.stop()
    talk.wait_state("disconnected")
    talk.wait("document.getElementById('state-text').textContent.includes('뒤 다시 연결')")
    talk.page.keyboard.insert_text("끊긴 동안")
    talk.page.keyboard.press("Enter")
    assert "연결이 끊겨" in talk.texts("#notice")[0]
    again = FakeHome()
    again.kept.extend(home.kept)
    second = Running(again, port=first.port)
    try:
        talk.wait_state("idle", "listening", timeout=15)
        assert talk.texts(".mine") == ["하나"]
        assert talk.page.input_value("#message") == "끊긴 동안"
        talk.page.keyboard.press("Enter")
        talk.wait("document.querySelectorAll('.group .foot .mood').length == 2")
        assert again.speaker.heard == ["끊긴 동안"]
    finally:
        second.stop()


def test_a_reload_in_mid_turn_goes_on_where_it_was(talk: Tab, speaker: FakeSpeaker) -> None:
    speaker.hold.set()
    talk.page.keyboard.insert_text("안녕")
    talk.page.keyboard.press("Enter")
    speaker.allow.release()
    talk.wait_state("speaking")
    talk.page.reload()
    talk.wait_state("speaking")
    assert talk.texts(".group .words") == [WORDS[0]]
    speaker.hold.clear()
    assert settled(talk, speaker) == ["안녕"]
    assert talk.texts(".group .words") == [ANSWER]


def test_two_pages_show_the_same_conversation(talk: Tab, server: Running, tab: OpenTab) -> None:
    other = opened(server, tab)
    talk.page.fill("#message", "안녕")
    talk.page.keyboard.press("Enter")
    settled(talk, server.home.speaker)
    other.wait("document.querySelector('.group .foot .mood')")
    assert other.texts(".mine") == ["안녕"]
    assert other.texts(".group .words") == [ANSWER]


# ── reading ──────────────────────────────────────────────────────────────────


def test_scrolling_leaves_a_reader_above_in_peace(talk: Tab, speaker: FakeSpeaker) -> None:
    for n in range(12):
        talk.page.fill("#message", f"{n}\n" * 3)
        talk.page.keyboard.press("Enter")
        settled(talk, speaker, n + 1)
    end = "(e => e.scrollHeight - e.clientHeight - e.scrollTop)(document.getElementById('log'))"
    assert talk.page.evaluate(end) < 2
    talk.page.evaluate("document.getElementById('log').scrollTop = 0")
    talk.page.fill("#message", "끝으로 가며 보낸 말")
    frames = (
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))"
    )
    talk.page.evaluate(frames)
    talk.page.evaluate(  # the event of the scrolling comes when the message is there already
        "e => { e.scrollTop = e.scrollHeight; document.getElementById('composer').requestSubmit(); }",
        talk.page.query_selector("#log"),
    )
    talk.page.evaluate(frames)
    settled(talk, speaker, 13)
    talk.wait(f"{end} < 2")
    assert talk.page.is_hidden("#to-end")
    talk.page.evaluate("document.getElementById('log').scrollTop = 0")
    speaker.hold.set()
    talk.page.fill("#message", "또")
    talk.page.keyboard.press("Enter")
    talk.wait_state("thinking")
    talk.wait(f"{end} < 2")  # one's own message is always shown
    talk.page.evaluate("document.getElementById('log').scrollTop = 0")
    # The page learns of it by an event, two drawn frames later at most, however slow the machine is.
    talk.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    speaker.hold.clear()
    settled(talk, speaker, 14)
    assert talk.page.evaluate("document.getElementById('log').scrollTop") == 0
    talk.page.click("#to-end")
    talk.wait(f"{end} < 2")
    assert talk.page.is_hidden("#to-end")


def test_screen_readers_hear_each_sentence_once(talk: Tab, speaker: FakeSpeaker) -> None:
    talk.page.evaluate(
        """() => { window.said = []; new MutationObserver(all => { for (const one of all)
        for (const node of one.addedNodes) window.said.push(node.textContent); })
        .observe(document.getElementById('announcer'), {childList: true}); }"""
    )
    talk.page.keyboard.insert_text("안녕")
    talk.page.keyboard.press("Enter")
    settled(talk, speaker)
    assert talk.page.evaluate("window.said") == ["안녕하세요!", "저는 오로라예요."]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["ko-KR", "en-US"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_languages_themes_and_sizes(
    server: Running, tab: OpenTab, theme: str, locale: str, size: tuple[int, int]
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    talk = opened(server, tab, locale=locale, color_scheme=theme, viewport=viewport, noted=False)
    page = talk.page
    korean = locale == "ko-KR"
    assert page.get_attribute("html", "lang") == ("ko" if korean else "en")
    assert page.get_attribute("html", "data-theme") == theme
    assert talk.texts(".note h2") == ["시작하기 전에" if korean else "Before you start"]
    assert "words: free" in talk.texts(".facts .licence")
    assert talk.texts(".opening .bubble") == ["안녕!" if korean else "Hello there!"]
    assert talk.texts("#state-text")[0] in IDLE["ko" if korean else "en"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.getElementById('log').scrollTop") == 0, "the note is read from its start"
    page.click(".note button")
    assert page.locator(".note").count() == 0
    page.click(".start >> nth=0")
    settled(talk, server.home.speaker)
    assert server.home.speaker.heard == ["너는 누구야?" if korean else "Who are you?"]
    page.click(f"[data-language={'en' if korean else 'ko'}]")
    assert talk.texts("#state-text")[0] in IDLE["en" if korean else "ko"]
    assert talk.texts(".opening .bubble") == ["Hello there!" if korean else "안녕!"]
    for _ in range(1 if theme == "dark" else 2):
        page.click("#theme")
    assert page.get_attribute("html", "data-theme") != theme
    page.reload()
    talk.wait_state("idle")
    assert page.get_attribute("html", "lang") == ("en" if korean else "ko")
    assert page.get_attribute("html", "data-theme") != theme
    assert page.locator(".note").count() == 0


def test_everything_can_be_reached_and_has_a_name(talk: Tab) -> None:
    nameless = talk.page.evaluate(
        """() => [...document.querySelectorAll('button, textarea, canvas, [role]')]
        .filter(e => e.checkVisibility() && !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length
          || e.getAttribute('aria-live') || e.hidden)).map(e => e.outerHTML)"""
    )
    assert nameless == []
    seen = set()
    for _ in range(20):
        talk.page.keyboard.press("Tab")
        seen.add(talk.page.evaluate("document.activeElement.id || document.activeElement.dataset.language"))
    assert {"message", "send", "log", "ko", "en", "theme", "menu-open"} <= seen


# ── her picture ──────────────────────────────────────────────────────────────


def test_the_canvas_moves_and_counts(talk: Tab) -> None:
    talk.wait("window.ohlora.counters.drawn > 10")
    before = talk.page.locator("#face").screenshot()
    talk.page.wait_for_timeout(150)
    assert talk.page.locator("#face").screenshot() != before
    counters = talk.counters()
    assert counters["drawn"] + counters["dropped"] <= counters["received"]
    ages = [age for _, age in counters["frames"]]
    assert min(ages) >= 0
    assert sorted(ages)[len(ages) // 2] < 500
    assert talk.page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--edge')").startswith(
        "rgb("
    )
    assert "오로라의 얼굴" in talk.page.get_attribute("#face", "aria-label")
    talk.wait("document.getElementById('chip-fps').textContent.includes('장')")


def test_reduced_motion_and_a_pause_reach_the_server(server: Running, tab: OpenTab) -> None:
    face = server.home.face
    face.image = moving
    talk = tab(f"http://{server.host}/", reduced_motion="reduce")
    talk.wait("window.ohlora.counters.drawn > 1")
    assert all(calm for _, calm in face.drawn)
    talk.page.emulate_media(reduced_motion="no-preference")
    assert eventually(lambda: face.drawn[-1][1] is False)
    talk.page.evaluate("window.ohlora.pauseFace()")
    talk.page.wait_for_timeout(200)
    n = len(face.drawn)
    talk.page.wait_for_timeout(300)
    assert len(face.drawn) == n


def test_what_is_changed_while_she_wakes_does_not_go_by_itself(start: Callable[..., Running], tab: OpenTab) -> None:
    home = FakeHome(loading=True)
    talk = tab(f"http://{start(home=home).host}/")
    talk.wait_state("loading")
    talk.page.fill("#message", "일어났어?")
    talk.page.keyboard.press("Enter")
    assert "깨어나면 바로" in talk.texts("#notice")[0]
    talk.page.keyboard.insert_text(" 나는")
    assert talk.page.locator("#notice-line").is_hidden()
    home.finish_loading()
    talk.wait_state("idle")
    talk.page.wait_for_timeout(100)
    assert talk.page.input_value("#message") == "일어났어? 나는"
    assert home.speaker.heard == []


def test_loading_is_shown_in_per_cent(start: Callable[..., Running], tab: OpenTab) -> None:
    home = FakeHome(loading=True)
    server = start(home=home)
    home.parts["language"].progress, home.parts["face"].progress = 0.31, 0.64
    home.face.image = moving
    talk = tab(f"http://{server.host}/")
    talk.wait("document.getElementById('state-text').textContent === '깨어나는 중 31%'")
    assert talk.texts("#veil-text") == ["얼굴을 불러오는 중 64%"]
    talk.page.fill("#message", "안녕")
    talk.page.keyboard.press("Enter")
    assert "깨어나면 바로" in talk.texts("#notice")[0]
    assert talk.page.input_value("#message") == "안녕"
    home.finish_loading()
    talk.wait("document.getElementById('veil').hidden")
    assert settled(talk, home.speaker) == ["안녕"]
    assert talk.page.input_value("#message") == ""
    assert talk.page.locator("#notice-line").is_hidden()


def test_a_locked_server_is_opened_by_the_printed_address(start: Callable[..., Running], tab: OpenTab) -> None:
    token = "a-token-of-some-length"
    server = start(host="127.0.0.1", token=token)
    talk = tab(f"http://{server.host}/?token={token}")
    talk.wait_state("idle")
    assert talk.page.url == f"http://{server.host}/"
    assert talk.page.evaluate("document.cookie") == ""
    talk.page.reload()
    talk.wait_state("idle")


def test_her_last_picture_stays_while_the_connection_is_away(tab: OpenTab) -> None:
    first = Running(FakeHome())
    talk = opened(first, tab, allowed=("WebSocket connection", "ERR_CONNECTION_REFUSED"))
    talk.wait("window.ohlora.counters.drawn > 3")
    first.stop()
    talk.wait_state("disconnected")
    assert talk.page.is_hidden("#veil")
