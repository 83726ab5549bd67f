"""Choosing a face: random faces filtered by what was measured on them, and a contact sheet to look at them on.

Candidates are drawn from a seed until enough fit, or taken from a sample folder, where hair and background can be filtered
too. Knows no command line.
"""

import base64
import html
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.face.attributes.landmarks import ATTRIBUTES, LandmarkScorer
from ohlora.face.attributes.quality import COLUMN as QUALITY
from ohlora.face.directions.calibration import BOX, measure_steps
from ohlora.face.directions.directions import Directions
from ohlora.face.directions.measuring import Job, Team, latents_w
from ohlora.face.directions.sampling import SIZE, Sample, population
from ohlora.face.exporting import sheet
from ohlora.face.generator import Generator
from ohlora.face.pixels import draw
from ohlora.face.ranges import Filter
from ohlora.face.render import SYNTHETIC, encoded, save_picture
from ohlora.face.source import Source
from ohlora.files import atomic_write
from ohlora.i18n import language, say
from ohlora.progress import bar

SHEET_ENDINGS = (".html", ".png", ".jpg", ".jpeg", ".webp")
_BATCH = 16
_THUMBNAIL = 256
_COLUMNS = 6


@dataclass(frozen=True)
class Candidate:
    """A face that fits. scores: in population σ, quality 0–1 (`scores["quality"]`); reach: estimated, {} if not asked for."""

    seed: int
    row: int
    psi: float
    w: NDArray[np.float32] = field(repr=False)
    scores: dict[str, float]
    reach: dict[str, tuple[float, float]] = field(default_factory=dict)


def of_seed(
    source: Source,
    generator: Generator,
    directions: Directions,
    seed: int,
    psi: float,
    where: Sequence[Filter],
    count: int,
    among: int,
) -> tuple[list[Candidate], int]:
    """The first `count` faces of a seed that fit, looking at no more than `among`; and how many were looked at."""
    job = Job(seed, psi, SIZE)
    found: list[Candidate] = []
    looked = 0
    chunks = ((first, min(_BATCH, among - first)) for first in range(0, among, _BATCH))
    with (
        bar(say("Looking for faces", "얼굴을 찾는 중"), among, "face") as progress,
        Team(generator, source, job) as team,
    ):
        for first, measured in team.work(chunks, progress.update):
            for number, (w, values) in enumerate(zip(measured.w, measured.values, strict=True)):
                looked += 1
                scores = directions.scores(dict(zip(ATTRIBUTES, values, strict=False)))
                scores[QUALITY] = float(values[len(ATTRIBUTES)])
                if fits(scores, where) and len(found) < count:
                    found.append(Candidate(seed, first + number, psi, w, scores))
            if len(found) == count:
                break
    return found, looked


def of_sample(sample: Sample, directions: Directions, where: Sequence[Filter], count: int) -> list[Candidate]:
    """The first `count` faces of a sample that fit. Hair and background are in σ of the sample itself."""
    extra = {name: population(values) for name, values in sample.extra.items() if name != QUALITY}
    found = []
    for number, row in enumerate(sample.rows):
        scores = directions.scores(dict(zip(sample.manifest.attributes, sample.values[number], strict=True)))
        for name, (mean, spread) in extra.items():
            scores[name] = float((sample.extra[name][number] - mean) / spread) if spread > 0 else math.nan
        if QUALITY in sample.extra:
            scores[QUALITY] = float(sample.extra[QUALITY][number])
        if fits(scores, where):
            found.append(Candidate(sample.manifest.seed, int(row), sample.manifest.psi, sample.w[number], scores))
            if len(found) == count:
                break
    return found


def fits(scores: Mapping[str, float], where: Sequence[Filter]) -> bool:
    """Whether every filter admits its score; a face that could not be measured fits nothing."""
    measured = not math.isnan(scores[ATTRIBUTES[0]])
    return measured and all(one.admits(scores[one.name]) for one in where)


def known_names(extra: Sequence[str] = (QUALITY,)) -> tuple[str, ...]:
    """What can be filtered by."""
    return (*ATTRIBUTES, *extra)


