"""The conversation over /ws/chat: the whole turn, everybody told, bad inputs answered with a sentence, nothing left behind."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from ohlora.conversation.limits.keeping import Limit

from .conftest import Running, Socket, eventually
from .fakes import LABELS, WORDS, FakeHome


def turn(socket: Socket, text: str, id: str = "t1") -> list[dict[str, Any]]:
    """Sends a message; everything that is heard until she is idle again."""
    socket.send(type="say", turn=id, text=text)
    heard: list[dict[str, Any]] = []
    while not heard or heard[-1].get("state") != "idle":
        heard.append(socket.receive())
    return heard


def test_hello_says_who_is_there(server: Running) -> None:
    with server.chat() as chat:
        assert chat.hello["persona"]["shown"] == "오로라"
        assert chat.hello["protocol"] == 1
        assert chat.hello["max_characters"] == 4000
        assert chat.hello["turns"] == []
        assert chat.hello["turn"] is None
        assert chat.hello["state"]["state"] == "idle"
    assert server.get("/api/status").json()["state"] == "idle"


def test_a_turn_in_order(server: Running) -> None:
    with server.chat() as chat:
        heard = turn(chat, " 안녕? ")
    kinds = [m["state"] if m["type"] == "state" else m["type"] for m in heard]
    assert kinds == [
        "thinking",
        "accepted",
        "token",
        "speaking",
        *["token"] * 4,
        "reply",
        "expression",
        "finished",
        "idle",
    ]
    by_type = {message["type"]: message for message in heard}
    assert by_type["accepted"]["text"] == "안녕?"
    assert [m["text"] for m in heard if m["type"] == "token"] == WORDS
    assert by_type["reply"]["text"] == "".join(WORDS)
    assert by_type["reply"]["ended_by"] == "stop"
    assert by_type["expression"]["labels"] == LABELS
    assert by_type["finished"]["kept"]["message"] == "안녕?"
    assert by_type["finished"]["timing"] == {"first_token_s": 0.1, "total_s": 0.2, "tokens": 5}
    assert server.home.face.told == ["thinking", "speaking", "stop", LABELS, "silent"]


def test_a_limit_is_told_before_her_words_and_kept(server: Running) -> None:
    server.home.speaker.limit = Limit("politics", "strict", 0.7)
    with server.chat() as chat:
        heard = turn(chat, "누구 찍을 거야?")
    kinds = [m["type"] for m in heard]
    assert kinds.index("limited") < kinds.index("token")
    by_type = {message["type"]: message for message in heard}
    assert by_type["limited"]["limit"] == {
        "category": "politics", "level": "strict", "probability": 0.7, "helplines": [],
    }  # fmt: skip
    assert by_type["finished"]["kept"]["limit"] == {"category": "politics", "helplines": []}
    with server.chat() as chat:
        assert chat.hello["turns"][-1]["limit"] == {"category": "politics", "helplines": []}


def test_kept_turns_are_there_after_a_reload(server: Running) -> None:
    with server.chat() as chat:
        turn(chat, "하나", "t1")
        turn(chat, "둘", "t2")
    with server.chat() as chat:
        assert [kept["message"] for kept in chat.hello["turns"]] == ["하나", "둘"]
        assert chat.hello["accepted"] == ["t1", "t2"]


def test_every_page_is_told_everything(server: Running) -> None:
    with server.chat() as one, server.chat() as other:
        heard = turn(one, "안녕?")
        assert [other.receive() for _ in heard] == heard


def test_a_page_that_comes_in_mid_turn_gets_what_was_said(server: Running) -> None:
    speaker = server.home.speaker
    with server.chat() as one:
        speaker.hold.set()
        one.send(type="say", turn="t1", text="안녕?")
        one.until("accepted")
        speaker.allow.release()
        one.until("token")
        with server.chat() as other:
            current = other.hello["turn"]
            assert current["turn"] == "t1"
            assert current["message"] == "안녕?"
            speaker.hold.clear()
            assert current["reply"] == WORDS[0]
            rest = ""
            while (message := other.receive())["type"] != "reply":
                rest += message.get("text", "") if message["type"] == "token" else ""
            assert current["reply"] + rest == "".join(WORDS)


def test_the_same_message_sent_again_is_one_message(server: Running) -> None:
    with server.chat() as chat:
        turn(chat, "안녕?", "t1")
        chat.send(type="say", turn="t1", text="안녕?")
        turn(chat, "또 안녕?", "t2")
    assert server.home.speaker.heard == ["안녕?", "또 안녕?"]


def test_stop_ends_her_in_mid_sentence(server: Running) -> None:
    speaker = server.home.speaker
    with server.chat() as chat:
        speaker.hold.set()
        chat.send(type="say", turn="t1", text="안녕?")
        chat.until("accepted")
        start = time.monotonic()
        chat.send(type="stop")
        assert chat.until("reply")["ended_by"] == "cancelled"
        assert chat.until("finished")["kept"]["ended_by"] == "cancelled"
        assert time.monotonic() - start < 1
        chat.send(type="stop")  # there is nothing to stop any more
        speaker.hold.clear()
        assert turn(chat, "다시", "t2")[-1]["state"] == "idle"


def test_a_second_message_while_she_answers_is_refused(server: Running) -> None:
    speaker = server.home.speaker
    with server.chat() as chat:
        speaker.hold.set()
        chat.send(type="say", turn="t1", text="하나")
        chat.until("accepted")
        chat.send(type="say", turn="t2", text="둘")
        error = chat.until("error")
        assert error["turn"] == "t2"
        assert "still answering" in error["en"]
        assert "답하는 중" in error["ko"]
        speaker.hold.clear()
        chat.until("finished")
    assert speaker.heard == ["하나"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("\u200b\u0000\u0007\ufeff", "empty"),
        ("가" * 4001, "4,001 characters"),
        ("가" * 1_000_000, "1,000,000 characters"),
        ("x" * 1_048_576, "1,048,576 characters"),
    ],
)
def test_bad_messages_get_a_sentence_and_the_connection_stays(server: Running, text: str, sentence: str) -> None:
    with server.chat() as chat:
        chat.send(type="say", turn="t1", text=text)
        error = chat.until("error")
        assert sentence in error["en"]
        assert error["turn"] == "t1"
        assert error["ko"]
        assert turn(chat, "그래도 안녕?", "t2")[-1]["state"] == "idle"
    assert server.home.speaker.heard == ["그래도 안녕?"]


@pytest.mark.parametrize(
    "data",
    ["", "nonsense", "[]", "null", "7", '"say"', "{}", '{"type": 7}', '{"type": "open the door"}', '{"type": "say"}',
     '{"type": "say", "turn": "t1"}', '{"type": "say", "turn": "t1", "text": 7}', '{"type": "say", "turn": "", "text": "a"}',
     '{"type": "say", "turn": "../..", "text": "a"}', '{"type": "say", "turn": 7, "text": "a"}', "[" * 100_000, b"\x00\xff",
     r'{"type": "\ud800"}', r'{"type": ["\udfff"]}', '{"type": NaN}'],
)  # fmt: skip
def test_what_is_no_message_gets_a_sentence(server: Running, data: str | bytes) -> None:
    with server.chat() as chat:
        chat.connection.send(data)
        assert chat.until("error")["en"].startswith("the message was not understood")
        assert turn(chat, "안녕?", "t2")[-1]["state"] == "idle"


def test_emoji_and_control_characters(server: Running) -> None:
    with server.chat() as chat:
        heard = turn(chat, "안녕\x00\x1b[31m 👩‍👩‍👧‍👦🇰🇷\u202e <b>&amp;</b>")
        assert next(m for m in heard if m["type"] == "accepted")["text"] == "안녕 👩‍👩‍👧‍👦🇰🇷 <b>&amp;</b>"


def test_a_lone_surrogate_does_not_break_the_connection(server: Running) -> None:
    with server.chat() as chat:
        chat.connection.send(json.dumps({"type": "say", "turn": "t1", "text": "a\ud800b"}))
        assert chat.until("accepted")["text"] == "ab"


@pytest.mark.parametrize(
    ("text", "code", "words"), [("down", "engine", "does not answer"), ("bug", "internal", "kept")]
)
def test_a_failing_engine_is_one_sentence_and_she_can_be_asked_again(
    server: Running, text: str, code: str, words: str
) -> None:
    with server.chat() as chat:
        heard = turn(chat, text, "t1")
        error = next(message for message in heard if message["type"] == "error")
        assert (error["code"], error["turn"]) == (code, "t1")
        assert words in error["en"]
        assert "Traceback" not in error["en"]
        assert "ZeroDivisionError" not in error["en"]
        # The same message may be sent again, for it was not kept.
        assert "accepted" in [message["type"] for message in turn(chat, text, "t1")]
        assert turn(chat, "안녕?", "t3")[-2]["type"] == "finished"
    assert [kept.message for kept in server.home.kept] == ["안녕?"]


def test_while_loading_the_page_is_there_and_says_so(start: Callable[..., Running]) -> None:
    home = FakeHome(loading=True)
    server = start(home=home)
    home.parts["language"].progress = 0.4
    with server.chat() as chat:
        assert chat.hello["state"]["state"] == "loading"
        assert chat.hello["state"]["parts"]["language"] == {
            "ready": False,
            "progress": 0.4,
            "error": None,
            "refused": None,
        }
        chat.send(type="say", turn="t1", text="안녕?")
        assert "waking up" in chat.until("error")["en"]
        home.finish_loading()
        assert chat.until("state")["state"] == "idle"
        assert turn(chat, "안녕?", "t2")[-1]["state"] == "idle"


def test_a_client_that_vanishes_in_mid_turn_leaves_nothing_behind(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ohlora.server.talk._GRACE_S", 0.2)
    idle = server.tasks()
    speaker = server.home.speaker
    speaker.hold.set()
    chat = server.chat()
    chat.send(type="say", turn="t1", text="안녕?")
    chat.until("accepted")
    chat.connection.socket.close()
    assert eventually(lambda: speaker.cancelled.is_set() and speaker.active == 0)
    assert eventually(lambda: server.tasks() == idle)
    assert server.home.face.told[-1] == "silent"
    assert server.get("/api/status").json()["state"] == "idle"


def test_a_reload_in_mid_turn_does_not_stop_her(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ohlora.server.talk._GRACE_S", 0.5)
    speaker = server.home.speaker
    speaker.hold.set()
    with server.chat() as chat:
        chat.send(type="say", turn="t1", text="안녕?")
        chat.until("accepted")
    with server.chat() as chat:
        time.sleep(0.7)
        speaker.hold.clear()
        assert chat.until("reply")["ended_by"] == "stop"


def test_fifty_pages_come_and_go(server: Running) -> None:
    idle = server.tasks()
    for _ in range(50):
        server.socket("/ws/chat").close()
        server.socket("/ws/face").close()
    assert eventually(lambda: server.tasks() == idle)
    with server.chat() as chat:
        assert turn(chat, "안녕?")[-1]["state"] == "idle"


def test_a_page_that_reads_nothing_does_not_hold_up_the_others(server: Running) -> None:
    with server.chat(), server.chat() as reader:
        for n in range(30):
            assert turn(reader, "안녕?", f"t{n}")[-1]["state"] == "idle"


def test_shutdown_within_three_seconds_with_clients_in_mid_turn() -> None:
    home = FakeHome()
    running = Running(home)
    home.speaker.hold.set()
    chat = running.chat()
    face = running.socket("/ws/face")
    face.send(type="look", calm=False)
    chat.send(type="say", turn="t1", text="안녕?")
    chat.until("accepted")
    start = time.monotonic()
    running.stop()
    assert time.monotonic() - start < 3
    assert home.closed
    assert home.speaker.active == 0
    assert [kept.ended_by for kept in home.kept] == ["cancelled"]
    chat.close()
    face.close()


# ── what was said is said again, or erased ───────────────────────────────────


def test_another_answer_takes_the_place_of_the_last(server: Running) -> None:
    with server.chat() as chat:
        first = next(m for m in turn(chat, "하나", "t1") if m["type"] == "finished")["kept"]
        chat.send(type="regenerate", turn="t2", of=first["id"])
        accepted = chat.until("accepted")
        assert (accepted["text"], accepted["replaces"]) == ("하나", first["id"])
        second = chat.until("finished")["kept"]
        assert second["id"] != first["id"]
        chat.until("state")
        chat.send(type="regenerate", turn="t3", of=first["id"])
        assert "gone on" in chat.until("error")["en"]
    with server.chat() as chat:
        assert [kept["id"] for kept in chat.hello["turns"]] == [second["id"]]


def test_a_message_is_said_another_way(server: Running) -> None:
    with server.chat() as chat:
        for n in (1, 2, 3):
            turn(chat, f"말 {n}", f"t{n}")
        second = server.home.kept[1].id
        chat.send(type="edit", turn="e1", of=second, text=" 다른 말 ")
        assert chat.until("accepted")["replaces"] == second
        chat.until("finished")
        chat.until("state")
        for bad in ({"of": 99, "text": "x"}, {"of": second, "text": ""}, {"of": "2", "text": "x"}, {"of": True, "text": "x"}, {"of": 1}):  # fmt: skip
            chat.send(type="edit", turn="e2", **bad)
            assert chat.until("error")["code"] == "refused"
    assert [kept.message for kept in server.home.kept] == ["말 1", "다른 말"]


def test_a_turn_is_erased_and_everybody_told(server: Running) -> None:
    with server.chat() as chat, server.chat() as other:
        for n in (1, 2):
            turn(chat, f"말 {n}", f"t{n}")
        first = server.home.kept[0].id
        chat.send(type="delete", of=first)
        assert chat.until("deleted")["turns"] == [first]
        assert other.until("deleted")["turns"] == [first]
        chat.send(type="delete", of=first)
        assert chat.until("error")["code"] == "refused"
    assert [kept.message for kept in server.home.kept] == ["말 2"]


def test_what_should_make_place_is_there_again_when_the_engine_fails(server: Running) -> None:
    with server.chat() as chat:
        turn(chat, "하나", "t1")
        chat.send(type="edit", turn="e1", of=server.home.kept[0].id, text="down")
        assert chat.until("error")["turn"] == "e1"
        assert [kept["message"] for kept in chat.until("history")["turns"]] == ["하나"]


def test_nothing_is_replaced_or_erased_while_she_answers(server: Running) -> None:
    with server.chat() as chat:
        turn(chat, "하나", "t1")
        of = server.home.kept[0].id
        server.home.speaker.hold.set()
        chat.send(type="say", turn="t2", text="둘")
        chat.until("accepted")
        for message in (
            {"type": "regenerate", "turn": "r"},
            {"type": "edit", "turn": "e", "text": "x"},
            {"type": "delete"},
        ):
            chat.send(**message, of=of)
            assert "still answering" in chat.until("error")["en"]
        server.home.speaker.hold.clear()
        chat.until("finished")
