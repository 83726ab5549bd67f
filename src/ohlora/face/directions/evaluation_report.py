"""The page `ohlora face evaluate --report DIR` writes: index.html, which needs nothing beside it, and figures.json.

Pictures are inside the page; drawings are SVG. In the user's language. Knows nothing of how anything was measured.
"""

import base64
import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.face.directions.evaluation import ASKED, GRID, PASS, STRIP, TARGETS, Evaluation, FaceResult
from ohlora.files import atomic_write
from ohlora.i18n import language, say

_COLOURS = {"eyes": "#2f6fdf", "mouth": "#d1495b", "yaw": "#2a9d6f"}
_NAMES = {
    "eyes": ("eyes", "눈"),
    "mouth": ("mouth", "입"),
    "yaw": ("yaw", "좌우 고개"),
    "pitch": ("pitch", "상하 고개"),
    "roll": ("roll", "기울기"),
    "smile": ("smile", "미소"),
}
_STYLE = """
:root{--ink:#1c2430;--soft:#5b6675;--line:#dfe4ea;--paper:#fff;--wash:#f4f6f9;--good:#1d7f55;--bad:#b3322f}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf2;--soft:#9aa6b5;--line:#2e3743;--paper:#151a21;--wash:#1d242d;--good:#5cc596;--bad:#f0807c}}
*{box-sizing:border-box}body{margin:0;background:var(--wash);color:var(--ink);font:16px/1.6 system-ui,"Noto Sans KR",sans-serif}
main{max-width:1060px;margin:0 auto;padding:40px 20px 80px}h1{font-size:30px;line-height:1.25;margin:0 0 6px}
h2{font-size:20px;margin:44px 0 10px}p{max-width:75ch}.soft{color:var(--soft)}section,.card{background:var(--paper);border:1px solid var(--line);border-radius:14px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:14px;margin:24px 0}.card{padding:16px 18px}
.card b{display:block;font-size:30px;line-height:1.2;font-variant-numeric:tabular-nums}.card span{color:var(--soft);font-size:14px}
section{padding:18px 20px;overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;min-width:420px}
th,td{padding:7px 14px 7px 0;text-align:right;border-bottom:1px solid var(--line);font-weight:400}th:first-child,td:first-child{text-align:left}
thead th{color:var(--soft);font-size:14px}.ok{color:var(--good)}.no{color:var(--bad);font-weight:600}td.heat{padding:7px 14px;text-align:center;border:2px solid var(--paper);border-radius:8px}
figure{margin:0 0 18px}figure div{display:flex;gap:6px;flex-wrap:wrap}figure span{width:150px;color:var(--soft);font-size:11px;line-height:1.35}figure img{margin-bottom:3px;width:150px;height:150px;border-radius:8px;display:block}
figcaption{color:var(--soft);font-size:14px;margin:4px 0 0}svg text{fill:var(--soft);font:12px system-ui,sans-serif}ul{padding-left:20px}
"""


def prepare(folder: Path) -> None:
    """Makes the folder before anything long is begun.

    Raises:
        InputError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"cannot make the folder {folder}: {reason}", f"{folder} 폴더를 만들 수 없습니다: {reason}"
        ) from error


def write(folder: Path, found: Evaluation, figures: dict[str, Any]) -> None:
    """Writes the page and the figures as JSON, with every face's own."""
    faces = [
        {
            "row": face.row,
            "passed": face.passed,
            "base": face.base,
            "correlation": face.correlation,
            "slope": face.slope,
            "error": {name: None if np.isnan(value) else value for name, value in face.error.items()},
            "reach": face.reach,
            "lost": face.lost,
            "background_change": None if np.isnan(face.background) else face.background,
            "border_change": face.border,
            "calibration_seconds": round(face.seconds, 2),
        }
        for face in found.faces
    ]
    body = json.dumps({**figures, "each": faces}, ensure_ascii=False, indent=1)
    with atomic_write(folder / "figures.json", "w") as file:
        file.write(body + "\n")
    with atomic_write(folder / "index.html", "w") as file:
        file.write(page(found, figures))


