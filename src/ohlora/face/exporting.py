"""Videos of a face along a path of scores, and grids of pictures; all of them marked as synthetic.

MP4 (H.264, plays in every browser) is written with PyAV, the extra `video`; animated WebP and GIF with Pillow. Knows no
command line.
"""

import importlib.util
import io
import itertools
import json
import math
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ohlora import __version__
from ohlora.errors import InputError, MissingError
from ohlora.face.animation import Plan, ease, scores_at
from ohlora.face.attributes.landmarks import LandmarkScorer
from ohlora.face.generator import Generator
from ohlora.face.persona_face import PersonaFace, check_scores
from ohlora.face.render import SYNTHETIC, XMP, render
from ohlora.files import write_asked
from ohlora.i18n import say
from ohlora.progress import bar

VIDEO_ENDINGS = (".mp4", ".webp", ".gif")
LONGEST_S = 300.0
_MARK = f"{SYNTHETIC} IPTC digital source type: http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_INK, _PAPER = (34, 36, 43), (250, 249, 246)


@dataclass(frozen=True)
class Moment:
    """At `time` (seconds) the face is at these absolute scores."""

    time: float
    scores: Mapping[str, float]


def between(moves: Mapping[str, tuple[float, float]], seconds: float, back: bool) -> list[Moment]:
    """The moments of a path from one set of scores to another, and where asked back again, in `seconds` altogether."""
    first, last = ({name: ends[end] for name, ends in moves.items()} for end in (0, 1))
    if back:
        return [Moment(0.0, first), Moment(seconds / 2, last), Moment(seconds, first)]
    return [Moment(0.0, first), Moment(seconds, last)]


def read_moments(path: Path) -> list[Moment]:
    """Keyframes from a JSON file: `[{"time": 0, "scores": {"eyes": 1}}, …]`, times rising from 0.

    Raises:
        InputError: unreadable, not of this form, or a number that is not finite.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        moments = [Moment(float(row["time"]), {str(k): float(v) for k, v in row["scores"].items()}) for row in rows]
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot read {path}: {reason}", f"{path}을(를) 읽을 수 없습니다: {reason}") from error
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        moments = []
    times = [moment.time for moment in moments]
    numbers = [*times, *(score for moment in moments for score in moment.scores.values())]
    rising = all(a < b for a, b in itertools.pairwise(times))
    if len(moments) < 2 or times[0] != 0 or not rising or not all(map(math.isfinite, numbers)):
        raise InputError(
            f'{path} does not hold keyframes: [{{"time": 0, "scores": {{"eyes": 1}}}}, …], two or more, times rising from 0',
            f'{path}에 키프레임이 없습니다: [{{"time": 0, "scores": {{"eyes": 1}}}}, …] 두 개 이상, 시간은 0부터 커져야 합니다',
        )
    return moments


def along(moments: Sequence[Moment], fps: float) -> Iterator[dict[str, float]]:
    """Scores of every frame; from moment to moment by minimum jerk. What a moment does not name stays as it was."""
    known: dict[str, float] = {}
    whole = []
    for moment in moments:
        known = {**known, **moment.scores}
        whole.append(known)
    # Named later only: from the beginning as it will be.
    for number in range(len(whole) - 2, -1, -1):
        whole[number] = {**whole[number + 1], **whole[number]}
    times = [moment.time for moment in moments]
    for frame in range(frames_of(times[-1], fps)):
        now = frame / fps
        at = max(0, int(np.searchsorted(times, now, "right")) - 1)
        if at >= len(whole) - 1:
            yield dict(whole[-1])
            continue
        share = ease((now - times[at]) / (times[at + 1] - times[at]))
        yield {name: score + share * (whole[at + 1][name] - score) for name, score in whole[at].items()}


def idling(face: PersonaFace, seconds: float, fps: float, seed: int) -> Iterator[dict[str, float]]:
    """Scores of every frame of a face that does nothing but look and blink."""
    rest = {name: face.base[name] for name in face.directions.names}
    reach = face.reach.get("eyes")
    plan = Plan(rest=rest, closed_eyes=reach[0] if reach else rest.get("eyes", 0.0) - 6.0)
    for frame in range(frames_of(seconds, fps)):
        yield scores_at(frame / fps, seed, plan)


def frames_of(seconds: float, fps: float) -> int:
    """Number of frames; at least one.

    Raises:
        InputError: not finite, not above zero, or longer than `LONGEST_S`.
    """
    if not 0 < seconds <= LONGEST_S:
        raise InputError(
            f"a video lasts more than 0 and at most {LONGEST_S:g} seconds, not {seconds:g}",
            f"영상 길이는 0초보다 길고 {LONGEST_S:g}초 이하여야 하는데 {seconds:g}초입니다",
        )
    return max(1, round(seconds * fps))


def check_video(path: Path) -> None:
    """Raises InputError for an ending that is no video's, MissingError where what writes it is not installed."""
    ending = path.suffix.lower()
    if ending not in VIDEO_ENDINGS:
        raise InputError(
            f"{path}: the ending must be one of {', '.join(VIDEO_ENDINGS)}",
            f"{path}: 확장자는 {', '.join(VIDEO_ENDINGS)} 가운데 하나여야 합니다",
        )
    if ending == ".mp4" and importlib.util.find_spec("av") is None:
        raise MissingError(
            "MP4 is written with PyAV, which is not installed; run: pip install 'ohlora[video]' (or choose .webp)",
            "MP4를 쓰려면 PyAV가 필요하지만 설치되어 있지 않습니다. 실행하세요: pip install 'ohlora[video]' (또는 .webp)",
        )


