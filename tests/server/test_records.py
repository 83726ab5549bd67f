"""What is kept, looked at and changed: conversations and memory over /api, and their tabs in Chromium, on a real store."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from ohlora.conversation import Store
from ohlora.conversation.limits import lines
from ohlora.conversation.limits.keeping import Limit
from ohlora.memory.facts import Change

from .conftest import Running, Tab, eventually
from .fakes import LABELS
from .test_api import call, own_data  # noqa: F401 (fixtures)
from .test_drawers import OpenTab, drawer, opened, serious

Call = Callable[..., httpx.Response]
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def store(server: Running, tmp_path: Path) -> Iterator[Store]:
    one = Store(tmp_path / "conversations" / "ohlora.sqlite3")
    server.home.store = one
    for n, conversation in enumerate(("first", "now", "now")):
        one.add(conversation, f"말 {n}", "대답", "stop", LABELS, n)
    server.home.kept.extend(one.turns("now"))
    one.facts.put(
        [("반려동물", "고양이 나비", "나 고양이 키워. 이름은 나비야"), ("취미", "등산", HOSTILE)], extractor="test"
    )
    yield one
    one.close()


def facts(call: Call, **query: Any) -> dict[str, dict[str, Any]]:  # noqa: F811
    return {fact["key"]: fact for fact in call("GET", "/api/memory", params=query).json()["facts"]}


def test_conversations_are_listed_opened_named_and_erased(server: Running, store: Store, call: Call) -> None:  # noqa: F811
    listed = call("GET", "/api/conversations").json()
    assert (listed["current"], [one["turns"] for one in listed["conversations"]]) == ("now", [2, 1])
    with server.chat() as chat:
        call("POST", "/api/conversations/first/open")
        assert [turn["message"] for turn in chat.until("history")["turns"]] == ["말 0"]
        call("PUT", "/api/conversations/first", json={"name": "  첫   대화 "})
        assert call("GET", "/api/conversations").json()["conversations"][1]["name"] == "첫 대화"
        assert call("POST", "/api/conversations").status_code == 201
        assert chat.until("history")["turns"] == []
        call("DELETE", "/api/conversations/first")
    assert [one["id"] for one in call("GET", "/api/conversations").json()["conversations"]] == ["now"]
    assert json.loads(call("GET", "/api/conversations/now/file").text)["turns"][0]["message"] == "말 1"
    for method, path in (("POST", "/open"), ("DELETE", ""), ("GET", "/file")):
        assert call(method, f"/api/conversations/nobody{path}").status_code == 400


def test_conversations_stay_while_she_answers(server: Running, store: Store, call: Call) -> None:  # noqa: F811
    server.home.speaker.hold.set()
    with server.chat() as chat:
        chat.send(type="say", turn="t1", text="안녕?")
        chat.until("accepted")
        assert call("POST", "/api/conversations").status_code == 409
        assert call("DELETE", "/api/conversations/now").status_code == 409
        server.home.speaker.hold.clear()
        chat.until("finished")


def test_facts_are_told_corrected_pinned_forgotten(store: Store, call: Call) -> None:  # noqa: F811
    cat = facts(call)["반려동물"]
    assert cat["source"]["words"] == "나 고양이 키워. 이름은 나비야"
    better = call("PUT", f"/api/memory/{cat['id']}", json={"value": "고양이 나비, 세 살", "pinned": True}).json()
    assert (better["value"], better["pinned"]) == ("고양이 나비, 세 살", True)
    assert [line["what"] for line in call("GET", f"/api/memory/{better['id']}/history").json()["history"]][
        -1
    ] == "pinned"
    assert call("POST", "/api/memory", json={"key": "생일", "value": "3월 1일"}).status_code == 201
    assert set(facts(call)) == {"반려동물", "취미", "생일"}
    assert set(facts(call, search="등산")) == {"취미"}
    hobby = facts(call)["취미"]
    assert call("DELETE", f"/api/memory/{hobby['id']}").json() == {"id": hobby["id"]}
    assert "취미" not in facts(call, ended=True)
    for method, path, body in (("DELETE", "/api/memory/99999", None), ("PUT", "/api/memory/99999", {"value": "x"}),
                               ("POST", "/api/memory", {"key": "", "value": "x"}), ("POST", "/api/memory", {"key": "가" * 99, "value": "x"}),
                               ("DELETE", "/api/memory/-1", None), ("GET", "/api/memory/0/history", None)):  # fmt: skip
        answer = call(method, path, json=body) if body else call(method, path)
        assert answer.status_code in {400, 422}
        assert answer.json()["error"]["ko"]


def test_facts_go_out_and_come_in_again(store: Store, call: Call) -> None:  # noqa: F811
    file = call("GET", "/api/memory/file")
    assert file.headers["content-disposition"].startswith("attachment")
    before = facts(call)
    for fact in before.values():
        call("DELETE", f"/api/memory/{fact['id']}")
    assert facts(call) == {}
    assert call("POST", "/api/memory/file", json=file.json()).json() == {"new": 2, "known": 0}
    assert {key: fact["value"] for key, fact in facts(call).items()} == {
        key: fact["value"] for key, fact in before.items()
    }
    assert call("POST", "/api/memory/file", json={"facts": [{"key": 1}]}).status_code == 400


def test_the_tab_of_memory(server: Running, store: Store, tab: OpenTab) -> None:
    talk = opened(server, tab)
    drawer(talk, "memory", ".fact")
    assert talk.page.locator(".tab-memory q img").count() == 0
    assert HOSTILE in talk.texts(".tab-memory q")
    assert serious(talk) == []
    row = talk.page.locator(".rows li", has_text="등산")
    row.get_by_role("button", name="잊기").click()
    talk.wait("[...document.querySelectorAll('.rows li')].some(e => e.textContent.includes('잊는 중'))")
    talk.page.get_by_role("button", name="되돌리기").click()
    assert len(store.facts.all()) == 2
    row.get_by_role("button", name="고치기").click()
    row.locator("input").fill("암벽 등반")
    row.get_by_role("button", name="저장").click()
    talk.wait("[...document.querySelectorAll('.fact')].some(e => e.textContent.includes('암벽 등반'))")
    talk.page.locator(".rows li", has_text="나비").get_by_role("button", name="잊기").click()
    talk.page.keyboard.press("Escape")  # leaving is forgetting
    assert eventually(lambda: [fact.value for fact in store.facts.all()] == ["암벽 등반"])


def test_the_tab_of_conversations(server: Running, store: Store, tab: OpenTab) -> None:
    talk: Tab = opened(server, tab)
    assert talk.texts(".mine") == ["말 1", "말 2"]
    drawer(talk, "conversations", ".rows li")
    assert serious(talk) == []
    talk.page.locator(".rows li", has_text="말 0").get_by_role("button", name="이어서 하기").click()
    talk.wait(
        "document.querySelectorAll('.mine').length === 1 && document.querySelector('.mine').textContent === '말 0'"
    )
    drawer(talk, "conversations", ".rows li")
    row = talk.page.locator(".rows li", has_text="말 0")
    row.get_by_role("button", name="지우기").click()
    talk.page.click("#sure-yes")
    talk.wait("document.querySelectorAll('.rows li').length === 1")
    talk.wait("document.querySelectorAll('.mine').length === 2")
    talk.page.get_by_role("button", name="새 대화").click()
    talk.wait("document.querySelectorAll('.mine').length === 0")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_axe_finds_nothing_serious_in_memory_and_conversations(
    server: Running, store: Store, tab: OpenTab, theme: str, size: tuple[int, int]
) -> None:
    talk = opened(server, tab, color_scheme=theme, viewport={"width": size[0], "height": size[1]})
    found = {}
    for name, ready in (("conversations", ".rows li"), ("memory", ".fact")):
        drawer(talk, name, f".tab-{name} {ready}")
        found[name] = serious(talk)
        assert not talk.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert {view: problems for view, problems in found.items() if problems} == {}


def test_a_long_memory_stands_beside_its_icon_on_a_phone(server: Running, store: Store, tab: OpenTab) -> None:
    fact = replace(store.facts.all()[0], value="고양이 나비와 강아지 보리와 아주 이름이 긴 앵무새 한 마리")
    server.home.speaker.learns = (Change("recorded", fact),)
    talk = opened(server, tab, viewport={"width": 390, "height": 844})
    talk.page.fill("#message", "나 고양이 키워.")
    talk.page.press("#message", "Enter")
    talk.wait("document.querySelector('[data-act=unlearn]')")
    icon, told = (talk.page.locator(f".memo {part}").bounding_box() for part in (".icon", ".told"))
    assert icon
    assert told
    assert told["height"] > 2 * icon["height"] - 4, "it takes two lines"
    assert told["x"] >= icon["x"] + icon["width"]
    assert told["y"] <= icon["y"] <= told["y"] + told["height"]


def test_what_was_remembered_is_said_and_taken_back(server: Running, store: Store, tab: OpenTab) -> None:
    cat, hobby = sorted(store.facts.all(), key=lambda fact: fact.id)
    server.home.speaker.learns = (Change("recorded", cat), Change("ended", hobby))
    server.home.speaker.recalls = tuple(store.recall("취미가 뭐였지?").hits)
    server.home.speaker.limit = Limit("insult", "normal", 0.9)
    assert server.home.speaker.recalls
    talk = opened(server, tab)
    talk.page.fill("#message", "나 고양이 키워.")
    talk.page.press("#message", "Enter")
    talk.wait("document.querySelector('[data-act=unlearn]')")
    notes = talk.texts(".memo")
    assert notes[-1] == "기억했어요: 반려동물: 고양이 나비되돌리기"
    assert notes[0] == "오로라가 선을 지켰어요: 욕이나 미워하는 말", "nothing is declined in silence"
    assert notes[1].startswith("떠올렸어요: ")
    talk.page.click("[data-act=unlearn]")
    talk.wait("[...document.querySelectorAll('.memo')].some(e => e.textContent.startsWith('잊었어요'))")
    assert talk.page.is_hidden("[data-act=unlearn]")
    assert [fact.key for fact in store.facts.all()] == ["취미"]
    server.home.speaker.limit = Limit("self_harm", "off", 0.9, lines("죽고 싶어", "KR"))
    talk.page.fill("#message", "죽고 싶어")
    talk.page.press("#message", "Enter")
    talk.wait("document.querySelector('.memo.care')")
    assert talk.page.get_attribute(".memo.care a", "href") == "tel:109"
    talk.page.reload()
    talk.wait("document.querySelector('.memo.care')")
    assert "109" in talk.texts(".memo.care")[0], "still there when the page is opened again"
