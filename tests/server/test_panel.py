"""The face panel: its messages over /ws/face behind the guard, the real face that takes them, and the page in Chromium."""

import threading
import time
from collections.abc import Callable

import pytest

from ohlora import personas
from ohlora.errors import InputError
from ohlora.server.living_face import LivingFace

from .conftest import Running, Tab, eventually
from .pictures import moving

OpenTab = Callable[..., Tab]


def test_her_face_is_set_measured_and_let_go(server: Running) -> None:
    face = server.home.face
    with server.socket("/ws/face") as one:
        one.send(type="controls")
        controls = one.until("controls")
        assert controls["attributes"]["eyes"] == {"low": -2.0, "high": 1.5, "rest": 0.25}
        assert list(controls["presets"]["eyes"]) == ["작게", "보통", "크게", "아주 크게"]
        assert controls["posed"] is None
        one.send(type="pose", scores={"eyes": 1, "yaw": -0.5})
        one.send(type="measure")
        assert one.until("measured")["scores"] == {"eyes": 1.0, "yaw": -0.5, "roll": 0.5}
        assert face.posed == {"eyes": 1.0, "yaw": -0.5}
        assert face.measured_in[0] is not server.thread  # not on the event loop
        one.send(type="pose", scores=None)
        one.send(type="controls")
        assert one.until("controls")["posed"] is None


def test_a_client_that_goes_lets_her_face_go(server: Running) -> None:
    with server.socket("/ws/face") as other:
        with server.socket("/ws/face") as one:
            one.send(type="pose", scores={"eyes": 1})
            one.send(type="measure")
            one.until("measured")
        for _ in range(100):
            other.send(type="controls")
            if other.until("controls")["posed"] is None:
                return
        pytest.fail("her face stays as the client that went had set it")


@pytest.mark.parametrize(
    "scores",
    ["1", [1], {"eyes": "1"}, {"eyes": True}, {"eyes": None}, {"eyes": 1e300}, {str(n): 0 for n in range(33)}],
)
def test_scores_that_are_none_are_refused(server: Running, scores: object) -> None:
    with server.socket("/ws/face") as one:
        one.send(type="pose", scores=scores)
        assert "object of finite numbers" in one.until("error")["en"]
    assert server.home.face.posed is None


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_refused(server: Running, number: str) -> None:
    with server.socket("/ws/face") as one:
        one.connection.send(f'{{"type": "pose", "scores": {{"eyes": {number}}}}}')
        assert "finite numbers" in one.until("error")["en"]
        one.send(type="pose", scores={"eyes": 1.99, "yaw": 2.01})
        assert "reach" in one.until("error")["en"]
    assert server.home.face.posed is None


def test_the_real_face_takes_what_she_reaches_and_says_what_is_measured(request: pytest.FixtureRequest) -> None:
    face = LivingFace(personas.load("ohlora"))
    request.addfinalizer(face.close)  # a thread that draws when the process ends would end it badly
    for call in (face.controls, face.measure, lambda: face.pose({"eyes": 0})):
        with pytest.raises(InputError, match="still loading"):
            call()
    face.load(lambda share: None)
    controls = face.controls()
    eyes = controls["attributes"]["eyes"]
    assert eyes["low"] < -2 < eyes["rest"] < eyes["high"]
    for labels in controls["presets"].values():
        for scores in labels.values():
            face.pose(scores)
    assert controls["presets"]["eyes"]["보통"] == {"eyes": eyes["rest"]}
    own = face.picture(0.0, calm=True)
    face.pose({"eyes": 1.0, "yaw": 0.5})
    measured = face.measure()  # draws it; on a busy machine a neighbour would stand in for it
    assert face.picture(0.0, calm=False) == face.picture(7.7, calm=True) != own  # no drift, no blinks while she is set
    assert measured["asked"]["eyes"] == 1.0
    assert measured["scores"]["eyes"] == pytest.approx(1.0, abs=0.35)
    assert measured["scores"]["yaw"] == pytest.approx(0.5, abs=0.35)
    assert "roll" in measured["scores"]
    for scores in ({"eyes": eyes["high"] + 0.1}, {"eyes": eyes["low"] - 0.1}):
        with pytest.raises(InputError, match="beyond her reach"):
            face.pose(scores)
    with pytest.raises(InputError, match="has no 'nose'"):
        face.pose({"nose": 0})
    assert face.controls()["posed"]["eyes"] == 1.0
    face.speaking()
    assert face.controls()["posed"] is None
    face.close()


# ── in Chromium ──────────────────────────────────────────────────────────────