def page(found: Evaluation, figures: dict[str, Any]) -> str:
    """The whole page as HTML."""
    worst = sorted(found.faces, key=_margin)
    middle = worst[len(worst) // 2 :][:1] + worst[-3:] if len(worst) > 4 else worst
    title = say("Do the faces do what they are told?", "얼굴은 시킨 대로 움직이는가?")
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f"<p class=soft>{_intro(figures)}</p>",
        _cards(figures),
        _section(say("What was demanded, what was found", "요구와 결과"), _goals(figures)),
        _section(say("Against plain SVM normals", "SVM 법선과의 비교"), _compared(figures))
        if "baseline" in figures
        else "",
        _section(say("Asked and measured", "요청과 측정"), _scatter(found.faces)),
        _section(say("Correlation of every face", "얼굴별 상관"), _distributions(found)),
        _section(say("What else moves (leak, σ per σ)", "함께 움직인 것 (누출, σ당 σ)"), _leak(figures)),
        _section(say("Some faces", "얼굴들"), "".join(_strip(face) for face in middle)),
        _section(say("The worst", "가장 나쁜 얼굴"), "".join(_strip(face) for face in worst[:4])),
        _section(say("What is out of reach", "닿지 않는 것"), _out_of_reach(figures)),
    ]
    return (
        f"<!doctype html><html lang={language()}><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style><main>{''.join(parts)}</main></html>\n"
    )


def _section(title: str, body: str) -> str:
    return f"<h2>{html.escape(title)}</h2><section>{body}</section>"


def _name(attribute: str) -> str:
    return say(*_NAMES.get(attribute, (attribute, attribute)))


def _margin(face: FaceResult) -> float:
    """How far above its thresholds a face is, at its weakest attribute."""
    return min(face.correlation[name] - least for name, least in PASS.items())


def _intro(figures: dict[str, Any]) -> str:
    about = figures["protocol"]
    return say(
        f"{figures['faces']} fresh faces of seed {about['seed']}, {about['generator']} at {about['precision']}. Each was "
        f"calibrated with {about['calibration_pictures']} pictures, then asked for {len(TARGETS)} combinations of eyes, mouth "
        "and turn of the head as absolute scores in population σ, drawn by the calibration alone, and measured. "
        "All faces are synthetic; they show no living person.",
        f"시드 {about['seed']}의 새 얼굴 {figures['faces']}개, {about['generator']}({about['precision']}). 얼굴마다 그림 "
        f"{about['calibration_pictures']}장으로 보정한 뒤, 눈·입·고개의 조합 {len(TARGETS)}가지를 모집단 σ의 절대값으로 요청하고 "
        "보정만으로 그려 측정했습니다. 모든 얼굴은 합성이며 실존 인물이 아닙니다.",
    )


def _cards(figures: dict[str, Any]) -> str:
    cards = [(f"{figures['pass_rate']:.0%}", say("of the faces pass", "의 얼굴이 통과"))]
    for name in ASKED:
        value = figures["attributes"][name]["correlation_mean"]
        cards.append((f"{value:.3f}", f"{say('correlation', '상관')}: {_name(name)}"))
    if figures["identity_distance_p95"] is not None:
        cards.append(
            (
                f"{figures['identity_distance_p95']:.2f}",
                say(
                    "identity distance, 95th percentile (0.6: another person)",
                    "동일인 거리 95백분위 (0.6 이상이면 다른 사람)",
                ),
            )
        )
    where = {
        "parsed background": say("parsed background", "신경망이 찾은 배경"),
        "border": say("border of the picture", "그림의 가장자리"),
    }[figures["background_measured_on"]]
    words = say(f"change of the background, grey levels of 255 ({where})", f"배경 변화, 255단계 밝기 ({where})")
    cards.append((f"{figures['background_change']:.1f}", words))
    return (
        "<div class=cards>" + "".join(f"<div class=card><b>{a}</b><span>{b}</span></div>" for a, b in cards) + "</div>"
    )


def _goals(figures: dict[str, Any]) -> str:
    lines = []
    for goal in figures["goals"]:
        mark = f"<td class=ok>{say('reached', '도달')}" if goal["reached"] else f"<td class=no>{say('missed', '미달')}"
        lines.append(f"<tr><td>{html.escape(goal['goal'])}</td>{mark}</td></tr>")
    failed = "".join(f"<li>{say('row', '행')} {one['row']}: {_why(one)}" for one in figures["failed"])
    words = say("Faces that do not pass", "통과하지 못한 얼굴")
    return f"<table>{''.join(lines)}</table>" + (f"<p>{words}:</p><ul>{failed}</ul>" if failed else "")


