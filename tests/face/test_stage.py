"""The stage: one drawing a state, bounded memory, the nearest state while the language model works."""

import threading

import numpy as np
from numpy.typing import NDArray

from ohlora.face.frames import jpeg
from ohlora.face.stage import Stage


class FakeGenerator:
    """Paints the latent's first numbers; counts its drawings."""

    def __init__(self) -> None:
        self.drawn = 0

    def pixels(self, w: NDArray, size: int | None = None) -> NDArray[np.uint8]:
        self.drawn += 1
        pixels = np.zeros((size or 64, size or 64, 3), np.uint8)
        pixels[..., 0] = np.uint8(np.clip(w[0, 0] * 50 + 100, 0, 255))
        return pixels


def at(scores: dict[str, float]) -> NDArray[np.float32]:
    return np.array([[scores["eyes"], scores["yaw"]]], np.float32)


def stage(**options: int) -> tuple[Stage, FakeGenerator]:
    generator = FakeGenerator()
    return Stage(generator, at, size=64, **options), generator


def test_a_state_is_drawn_once() -> None:
    shown, generator = stage()
    first = shown.frame({"eyes": 1.0, "yaw": 0.2})
    again = shown.frame({"yaw": 0.2004, "eyes": 1.01})
    other = shown.frame({"eyes": -1.0, "yaw": 0.2})
    assert first is again
    assert first != other
    assert generator.drawn == 2
    assert (shown.counters.hits, shown.counters.drawn) == (1, 2)
    assert first.startswith(b"\xff\xd8")


def test_memory_is_bounded_and_the_least_used_goes_first() -> None:
    shown, generator = stage(capacity=5000)
    for number in range(40):
        shown.frame({"eyes": 0.0, "yaw": 0.0})
        shown.frame({"eyes": 1.0, "yaw": number / 10})
        assert shown._bytes <= 5000
    before = generator.drawn
    shown.frame({"eyes": 0.0, "yaw": 0.0})
    assert generator.drawn == before, "what is shown all the time stays"
    shown.frame({"eyes": 1.0, "yaw": 0.0})
    assert generator.drawn == before + 1, "what was not shown for long went"


def test_while_busy_the_nearest_state_is_shown_and_never_a_far_one() -> None:
    shown, generator = stage()
    near = shown.frame({"eyes": 0.0, "yaw": 0.0})
    shown.busy = True
    assert shown.frame({"eyes": 0.2, "yaw": 0.1}) is near
    assert generator.drawn == 1
    assert shown.counters.nearest == 1
    assert shown.frame({"eyes": 3.0, "yaw": 0.1}) is not near
    assert generator.drawn == 2
    shown.busy = False
    assert shown.frame({"eyes": 0.2, "yaw": 0.1}) is not near


def test_states_can_be_drawn_ahead_and_that_can_be_stopped() -> None:
    shown, generator = stage()
    states = [{"eyes": 0.0, "yaw": n / 10} for n in range(10)]
    assert shown.prefetch(states, stop=lambda: generator.drawn >= 4) == 4
    assert shown.prefetch(states, stop=lambda: False) == 6
    for state in states:
        shown.frame(state)
    assert generator.drawn == 10


def test_many_threads_draw_a_state_once() -> None:
    shown, generator = stage()
    threads = [threading.Thread(target=lambda: shown.frame({"eyes": 0.0, "yaw": 0.0})) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert generator.drawn == 1


def test_jpeg_is_rgb_and_deterministic() -> None:
    import cv2

    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[..., 0] = 200
    data = jpeg(pixels)
    assert data == jpeg(pixels)
    blue, green, red = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[16, 16]
    assert red > 180
    assert max(int(green), int(blue)) < 30