def opened(server: Running, tab: OpenTab, **options: object) -> Tab:
    server.home.face.image = moving
    server.home.face.frames_per_second = 10
    one = tab(f"http://{server.host}/", **options)
    one.wait_state("idle")
    one.page.click("#face-open")
    one.wait("document.querySelectorAll('.score').length === 5")
    return one


def test_sliders_presets_and_reset_with_the_keyboard_alone(server: Running, tab: OpenTab) -> None:
    one = opened(server, tab)
    page = one.page
    assert one.texts("#face-panel .preset-name") == ["눈", "입", "고개", "미소"]
    assert one.texts(".preset[aria-pressed=true]") == ["보통", "보통", "없음", "약간"]
    page.focus("#score-eyes")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    one.wait("document.querySelector('.score-row .measured').textContent === '잰 값 +0.45'")
    assert server.home.face.posed == pytest.approx({"eyes": 0.45})
    assert page.get_attribute("#score-eyes", "aria-valuetext") == "+0.45 σ"
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    one.wait("document.querySelector('.asked').textContent === '+1.50 σ'")
    page.focus(".preset[data-part=smile][data-label=활짝]")
    page.keyboard.press("Enter")
    one.wait("document.querySelector('#score-smile').value === '1.15'")
    assert one.texts(".preset[aria-pressed=true]") == ["아주 크게", "보통", "없음", "활짝"]
    assert eventually(lambda: server.home.face.posed == pytest.approx({"eyes": 1.5, "smile": 1.15}))
    page.focus("#face-reset")
    page.keyboard.press("Enter")
    one.wait("document.querySelector('.asked').textContent === '+0.25 σ'")
    assert eventually(lambda: server.home.face.posed is None)
    page.keyboard.press("Escape")
    assert page.is_hidden("#face-panel")
    assert page.evaluate("document.activeElement.id") == "face-open"
    assert page.get_attribute("#face-open", "aria-expanded") == "false"


def test_when_she_speaks_the_panel_goes_back(server: Running, tab: OpenTab) -> None:
    one = opened(server, tab)
    one.page.click(".preset[data-part=eyes][data-label=크게]")
    one.wait("document.querySelector('.asked').textContent === '+1.05 σ'")
    one.page.fill("#message", "안녕")
    one.page.keyboard.press("Enter")
    one.wait("document.querySelector('.asked').textContent === '+0.25 σ'")


def test_what_is_refused_is_said_in_the_panel(server: Running, tab: OpenTab) -> None:
    one = opened(server, tab, locale="en-US")
    server.home.face.measure = _cannot_measure  # type: ignore[method-assign]
    one.page.click(".preset[data-part=mouth][data-label=크게]")
    one.wait("document.querySelector('#face-note').textContent.includes('no single face')")
    assert one.page.locator("#face-note").evaluate("e => e.classList.contains('bad')")


def _cannot_measure() -> dict[str, object]:
    raise InputError("there is no single face in the picture", "얼굴이 하나가 아닙니다")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844), (360, 640)])
def test_the_panel_fits_in_both_themes_and_leaves_her_visible(
    server: Running, tab: OpenTab, scheme: str, width: int, height: int
) -> None:
    one = opened(server, tab, color_scheme=scheme, viewport={"width": width, "height": height}, locale="en-US")
    box = one.page.locator("#face-panel").bounding_box()
    her = one.page.locator(".portrait").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width + 1
    assert box["y"] + box["height"] <= height + 1
    beside, below = box["x"] >= her["x"] + her["width"], box["y"] >= her["y"] + 0.75 * her["height"]
    assert beside or below
    assert not one.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert one.page.evaluate(
        "document.querySelector('#face-panel').scrollWidth <= document.querySelector('#face-panel').clientWidth"
    )
    assert "Reset" in one.texts("#face-reset")


def test_measuring_does_not_hold_up_the_pictures_and_the_last_word_counts(server: Running) -> None:
    waiting = threading.Event()
    face = server.home.face

    def measure() -> dict[str, object]:
        asked = dict(face.posed or {})
        assert waiting.wait(5)
        return {"asked": asked, "scores": {}}

    face.measure = measure  # type: ignore[method-assign]
    with server.socket("/ws/face") as one:
        one.send(type="measure")
        one.send(type="look", calm=False)
        for sequence in (1, 2, 3):
            assert isinstance(one.receive(), bytes)
            one.send(type="ack", sequence=sequence)
        for score in (0.5, 1):
            one.send(type="pose", scores={"eyes": score})
            one.send(type="measure")
        one.send(type="controls")
        one.until("controls")
        waiting.set()
        assert one.until("measured")["asked"] == {}
        assert one.until("measured")["asked"] == {"eyes": 1.0}
    for _ in range(100):
        if not server.home.face.posed:
            break
        time.sleep(0.02)
    assert server.home.face.posed is None
