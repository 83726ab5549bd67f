# ruff: noqa: F811 (fixtures of another module)
"""What was chosen in the page outlives a restart: the language model, how lively she idles, the size of her picture."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from ohlora import personas
from ohlora.errors import MissingError
from ohlora.face.mobile_stylegan import SIZES
from ohlora.language.engines import EngineError
from ohlora.language.engines.openai import OpenAIEngine
from ohlora.server import remembered, resident

from .conftest import Running, Tab, eventually
from .test_api import call, own_data  # noqa: F401 (fixtures)
from .test_panel import opened

Call = Callable[..., httpx.Response]
OpenTab = Callable[..., Tab]
SERVER = "http://127.0.0.1:9/v1"


@pytest.fixture
def nothing_ships(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """No engine is opened: what should be opened is noted, and the one that ships is a server that nobody asks."""
    opened: list[str | None] = []

    def open_engine(llm: str | None = None, *, persona: object = None, key: str | None = None) -> OpenAIEngine:
        opened.append(llm)
        if llm and "broken" in llm:
            raise EngineError(f"{llm} is no GGUF file", f"{llm}은(는) GGUF 파일이 아닙니다")
        return OpenAIEngine(SERVER, key=key)

    monkeypatch.setattr("ohlora.language.engines.open_engine", open_engine)
    monkeypatch.setattr("ohlora.language.tasks.warm_up", lambda *_: None)
    monkeypatch.setattr("ohlora.models.ensure", lambda _: None)
    monkeypatch.setattr("ohlora.server.living_face.LivingFace.load", lambda self, progress, size=None: None)
    return opened


def moved_in(words: resident.Words) -> resident.Resident:
    home = resident.Resident(personas.load(), words)
    home.start(lambda: None)
    assert eventually(lambda: home.parts["language"].ready)
    return home


def test_nothing_chosen_is_the_model_that_ships(own_data: Path) -> None:
    assert resident.words_from(None) == resident.Words(given=False)
    assert remembered.face() == remembered.FaceSettings(1.0, 512)


def test_the_choice_of_the_page_is_taken_up_and_the_command_line_goes_before_it(own_data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.touch()
    remembered.keep_llm(f"{SERVER}#small")
    remembered.keep_key(SERVER, "secret-key")
    assert resident.words_from(None) == resident.Words(f"{SERVER}#small", "secret-key", given=False)
    assert resident.words_from(str(other)) == resident.Words(str(other))
    remembered.keep_llm(None)
    assert resident.words_from(None).llm is None
    assert remembered.keys() == {SERVER: "secret-key"}
    assert "secret-key" not in (own_data / "settings.json").read_text()


def test_the_key_of_the_environment_goes_to_no_server_that_the_page_chose(
    own_data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OHLORA_LLM_KEY", "key-of-the-environment")
    remembered.keep_llm(SERVER)
    assert resident.words_from(None).key == ""
    assert resident.words_from(SERVER).key is None  # which is that of the environment


def test_a_file_that_has_gone_is_one_sentence_and_the_model_that_ships(own_data: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone.gguf"
    remembered.keep_llm(str(gone))
    words = resident.words_from(None)
    assert words.llm is None
    assert words.refused
    assert words.refused.en == (
        f"the model chosen last cannot be used, so the one that ships speaks: {gone} is not there any more"
    )
    assert str(gone) in words.refused.ko
    assert resident.Resident(personas.load(), words).parts["language"].shown()["refused"]["ko"] == words.refused.ko
    assert remembered.llm() == str(gone)  # a disk that is only away may come back
    gone.touch()
    assert resident.words_from(None).llm == str(gone)
    with pytest.raises(MissingError):
        resident.words_from(str(tmp_path / "named.gguf"))  # what the command line names has to be there


def test_a_file_that_cannot_be_loaded_does_not_keep_her_from_speaking(
    own_data: Path,
    tmp_path: Path,
    nothing_ships: list[str | None],
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.touch()
    remembered.keep_llm(str(broken))
    home = moved_in(resident.words_from(None))
    assert nothing_ships == [str(broken), None]
    assert home.llm is None
    assert "is no GGUF file" in home.parts["language"].shown()["refused"]["en"]
    home.close()


def test_only_what_could_be_loaded_is_remembered(
    own_data: Path, tmp_path: Path, nothing_ships: list[str | None]
) -> None:
    home = moved_in(resident.Words(given=False))
    for llm in (str(tmp_path / "broken.gguf"), str(tmp_path / "good.gguf")):
        done = home.generation
        home.reopen(llm=llm, key="", remember=True)
        assert eventually(lambda done=done: home.generation > done and home.parts["language"].ready)
    assert remembered.llm() == str(tmp_path / "good.gguf")
    home.reopen(llm=SERVER)  # a card was taken over, say: nothing was chosen
    assert eventually(lambda: home.llm == SERVER and home.parts["language"].ready)
    assert remembered.llm() == str(tmp_path / "good.gguf")
    home.close()


@pytest.mark.parametrize("text", ["", "[]", "nonsense", '{"llm": 7, "face": 3}', '{"llm": "", "face": {"idle": true, "size": 100}}',
                                  '{"face": {"idle": NaN, "size": "512"}}', '{"face": {"idle": -1, "size": null}}'])  # fmt: skip
def test_a_damaged_file_counts_as_nothing_chosen(own_data: Path, text: str) -> None:
    (own_data / "settings.json").write_text(text)
    assert (remembered.llm(), remembered.face()) == (None, remembered.FaceSettings())


def test_a_choice_of_the_page_asks_to_be_remembered(server: Running, call: Call) -> None:
    assert call("PUT", "/api/llm", json={"kind": "server", "server": {"address": SERVER}}).status_code == 202
    assert server.home.remembers == [True]


# ── her face ─────────────────────────────────────────────────────────────────


def test_the_face_is_set_and_every_page_is_told(server: Running, call: Call) -> None:
    with server.chat() as other:
        assert other.hello["state"]["face"] == {"idle": 1.0, "size": 512, "progress": None, "error": None}
        assert call("PUT", "/api/face", json={"idle": 0.5}).json()["idle"] == 0.5
        assert other.until("state")["face"]["idle"] == 0.5
    assert call("GET", "/api/face").json() == {"idle": 0.5, "size": 512, "progress": None, "error": None}
    for body in ({"idle": -0.1}, {"idle": 2.1}, {"idle": "x"}, {"size": 500}, {"size": "512px"}, {"size": 1024}, []):
        answer = call("PUT", "/api/face", json=body)
        assert answer.status_code in {400, 422}, body
        assert answer.json()["error"]["ko"]
    bad = call("PUT", "/api/face", content=b'{"idle": NaN}', headers={"Content-Type": "application/json"})
    assert bad.status_code == 422
    assert server.home.face_settings["idle"] == 0.5


def test_the_real_face_changes_size_while_she_is_seen(own_data: Path) -> None:
    from PIL import Image

    def seen() -> tuple[int, int]:
        import io

        return Image.open(io.BytesIO(home.face.picture(time.time(), False))).size

    assert remembered.SIZES == SIZES
    remembered.keep_face(remembered.FaceSettings(0.5, 512))
    home = resident.Resident(personas.load(), resident.Words(SERVER, ""))
    home.start(lambda: None)
    assert eventually(lambda: home.parts["face"].ready, 60)
    assert home.face_settings == {"idle": 0.5, "size": 512, "progress": None, "error": None}
    assert seen() == (512, 512)
    home.set_face(0.0, 256)
    assert seen() == (512, 512)  # until the other is ready
    with pytest.raises(Exception, match="wait a moment"):
        home.set_face(None, 512)
    assert eventually(lambda: home.face_settings["progress"] is None, 60)
    assert home.face_settings == {"idle": 0.0, "size": 256, "progress": None, "error": None}
    assert seen() == (256, 256)
    assert json.loads((own_data / "settings.json").read_text()) == {"face": {"idle": 0.0, "size": 256}}
    home.close()


def test_the_panel_sets_movement_and_size(server: Running, tab: OpenTab) -> None:
    one = opened(server, tab, locale="en-US")
    other = opened(server, tab)
    page = one.page
    assert one.texts("#face-sizes [aria-pressed=true]") == ["512²"]
    assert one.texts("#face-idle-value") == ["100 %"]
    page.focus("#face-idle")
    page.keyboard.press("Home")
    one.wait("document.getElementById('face-idle-value').textContent === 'still'")
    assert eventually(lambda: server.home.face_settings["idle"] == 0)
    other.wait("document.getElementById('face-idle-value').textContent === '가만히'")
    page.keyboard.press("ArrowRight")
    one.wait("document.getElementById('face-idle').getAttribute('aria-valuetext') === '25 %'")
    page.click("[data-size='256']")
    one.wait("document.querySelector('#face-sizes [aria-pressed=true]').textContent === '256²'")
    assert eventually(lambda: server.home.face_settings == {"idle": 0.25, "size": 256, "progress": None, "error": None})
    page.click("[data-size='1024']")
    one.wait("document.getElementById('face-note').textContent.includes('no room')")
    assert one.texts("#face-sizes [aria-pressed=true]") == ["256²"]
    one.complaints.clear()  # the browser notes the refused request
    page.reload()
    one.wait_state("idle")
    page.click("#face-open")
    one.wait("document.getElementById('face-idle-value').textContent === '25 %'")


def test_where_motion_is_reduced_the_panel_says_so(server: Running, tab: OpenTab) -> None:
    one = opened(server, tab, reduced_motion="reduce")
    assert "움직임을 줄이도록" in one.texts("#face-idle-note")[0]


def test_a_model_that_could_not_be_taken_up_is_said_above_the_box(start: Callable[..., Running], tab: OpenTab) -> None:
    server = start()
    server.home.parts["language"].refused = MissingError("x.gguf is gone", "x.gguf 파일이 없습니다")
    one = opened(server, tab)
    assert one.texts("#notice") == ["x.gguf 파일이 없습니다"]
