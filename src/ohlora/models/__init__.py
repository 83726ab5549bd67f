"""Where weights come from: a catalogue, downloading, digests, the cache."""

from pathlib import Path

from ohlora.errors import MissingError
from ohlora.paths import cache_dir

__all__ = ["locate"]


def locate(name: str) -> Path:
    """The folder of a pulled model."""
    folder = cache_dir() / "models" / name
    if not folder.is_dir():
        raise MissingError(
            f"the model {name} is not here; run: ohlora models pull {name}",
            f"모델 {name}이(가) 없습니다. 실행하세요: ohlora models pull {name}",
        )
    return folder
