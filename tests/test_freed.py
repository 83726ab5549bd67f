"""What the C library keeps of freed memory goes back to the system."""

import subprocess
import sys

import pytest

from ohlora import freed

# Blocks of every size a heap keeps, of which one in a hundred stays: nothing at the heap's end can go by itself.
_HOLES = """
import psutil
from ohlora import freed
mine = psutil.Process()
blocks = [bytes(2_000) for _ in range(100_000)]
kept = blocks[::100]
del blocks
before = mine.memory_info().rss
freed.give_back()
print(before - mine.memory_info().rss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc keeps it, other systems' libraries do not")
def test_freed_memory_goes_back() -> None:
    run = subprocess.run([sys.executable, "-c", _HOLES], capture_output=True, text=True, check=True)
    assert int(run.stdout) > 50_000_000


def test_elsewhere_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    freed._trim.cache_clear()
    freed.give_back()
    assert freed._trim() is None
    freed._trim.cache_clear()
