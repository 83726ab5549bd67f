"""Pictures over /ws/face: header, acknowledgements, never more than two on the way, nothing drawn for nobody."""

import itertools
import time
from collections.abc import Callable

import pytest

from ohlora.server import protocol

from .conftest import Running, Socket
from .fakes import FakeHome


def frames(socket: Socket, n: int, acknowledge: bool = True) -> list[tuple[int, float, bytes]]:
    taken = []
    while len(taken) < n:
        data = socket.receive()
        assert isinstance(data, bytes)
        taken.append(protocol.read_frame(data))
        if acknowledge:
            socket.send(type="ack", sequence=taken[-1][0])
    return taken


def nothing_comes(socket: Socket, seconds: float = 0.3) -> bool:
    try:
        socket.receive(seconds)
    except TimeoutError:
        return True
    return False


def test_frames_are_numbered_timed_and_recent(server: Running) -> None:
    with server.socket("/ws/face") as face:
        face.send(type="look", calm=False)
        taken = frames(face, 20)
        age = time.time() - taken[-1][1]
    assert [sequence for sequence, _, _ in taken] == list(range(1, 21))
    assert all(a[1] < b[1] for a, b in itertools.pairwise(taken))
    assert -0.01 < age < 0.5
    assert taken[0][2].startswith(b"picture ")


def test_header_bytes_are_as_documented() -> None:
    data = protocol.frame(258, 1.5, b"\xff\xd8")
    assert data == b"\x02\x01\x00\x00" + b"\x00\x00\x00\x00\x00\x00\xf8\x3f" + b"\xff\xd8"
    assert protocol.read_frame(data) == (258, 1.5, b"\xff\xd8")


def test_a_slow_reader_never_has_more_than_two_frames_waiting(server: Running) -> None:
    with server.socket("/ws/face") as face:
        face.send(type="look", calm=False)
        assert [f[0] for f in frames(face, 2, acknowledge=False)] == [1, 2]
        assert nothing_comes(face)
        drawn = len(server.home.face.drawn)
        time.sleep(0.3)
        assert len(server.home.face.drawn) == drawn  # nobody can take a picture, so none is drawn
        face.send(type="ack", sequence=1)
        assert frames(face, 1, acknowledge=False)[0][0] == 3
        assert nothing_comes(face)
        before = time.time()
        face.send(type="ack", sequence=3)
        taken = frames(face, 2, acknowledge=False)
        assert [f[0] for f in taken] == [4, 5]
        assert taken[0][1] > before - 0.05  # late frames were dropped, not kept: this one is new
        assert nothing_comes(face)


@pytest.mark.parametrize("sequence", [-1, 0, 3, 99, 2**40])
def test_acknowledging_what_was_not_sent_brings_nothing(server: Running, sequence: int) -> None:
    with server.socket("/ws/face") as face:
        face.send(type="look", calm=False)
        frames(face, 2, acknowledge=False)
        face.send(type="ack", sequence=sequence)
        assert nothing_comes(face)


def test_a_slow_viewer_does_not_slow_a_quick_one(server: Running) -> None:
    with server.socket("/ws/face") as slow, server.socket("/ws/face") as quick:
        slow.send(type="look", calm=False)
        quick.send(type="look", calm=False)
        start = time.monotonic()
        frames(quick, 40)
        assert time.monotonic() - start < 2
        assert len(frames(slow, 2, acknowledge=False)) == 2
        assert nothing_comes(slow)


def test_viewers_of_one_view_share_the_pictures(server: Running) -> None:
    server.home.face.frames_per_second = 20
    with server.socket("/ws/face") as one, server.socket("/ws/face") as other:
        one.send(type="look", calm=False)
        other.send(type="look", calm=False)
        for _ in range(10):
            frames(one, 1)
            frames(other, 1)
        assert len(server.home.face.drawn) <= 12


def test_nothing_is_drawn_before_looking_nor_while_away_nor_after(server: Running) -> None:
    face = server.home.face
    with server.socket("/ws/face") as socket:
        time.sleep(0.2)
        assert not face.drawn
        socket.send(type="look", calm=False)
        frames(socket, 3)
        socket.send(type="away")
        time.sleep(0.1)
        drawn = len(face.drawn)
        time.sleep(0.2)
        assert len(face.drawn) == drawn
        socket.send(type="look", calm=False)
        frames(socket, 3)
    time.sleep(0.1)
    drawn = len(face.drawn)
    time.sleep(0.2)
    assert len(face.drawn) == drawn


def test_the_rate_is_kept(server: Running) -> None:
    server.home.face.frames_per_second = 25
    with server.socket("/ws/face") as face:
        face.send(type="look", calm=False)
        start = time.monotonic()
        frames(face, 26)
        assert time.monotonic() - start > 0.9


def test_calm_viewers_get_calm_pictures_and_only_changes(server: Running) -> None:
    still = b"still"
    server.home.face.image = lambda moment: still
    with server.socket("/ws/face") as face:
        face.send(type="look", calm=True)
        frames(face, 1)
        assert nothing_comes(face)
        assert all(calm for _, calm in server.home.face.drawn)
        face.send(type="away")
        face.send(type="look", calm=True)
        assert frames(face, 1)[0][2] == still  # after a pause the picture comes although it is the same


def test_clock(server: Running) -> None:
    with server.socket("/ws/face") as face:
        face.send(type="clock", sent=12.5)
        answer = face.until("clock")
        assert answer["sent"] == 12.5
        assert abs(answer["time"] - time.time()) < 1


@pytest.mark.parametrize("data", ["", "{}", "[1]", '{"type": "ack"}', '{"type": "ack", "sequence": "1"}',
                                  '{"type": "ack", "sequence": true}', '{"type": "clock"}', '{"type": 1}', b"\x00",
                                  '{"type": "clock", "sent": 1e999}', '{"type": "clock", "sent": NaN}', r'{"type": "\ud800"}'])  # fmt: skip
def test_what_is_no_message_gets_a_sentence(server: Running, data: str | bytes) -> None:
    with server.socket("/ws/face") as face:
        face.connection.send(data)
        assert face.until("error")["en"].startswith("the message was not understood")
        face.send(type="look", calm=False)
        frames(face, 2)


def test_pictures_begin_when_the_face_is_loaded(start: Callable[..., Running]) -> None:
    home = FakeHome(loading=True)
    server = start(home=home)
    with server.socket("/ws/face") as face:
        face.send(type="look", calm=False)
        assert nothing_comes(face, 0.2)
        home.finish_loading()
        frames(face, 3)


def test_a_face_that_cannot_be_drawn_is_said_and_words_go_on(server: Running) -> None:
    server.home.face.fails = True
    with server.chat() as chat, server.socket("/ws/face") as face:
        face.send(type="look", calm=False)
        assert chat.until("state")["parts"]["face"]["error"]["en"] == "no face"
        chat.send(type="say", turn="t1", text="안녕?")
        assert chat.until("reply")["text"]
