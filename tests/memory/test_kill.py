"""kill -9 at a dozen random moments; `benchmarks/kill_turns.py` does two hundred."""

import importlib.util
from pathlib import Path


def test_nothing_confirmed_is_lost_and_nothing_is_half_there(tmp_path: Path) -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "kill_turns.py"
    spec = importlib.util.spec_from_file_location("kill_turns", script)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    told = module.run(12, 1, tmp_path)
    assert told["kills"] == 12
    assert told["turns_confirmed"] > 0