def _why(face: dict[str, Any]) -> str:
    """A face that does not pass: what correlates too little, what it can reach of what was asked, pictures that were lost."""
    parts = []
    for name, least in PASS.items():
        value = face["correlation"][name]
        if value >= least:
            continue
        part = f"{_name(name)} {value:.3f} < {least}"
        if name in face["reach"]:
            low, high = face["reach"][name]
            asked = f"{min(GRID[name]):+.1f} … {max(GRID[name]):+.1f}"
            part += say(
                f" (reaches {low:+.2f} … {high:+.2f} of {asked})",
                f" ({asked} 가운데 {low:+.2f} … {high:+.2f}까지 닿음)",
            )
        parts.append(part)
    if face["lost"]:
        parts.append(say(f"{face['lost']} pictures without a face", f"얼굴을 찾지 못한 그림 {face['lost']}장"))
    return html.escape(", ".join(parts))


def _compared(figures: dict[str, Any]) -> str:
    ways = [(say("calibrated", "보정"), figures)]
    if "closed" in figures:
        ways.append((say("corrected once", "한 번 고침"), figures["closed"]))
    ways.append((say("plain SVM normals", "SVM 법선"), figures["baseline"]))
    head = "".join(f"<th>{_name(name)}</th>" for name in ASKED)
    rows = "".join(
        f"<tr><td>{words}</td><td>{part['faces']}</td>"
        + "".join(f"<td>{part['attributes'][name]['correlation_mean']:.3f}</td>" for name in ASKED)
        + "".join(f"<td>{part['attributes'][name]['slope_median']:.2f}</td>" for name in ASKED)
        + f"<td>{part['pass_rate']:.0%}</td></tr>"
        for words, part in ways
    )
    return (
        f"<table><thead><tr><th></th><th></th><th colspan=3>{say('correlation', '상관')}</th>"
        f"<th colspan=3>{say('slope', '기울기')}</th><th></th></tr>"
        f"<tr><th></th><th>{say('faces', '얼굴')}</th>{head}{head}<th>{say('pass', '통과')}</th></tr></thead>{rows}</table>"
    )


def _scatter(faces: Sequence[FaceResult]) -> str:
    """For every asked attribute: median and the middle 90 % of what was measured at each asked value."""
    drawings = []
    for number, (name, values) in enumerate(GRID.items()):
        column = ("eyes", "mouth", "yaw").index(name)
        bars = []
        for value in values:
            got = np.concatenate([face.measured[TARGETS[:, number] == value, column] for face in faces])
            got = got[np.isfinite(got)]
            if not len(got):
                continue
            low, mid, high = np.percentile(got, [5, 50, 95])
            x = _place(value)
            bars.append(
                f"<line x1={x:.1f} x2={x:.1f} y1={300 - _place(low):.1f} y2={300 - _place(high):.1f} stroke='{_COLOURS[name]}' "
                f"stroke-width=9 stroke-opacity=.3 stroke-linecap=round /><circle cx={x:.1f} cy={300 - _place(mid):.1f} r=5 "
                f"fill='{_COLOURS[name]}'><title>{value:+.1f} → {mid:+.2f} ({low:+.2f} … {high:+.2f})</title></circle>"
            )
        ticks = "".join(
            f"<text x={_place(tick):.0f} y=296 text-anchor=middle>{tick:+d}</text>"
            f"<text x=4 y={304 - _place(tick):.0f}>{tick:+d}</text>"
            for tick in (-2, -1, 0, 1, 2)
        )
        drawings.append(
            f"<svg viewBox='0 0 300 300' width=310 role=img aria-label='{html.escape(_name(name))}'>"
            f"<line x1=25 y1=275 x2=275 y2=25 stroke=currentColor stroke-opacity=.25 stroke-dasharray='4 4'/>{ticks}{''.join(bars)}"
            f"<text x=36 y=22 style='font-weight:600'>{html.escape(_name(name))}</text></svg>"
        )
    words = say(
        "Across: asked, in σ. Up: measured; dots are medians, bars hold 90 % of the pictures.",
        "가로: 요청(σ), 세로: 측정. 점은 중앙값, 막대는 그림의 90 %.",
    )
    return "".join(drawings) + f"<p class=soft>{words}</p>"


def _place(value: float) -> float:
    return float(np.clip(150 + 50 * value, 6, 294))


