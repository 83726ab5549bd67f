"""Oh-LoRA (오로라): a virtual human who runs on one's own computer, and the workshop that makes one.

Importing this package loads no model and no heavy library; `Face` comes when it is asked for.
"""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ohlora.face.api import Face as Face

__version__ = "0.1.0"

# OpenVINO tells Google Analytics of each import, unasked, where this package of its makers is found, and does without it
# where it is not: None makes it not found. Nothing leaves the machine.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]


def __getattr__(name: str) -> Any:
    if name == "Face":
        from ohlora.face.api import Face

        return Face
    raise AttributeError(f"module 'ohlora' has no attribute {name!r}")
