"""One HTML page: the figures, and answers side by side: bare model, prompt only, adapter. Needs nothing from a network."""

import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ohlora.files import atomic_write

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 72rem; margin: 2.5rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2.2rem; }
table { border-collapse: collapse; width: 100%; } td, th { border-bottom: 1px solid var(--line); padding: .5rem .7rem; text-align: left; vertical-align: top; }
th { background: var(--soft); } td.number { text-align: right; font-variant-numeric: tabular-nums; } small { opacity: .7; }
.wide { overflow-x: auto; }
"""


def write(folder: Path, figures: Mapping[str, Any], columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    """Writes `report.html` (and `figures.json`).

    Args:
        columns: heads of the examples' table. rows: its cells.
    """
    task = html.escape(str(figures.get("task", "")))
    told = "".join(_row(name, value) for name, value in _flat(figures))
    confusion = "".join(_confusion(name, table) for name, table in (figures.get("confusion") or {}).items())
    heads = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
    cells = "".join("<tr>" + "".join(f"<td>{html.escape(cell) or '<small>(nothing)</small>'}</td>" for cell in row) + "</tr>" for row in rows)  # fmt: skip
    examples = f"<h2>Side by side</h2><div class=wide><table><tr>{heads}</tr>{cells}</table></div>" if rows else ""
    page = (
        f"<!doctype html><html lang=ko><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Oh-LoRA: {task}</title><style>{_STYLE}</style><h1>{task}</h1><table>{told}</table>{confusion}{examples}</html>\n"
    )
    with atomic_write(folder / "figures.json", "w") as file:
        json.dump(figures, file, ensure_ascii=False, indent=1)
    with atomic_write(folder / "report.html", "w") as file:
        file.write(page)
    return folder / "report.html"


def _flat(figures: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    told: list[tuple[str, Any]] = []
    for name, value in figures.items():
        if name == "confusion":
            continue
        if isinstance(value, Mapping):
            told += _flat(value, f"{before}{name} · ")
        elif not isinstance(value, list):
            told.append((f"{before}{name}", value))
    return told


def _row(name: str, value: Any) -> str:
    shown = f"{value:.3f}" if isinstance(value, float) else "–" if value is None else str(value)
    return f"<tr><td>{html.escape(name)}</td><td class=number>{html.escape(shown)}</td></tr>"


def _confusion(name: str, table: Mapping[str, Mapping[str, int]]) -> str:
    labels = sorted({*table, *(named for row in table.values() for named in row)})
    heads = "".join(f"<th>{html.escape(label)}</th>" for label in labels)
    rows = "".join(
        f"<tr><th>{html.escape(label)}</th>"
        + "".join(f"<td class=number>{table.get(label, {}).get(named, 0)}</td>" for named in labels)
        + "</tr>"
        for label in labels
    )
    return f"<h2>{html.escape(name)}: in the data (rows), named (columns)</h2><table><tr><th></th>{heads}</tr>{rows}</table>"