def _distributions(found: Evaluation) -> str:
    rows = []
    ways = [(say("calibrated", "보정"), found.faces), (say("SVM normals", "SVM 법선"), found.baseline)]
    y = 20
    for name in ASKED:
        for words, faces in ways:
            if not faces:
                continue
            dots = "".join(
                f"<circle cx={_along(face.correlation[name]):.1f} cy={y + (face.row * 7) % 13 - 6} r=3.5 fill='{_COLOURS[name]}' "
                f"fill-opacity={0.55 if faces is found.faces else 0.2}><title>{say('row', '행')} {face.row}: {face.correlation[name]:.3f}</title></circle>"
                for face in faces
            )
            limit = _along(PASS[name])
            rows.append(
                f"<text x=0 y={y + 4}>{html.escape(_name(name))} · {html.escape(words)}</text>{dots}"
                f"<line x1={limit:.1f} x2={limit:.1f} y1={y - 11} y2={y + 11} stroke='#b3322f'/>"
            )
            y += 30
    ticks = "".join(
        f"<text x={_along(tick):.0f} y={y + 8} text-anchor=middle>{tick:g}</text>"
        for tick in (0, 0.5, 0.8, 0.9, 0.96, 1)
    )
    words = say(
        "Every dot is a face; the red line is what it needs to pass.", "점 하나가 얼굴 하나, 빨간 선이 통과 기준입니다."
    )
    return f"<svg viewBox='0 0 980 {y + 16}' width=980>{''.join(rows)}{ticks}</svg><p class=soft>{words}</p>"


def _along(correlation: float) -> float:
    """Places 0 … 1 with room near 1, where most are."""
    return 170 + 790 * (1 - np.sqrt(1 - np.clip(correlation, 0, 1)))


def _leak(figures: dict[str, Any]) -> str:
    names = list(next(iter(figures["leak"].values())))
    head = "".join(f"<th>{html.escape(_name(name))}</th>" for name in names)
    rows = ""
    for asked, cells in figures["leak"].items():
        tiles = ""
        for name in names:
            own = name == asked
            most = 0.1 if name in ASKED else 0.2
            share = 0.0 if own else min(cells[name] / (2 * most), 1.0)
            colour = "#2a9d6f26" if own else f"rgba(209,73,91,{0.75 * share:.2f})"
            tiles += f"<td class=heat style='background:{colour}'>{cells[name]:.3f}</td>"
        rows += f"<tr><td>{html.escape(_name(asked))}</td>{tiles}</tr>"
    words = say(
        "Rows are asked for, columns are measured: mean over faces of the absolute effect, so that it cannot cancel out.",
        "행은 요청, 열은 측정. 얼굴마다 절대값을 취해 평균했으므로 상쇄되지 않습니다.",
    )
    return f"<table><thead><tr><th></th>{head}</tr></thead>{rows}</table><p class=soft>{words}</p>"


def _strip(face: FaceResult) -> str:
    asked = [say("at rest", "쉬는 얼굴"), *(_asked(number) for number in STRIP)]
    pictures = "".join(
        f"<span><img alt='{words}' src='data:image/jpeg;base64,{_jpeg(rgb)}'>{words}</span>"
        for words, rgb in zip(asked, face.strip, strict=False)
    )
    told = ", ".join(f"{_name(name)} {face.correlation[name]:.3f}" for name in ASKED)
    return f"<figure><div>{pictures}</div><figcaption>{say('row', '행')} {face.row}: {told}</figcaption></figure>"


def _asked(number: int) -> str:
    return " · ".join(f"{_name(name)} {value:+.1f}" for name, value in zip(ASKED, TARGETS[number], strict=True))


def _jpeg(rgb: NDArray[np.uint8]) -> str:
    import cv2

    return base64.b64encode(cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()).decode()


def _out_of_reach(figures: dict[str, Any]) -> str:
    lines = []
    for name, cells in figures["unreachable"].items():
        if cells["reach_median"] is None:
            continue
        low, high = cells["reach_median"]
        lines.append(
            "<li>"
            + say(
                f"{_name(name)}: the median face reaches {low:+.2f} … {high:+.2f} σ; {cells['faces_short_of_low']} faces do not "
                f"reach {cells['low']:+.1f}, {cells['faces_short_of_high']} do not reach {cells['high']:+.1f}.",
                f"{_name(name)}: 중앙값 얼굴의 범위는 {low:+.2f} … {high:+.2f} σ. {cells['low']:+.1f}에 닿지 못한 얼굴 "
                f"{cells['faces_short_of_low']}개, {cells['high']:+.1f}에 닿지 못한 얼굴 {cells['faces_short_of_high']}개.",
            )
        )
    shut = say(
        "A closed mouth has no gap: no mouth measures below that, which is about -1.26 σ here. Asked for -1.8, it is closed.",
        "다문 입에는 틈이 없어 약 -1.26 σ보다 작게 측정될 수 없습니다. -1.8을 요청하면 다문 입이 됩니다.",
    )
    return f"<ul>{''.join(lines)}</ul><p>{shut}</p>"