def with_reach(
    candidates: Sequence[Candidate], generator: Generator, scorer: LandmarkScorer, directions: Directions
) -> list[Candidate]:
    """Adds what each face reaches, estimated: one picture at either end of each direction, all else left as it falls.

    `ohlora face calibrate` measures it exactly for the one that is chosen.
    """
    names = [name for name in directions.names if name in BOX]
    axes = {name: np.eye(len(directions.names))[directions.names.index(name)] for name in names}
    ends = np.array([axes[name] * BOX[name][end] for name in names for end in (0, 1)])
    result = []
    with bar(say("Estimating their reach", "닿는 범위를 어림하는 중"), len(ends) * len(candidates), "face") as progress:
        for one in candidates:
            scores = measure_steps(generator, scorer, one.w, directions, ends, progress.update)
            reach = {}
            for i, name in enumerate(names):
                column = scores[2 * i : 2 * i + 2, ATTRIBUTES.index(name)]
                own = one.scores[name]
                low, high = (own if math.isnan(value) else float(value) for value in column)
                reach[name] = (round(min(low, own), 2), round(max(high, own), 2))
            result.append(replace(one, reach=reach))
    return result


def check_sheet(path: Path) -> None:
    """Raises InputError unless a sheet can be written as such a file."""
    if path.suffix.lower() not in SHEET_ENDINGS:
        raise InputError(
            f"{path}: the ending of a sheet must be one of {', '.join(SHEET_ENDINGS)}",
            f"{path}: 시트의 확장자는 {', '.join(SHEET_ENDINGS)} 가운데 하나여야 합니다",
        )


def save_sheet(path: Path, candidates: Sequence[Candidate], generator: Generator, command: str) -> None:
    """Draws the candidates and writes the contact sheet: a picture, or an HTML page by its ending.

    Args:
        command: how a candidate is chosen, with {seed} and {row}.

    Raises:
        InputError: no candidates, or the file cannot be written.
    """
    check_sheet(path)
    if not candidates:
        raise InputError(
            "no face fits; widen --where or raise --among",
            "맞는 얼굴이 없습니다. --where를 넓히거나 --among을 늘리세요",
        )
    pictures = []
    for one in bar_over(candidates):
        pictures.append(draw(generator, one.w, _THUMBNAIL))
    title = f"Oh-LoRA cast, seed {candidates[0].seed}"
    if path.suffix.lower() != ".html":
        labels = [f"row {one.row}\n{_short(one.scores)}{_short_reach(one.reach)}" for one in candidates]
        save_picture(path, sheet(pictures, labels, min(_COLUMNS, len(candidates))), title)
        return
    text = _page(candidates, pictures, title, command)
    try:
        with atomic_write(path, "w") as file:
            file.write(text)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot write {path}: {reason}", f"{path}을(를) 쓸 수 없습니다: {reason}") from error