def export_video(
    path: Path,
    generator: Generator,
    face: PersonaFace,
    frames: Iterable[Mapping[str, float]],
    *,
    fps: float,
    size: int,
    title: str,
) -> dict[str, Any]:
    """Draws every frame of scores and writes the video; returns `{"file", "sha256", "frames", "seconds"}`.

    Each frame is the face's calibrated answer to its scores; scores beyond its reach stop at its end.

    Raises:
        InputError: an attribute without a direction, a score that is not finite, or the file cannot be written.
    """
    check_video(path)
    wanted = [dict(scores) for scores in frames]
    for scores in wanted:
        check_scores(scores, face.directions)
    with bar(say("Drawing frames", "프레임을 그리는 중"), len(wanted), "frame") as progress:

        def pictures() -> Iterator[NDArray[np.uint8]]:
            last: tuple[dict[str, float], NDArray[np.uint8]] | None = None
            for scores in wanted:
                if last is None or last[0] != scores:
                    last = (scores, face.drawn(generator, scores, size))
                progress.update()
                yield last[1]

        encode = _mp4 if path.suffix.lower() == ".mp4" else _animated
        data = encode(path, pictures(), fps, size, title)
    digest = write_asked(path, data)
    return {"file": str(path), "sha256": digest, "frames": len(wanted), "seconds": round(len(wanted) / fps, 3)}


def grid(
    generator: Generator, scorer: LandmarkScorer, face: PersonaFace, axes: Mapping[str, Sequence[float]], size: int
) -> tuple[NDArray[np.uint8], list[dict[str, dict[str, float]]]]:
    """A labelled grid of one or two axes, each cell drawn in the closed loop; the first axis goes down, the second across.

    Returns:
        The picture (H, W, 3) uint8 and the cells, row by row: `{"asked", "measured"}` in σ.
    """
    names = list(axes)
    down, across = (names[0], names[1]) if len(names) == 2 else ("", names[0])
    rows: Sequence[float] = axes[down] if down else [0.0]
    columns = axes[across]
    cells, pictures = [], []
    with bar(say("Drawing the grid", "격자를 그리는 중"), len(rows) * len(columns), "face") as progress:
        for one in rows:
            for other in columns:
                asked = {across: other, **({down: one} if down else {})}
                drawn = render(generator, scorer, face, asked, size)
                cells.append({"asked": asked, "measured": drawn.measured})
                pictures.append(drawn.rgb)
                progress.update()
    labels = [
        " ".join(f"{name} {cell['measured'][name]:+.2f}" for name in names) if cell["measured"] else "–"
        for cell in cells
    ]
    heads = [f"{across} {value:+.2f}" for value in columns]
    sides = [f"{down} {value:+.2f}" for value in rows] if down else []
    return sheet(pictures, labels, len(columns), heads, sides), cells


def sheet(
    pictures: Sequence[NDArray[np.uint8]],
    labels: Sequence[str],
    columns: int,
    heads: Sequence[str] = (),
    sides: Sequence[str] = (),
) -> NDArray[np.uint8]:
    """Pictures of one size in rows, each with its label (of one or more lines) below; heads above columns, sides left of rows."""
    side = pictures[0].shape[0]
    small, big = max(11, side // 20), max(13, side // 14)
    font, large = ImageFont.load_default(small), ImageFont.load_default(big)
    line = round(small * 1.35)
    below = line * max(label.count("\n") + 1 for label in labels) + 6
    gap, top = max(6, side // 32), (round(big * 1.8) if heads else 0)
    left = max((round(large.getlength(text)) for text in sides), default=-2 * gap) + 2 * gap
    rows = -(-len(pictures) // columns)
    paper = Image.new("RGB", (left + columns * (side + gap) + gap, top + rows * (side + below + gap) + gap), _PAPER)
    pen = ImageDraw.Draw(paper)
    for number, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        x = left + gap + number % columns * (side + gap)
        y = top + gap + number // columns * (side + below + gap)
        paper.paste(Image.fromarray(picture), (x, y))
        pen.multiline_text((x + side / 2, y + side + 3), label, _INK, font, anchor="ma", align="center", spacing=2)
    for number, text in enumerate(heads):
        pen.text((left + gap + number * (side + gap) + side / 2, gap), text, _INK, large, anchor="ma")
    for number, text in enumerate(sides):
        pen.text((gap, top + gap + number * (side + below + gap) + side / 2), text, _INK, large, anchor="lm")
    return np.asarray(paper)


def _mp4(path: Path, pictures: Iterable[NDArray[np.uint8]], fps: float, size: int, title: str) -> bytes:
    from fractions import Fraction

    import av

    # Equal frames give equal bytes: no time of day, no version of the library.
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "video.mp4"  # a real file: what a player needs first is moved to the front at the end
        with av.open(str(place), "w", format="mp4", options=options) as container:
            container.metadata.update({"title": title, "comment": _MARK, "description": SYNTHETIC})
            stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1000))
            stream.width = stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.codec_context.options = {"crf": "18", "preset": "medium", "threads": "1", "flags": "+bitexact"}
            for rgb in pictures:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
            container.mux(stream.encode())
        return place.read_bytes()


def _animated(path: Path, pictures: Iterable[NDArray[np.uint8]], fps: float, size: int, title: str) -> bytes:
    first, *rest = [Image.fromarray(rgb) for rgb in pictures]
    file = io.BytesIO()
    options: dict[str, Any] = {"save_all": True, "append_images": rest, "duration": round(1000 / fps), "loop": 0}
    if path.suffix.lower() == ".gif":
        first.save(file, "GIF", comment=f"{title}. {_MARK} Oh-LoRA {__version__}".encode(), **options)
    else:
        first.save(file, "WEBP", quality=88, method=4, xmp=XMP.encode(), **options)
    return file.getvalue()
