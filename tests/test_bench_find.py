"""`ohlora bench find`: what it refuses, and that its stages are the real commands' (the run itself takes minutes)."""

import pytest
from click.testing import CliRunner

from ohlora.bench import find
from ohlora.cli.bench import bench
from ohlora.face.directions.search import LEAST_FACES


def test_too_few_faces_to_find_anything_are_refused() -> None:
    done = CliRunner().invoke(bench, ["find", "--count", str(LEAST_FACES)])
    assert done.exit_code == 2
    assert "--count" in done.output


def test_help_shows_examples_and_the_benchmark_is_listed() -> None:
    assert "ohlora bench find --count" in CliRunner().invoke(bench, ["find", "--help"]).output
    assert "find" in CliRunner().invoke(bench, ["--help"]).output


def test_every_stage_is_timed_and_the_whole_is_their_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stages are replaced at the edge: only the timing and the form of the report are looked at."""
    seconds = iter((50.0, 30.0, 1.0, 9.0))
    monkeypatch.setattr(find, "timed", lambda stage: next(seconds))
    rows = {row["name"]: row for row in find.measure(600, 1)["results"]}
    assert rows["faces a second, landmarks at 512"]["value"] == 12
    assert rows["from nothing to calibrated directions"]["value"] == 90
    assert [row["unit"] for row in rows.values()] == ["1/s", "s", "s", "s", "s", "s"]
