"""One progress bar for everything that takes over two seconds: on standard error, with rate and remaining time."""

import sys
from typing import Any

from tqdm import tqdm


def bar(description: str, total: int | None = None, unit: str = "it", **options: Any) -> tqdm:
    """A tqdm bar on standard error; silent where standard error is no terminal (logs stay readable).

    Byte counts: pass unit="B", which scales to kB and MB.
    """
    if unit == "B":
        options = {"unit_scale": True, "unit_divisor": 1000, **options}
    quiet = not sys.stderr.isatty()
    return tqdm(desc=description, total=total, unit=unit, file=sys.stderr, disable=quiet, dynamic_ncols=True, **options)
