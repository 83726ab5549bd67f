"""kill -9 at a dozen random moments; `benchmarks/kill_turns.py` does two hundred."""

import importlib.util
from pathlib import Path

import pytest


@pytest.mark.parametrize(("place", "times"), [("sqlite", 12), ("postgresql", 4)], indirect=["place"])
def test_nothing_confirmed_is_lost_and_nothing_is_half_there(place: str, times: int) -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "kill_turns.py"
    spec = importlib.util.spec_from_file_location("kill_turns", script)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    told = module.run(times, 1, place)
    assert told["kills"] == times
    assert told["turns_confirmed"] > 0