def bar_over(candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    """The candidates with a progress bar."""
    with bar(say("Drawing the sheet", "시트를 그리는 중"), len(candidates), "face") as progress:
        for one in candidates:
            yield one
            progress.update()


def face_at(generator: Generator, seed: int, row: int, psi: float) -> NDArray[np.float32]:
    """The w (w_dim,) of a candidate."""
    return latents_w(generator, seed, [row], psi)[0]


def _short(scores: Mapping[str, float]) -> str:
    shown = [f"{name} {scores[name]:+.1f}" for name in ATTRIBUTES if name != "roll"]
    return "  ".join(shown[:3]) + "\n" + "  ".join(shown[3:])


def _short_reach(reach: Mapping[str, tuple[float, float]]) -> str:
    shown = [f"{name} {low:+.1f}..{high:+.1f}" for name, (low, high) in reach.items()]
    lines = ["  ".join(shown[at : at + 2]) for at in range(0, len(shown), 2)]
    return "\nreach\n" + "\n".join(lines) if reach else ""


def _page(candidates: Sequence[Candidate], pictures: Sequence[NDArray[np.uint8]], title: str, command: str) -> str:
    """A page that stands alone: pictures inside, no script."""
    cards = "".join(
        _card(one, encoded(Path("face.jpg"), picture, title), command)
        for one, picture in zip(candidates, pictures, strict=True)
    )
    note = say(SYNTHETIC, "생성 모델이 그린 가상의 얼굴입니다. 실제 사람이 아닙니다.")
    heading = say(f"{len(candidates)} candidates", f"후보 {len(candidates)}명")
    key = say(
        "Dot: the face's own score. Bar: what it is estimated to reach. Scale −6 … 6 σ.",
        "점: 얼굴 자신의 점수. 막대: 닿을 것으로 어림한 범위. 눈금 −6 … 6 σ.",
    )
    return f"""<!doctype html>
<html lang="{language()}"><meta charset="utf-8"><title>{html.escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="{html.escape(SYNTHETIC)}"><style>{_STYLE}</style>
<h1>{heading}</h1><p>{note} {key}</p><main>{cards}</main></html>
"""


def _card(one: Candidate, jpeg: bytes, command: str) -> str:
    rows = "".join(_row(name, score, one.reach.get(name)) for name, score in one.scores.items() if name != QUALITY)
    quality = f" · {say('quality', '품질')} {one.scores[QUALITY]:.2f}" if QUALITY in one.scores else ""
    chosen = html.escape(command.format(seed=one.seed, row=one.row))
    alt = say(f"synthetic face, row {one.row}", f"가상의 얼굴, {one.row}행")
    return (
        f'<article><img width="{_THUMBNAIL}" height="{_THUMBNAIL}" alt="{alt}" src="data:image/jpeg;base64,'
        f'{base64.b64encode(jpeg).decode()}"><h2>{say("row", "행")} {one.row}<small>{quality}</small></h2>'
        f"<table>{rows}</table><code>{chosen}</code></article>"
    )


def _row(name: str, score: float, reach: tuple[float, float] | None) -> str:
    if math.isnan(score):
        return f"<tr><th>{name}</th><td>–</td><td></td></tr>"

    def place(value: float) -> float:
        return round(100 * (min(6.0, max(-6.0, value)) + 6) / 12, 1)

    line = (
        f'<rect class="reach" x="{place(reach[0])}" width="{place(reach[1]) - place(reach[0]):.1f}" y="3" height="4" rx="2"/>'
        if reach
        else ""
    )
    words = f"{reach[0]:+.1f} … {reach[1]:+.1f}" if reach else ""
    return (
        f'<tr><th>{name}</th><td>{score:+.2f}</td><td title="{words}"><svg viewBox="0 0 100 10" role="img" aria-label="{words}">'
        f'<line x1="0" x2="100" y1="5" y2="5"/><line x1="50" x2="50" y1="1" y2="9"/>{line}'
        f'<circle cx="{place(score)}" cy="5" r="2.6"/></svg></td></tr>'
    )


_STYLE = """
:root{color-scheme:light dark;--ink:#1d1f26;--soft:#5c5f6b;--paper:#f4f3f0;--card:#fffefc;--line:#d9d4cb;--mark:#0d7a63;--reach:#9fd3c4}
@media(prefers-color-scheme:dark){:root{--ink:#eceef3;--soft:#a9afbd;--paper:#0d1017;--card:#141821;--line:#363d4c;--mark:#3fd3a6;--reach:#1f5c4b}}
body{margin:24px;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}h1{font-size:22px}p{color:var(--soft)}
main{display:grid;gap:18px;grid-template-columns:repeat(auto-fill,minmax(256px,1fr))}
article{background:var(--card);border-radius:14px;overflow:hidden;padding-bottom:12px}img{display:block;width:100%;height:auto}
h2{font-size:16px;margin:10px 14px 4px}small{font-weight:400;color:var(--soft)}table{width:calc(100% - 28px);margin:0 14px;border-spacing:0;font-size:13px}
th{text-align:left;font-weight:500;color:var(--soft)}td{font-variant-numeric:tabular-nums;text-align:right}td:last-child{width:46%;padding-left:8px}
svg{display:block;width:100%}line{stroke:var(--line);stroke-width:1}circle{fill:var(--mark)}.reach{fill:var(--reach)}
code{display:block;margin:8px 14px 0;font-size:12px;color:var(--soft);word-break:break-all}
"""
