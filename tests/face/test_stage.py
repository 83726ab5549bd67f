"""The stage: one drawing a state, bounded memory, a neighbour until a state is drawn, pictures kept for the next start."""

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ohlora.face.frames import jpeg, pixels
from ohlora.face.kept_frames import KeptFrames
from ohlora.face.stage import Stage


class FakeGenerator:
    """Paints the latent's first numbers; counts its drawings, and waits while `pause` is clear."""

    def __init__(self) -> None:
        self.drawn = 0
        self.latents: list[tuple[float, float]] = []
        self.waiting = False
        self.pause = threading.Event()
        self.pause.set()

    def pixels(self, w: NDArray, size: int | None = None) -> NDArray[np.uint8]:
        self.waiting = not self.pause.is_set()
        self.pause.wait()
        self.drawn += 1
        self.latents.append((float(w[0, 0]), float(w[0, 1])))
        pixels = np.zeros((size or 64, size or 64, 3), np.uint8)
        pixels[..., 0] = np.uint8(np.clip(w[0, 0] * 50 + 100, 0, 255))
        return pixels


def at(scores: dict[str, float]) -> NDArray[np.float32]:
    return np.array([[scores["eyes"], scores["yaw"]]], np.float32)


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def stage(**options: int) -> tuple[Stage, FakeGenerator]:
    generator = FakeGenerator()
    return Stage(generator, at, size=64, **options), generator


def test_a_picture_is_turned_by_what_its_scores_lean() -> None:
    def half(w: NDArray, size: int | None = None) -> NDArray[np.uint8]:
        picture = np.zeros((64, 64, 3), np.uint8)
        picture[32:] = 255
        return picture

    generator = FakeGenerator()
    generator.pixels = half  # type: ignore[method-assign]
    shown = Stage(generator, at, size=64, tilt=lambda scores: -10 * scores["yaw"])
    level, leaning = (pixels(shown.frame({"eyes": 0.0, "yaw": yaw})).astype(int)[..., 0] for yaw in (0.0, 1.0))
    assert abs(level[:, 5].sum() - level[:, 58].sum()) < 100
    assert leaning[:, 5].sum() - leaning[:, 58].sum() > 1000, "clockwise: what is below rises on the left"


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


def test_what_is_not_drawn_yet_is_stood_in_for_by_its_neighbour() -> None:
    shown, generator = stage()
    near, far = shown.frame({"eyes": 0.0, "yaw": 0.0}), shown.frame({"eyes": 0.0, "yaw": 3.0})
    generator.pause.clear()
    start = time.monotonic()
    assert shown.show({"eyes": 0.2, "yaw": 0.1}) is near
    assert shown.show({"eyes": 0.2, "yaw": 2.9}) is far
    assert shown.show({"eyes": -6.0, "yaw": 3.0}) is far, "a blink missed is less than a head thrown about"
    assert time.monotonic() - start < 1
    assert shown.counters.nearest == 3
    generator.pause.set()
    wait_for(lambda: shown.show({"eyes": 0.2, "yaw": 0.1}) is not near)
    shown.close()


def test_the_first_picture_is_waited_for() -> None:
    shown, generator = stage()
    assert shown.show({"eyes": 1.0, "yaw": 0.0}) == shown.frame({"eyes": 1.0, "yaw": 0.0})
    assert generator.drawn == 1
    shown.close()


def test_states_are_prepared_in_order_and_what_is_wanted_comes_first() -> None:
    shown, generator = stage()
    shown.frame({"eyes": 0.0, "yaw": 0.0})
    generator.pause.clear()
    shown.prepare({"eyes": 0.0, "yaw": n / 10} for n in range(10))
    wait_for(lambda: generator.waiting)
    shown.prepare([{"eyes": 1.0, "yaw": 5.0}], first=True)
    shown.show({"eyes": 2.0, "yaw": 4.0})
    generator.pause.set()
    wait_for(lambda: generator.drawn == 12)
    assert [round(yaw, 2) for _, yaw in generator.latents[1:5]] == [0.1, 4.0, 5.0, 0.2]
    shown.close()
    shown.close()
    assert shown.show({"eyes": 0.0, "yaw": 0.1})
    assert generator.drawn == 12


def test_while_it_is_spared_neighbours_stand_in_and_nothing_is_prepared() -> None:
    shown, generator = stage()
    rest = shown.show({"eyes": 0.0, "yaw": 0.0})
    shown.spare(True)
    shown.prepare([{"eyes": 2.0, "yaw": 0.0}])
    assert shown.show({"eyes": 1.0, "yaw": 0.0}) == rest
    time.sleep(0.1)
    assert generator.drawn == 1
    shown.spare(False)
    wait_for(lambda: generator.drawn == 2)  # what was prepared; nobody waits for the other any more
    assert shown.show({"eyes": 2.0, "yaw": 0.0}) != rest
    shown.close()


def test_a_spared_stage_still_draws_where_nothing_is_known() -> None:
    shown, generator = stage()
    shown.spare(True)
    assert shown.show({"eyes": 0.0, "yaw": 0.0})
    assert generator.drawn == 1
    shown.close()


def test_pictures_are_there_at_the_next_start(tmp_path: Path) -> None:
    def kept(*depends: str) -> KeptFrames:
        return KeptFrames(tmp_path, "someone", depends)

    first, generator = Stage(FakeGenerator(), at, size=64, kept=kept("a")), FakeGenerator()
    data = first.frame({"eyes": 1.0, "yaw": 0.0})
    first.close()
    second = Stage(generator, at, size=64, kept=kept("a"))
    assert second.frame({"eyes": 1.0, "yaw": 0.0}) == data
    assert generator.drawn == 0
    second.close()
    file = next(tmp_path.glob("*.sqlite3"))
    with sqlite3.connect(file) as db:
        db.execute("UPDATE frame SET jpeg = ?", (data[:-9],))
    changed = Stage(generator, at, size=64, kept=kept("a"))
    assert changed.frame({"eyes": 1.0, "yaw": 0.0}) == data, "a damaged picture is drawn again"
    changed.close()
    file.write_bytes(b"no database at all" * 100)
    damaged = Stage(generator, at, size=64, kept=kept("a"))
    assert damaged.frame({"eyes": 1.0, "yaw": 0.0}) == data
    damaged.close()
    Stage(generator, at, size=64, kept=kept("b")).close()
    assert [path.name for path in tmp_path.glob("*.sqlite3")] != [file.name], "those of another face are gone"
    assert len(list(tmp_path.glob("*.sqlite3"))) == 1


def test_without_a_place_to_keep_them_they_are_drawn(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    shown = Stage(FakeGenerator(), at, size=64, kept=KeptFrames(tmp_path / "file", "someone", []))
    assert shown.frame({"eyes": 1.0, "yaw": 0.0})
    shown.close()


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
