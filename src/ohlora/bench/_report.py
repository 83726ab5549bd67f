"""The form in which every benchmark reports: `{"machine", "results": [{"name", "value", "unit", "n", "median", "p95"}]}`."""

import os
import platform
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def machine() -> dict[str, Any]:
    """What the figures were measured on: processor, cores usable, load at the start, versions."""
    from importlib.metadata import version

    return {
        "processor": processor(),
        "cores": usable_cores(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "platform": platform.platform(),
        "python": platform.python_version(),
        "openvino": version("openvino"),
        "xllamacpp": version("xllamacpp"),
    }


def usable_cores() -> int:
    """Cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> str:
    """The processor's name."""
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def peak_memory() -> int | None:
    """Most bytes this process has had in memory since it began; None where the system does not tell (all but Linux)."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))
    except (OSError, StopIteration, ValueError):
        return None


def result(name: str, samples: Sequence[float], unit: str) -> dict[str, Any]:
    """One row: `value` is the median of the samples."""
    median, p95 = (float(np.percentile(samples, q)) for q in (50, 95))
    return {
        "name": name,
        "value": float(f"{median:.6g}"),
        "unit": unit,
        "n": len(samples),
        "median": float(f"{median:.6g}"),
        "p95": float(f"{p95:.6g}"),
    }


def timed(function: Callable[[], object]) -> float:
    """Seconds one call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
