"""A picture of a run: training loss (each step and smoothed) and validation loss of each task. Knows only the CSV files."""

import csv
from pathlib import Path
from typing import Any

import numpy as np

from ohlora.files import atomic_write


def plot(folder: Path) -> Path:
    """Draws `curves.png` from `log.csv` and `valid.csv`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    steps, valid = _columns(folder / "log.csv"), _columns(folder / "valid.csv")
    figure = Figure(figsize=(9, 5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    if len(steps.get("step", ())):
        axes.plot(steps["step"], steps["loss"], color="#b9c4d6", linewidth=0.7, label="training, each step")
        axes.plot(steps["step"], _smooth(steps["loss"]), color="#31507c", linewidth=1.8, label="training, smoothed")
    for name, colour in (("all", "#c0392b"), ("reply", "#e59866"), ("expression", "#7d3c98"), ("memory", "#1e8449"), ("summary", "#b7950b")):  # fmt: skip
        if len(valid.get(name, ())) and not np.isnan(valid[name]).all():
            style: dict[str, Any] = {"linewidth": 2.2} if name == "all" else {"linewidth": 1.1, "linestyle": "--"}
            axes.plot(
                valid["step"], valid[name], color=colour, marker="o", markersize=4, label=f"validation, {name}", **style
            )
    axes.set_xlabel("step")
    axes.set_ylabel("loss (nats a token; training: weighted)")
    axes.grid(alpha=0.25)
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8, ncols=2)
    out = folder / "curves.png"
    with atomic_write(out) as file:
        figure.savefig(file, format="png")
    return out


def _columns(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name] or "nan") for row in rows]) for name in rows[0]} if rows else {}


def _smooth(values: Any, half: float = 8.0) -> Any:
    """Exponential mean with a half-life in steps, corrected for its start."""
    keep, total, weight, told = 0.5 ** (1 / half), 0.0, 0.0, []
    for value in values:
        total, weight = keep * total + value, keep * weight + 1
        told.append(total / weight)
    return np.array(told)
