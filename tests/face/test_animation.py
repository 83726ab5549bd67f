"""Her movements as a pure function of time, seed and plan."""

import numpy as np
import pytest

from ohlora.face.animation import (
    EASE_SECONDS,
    LOOP_SECONDS,
    Plan,
    ease,
    glance_states,
    idle_states,
    scores_at,
)
from ohlora.face.stage import LATTICE

REST = {"eyes": 0.3, "mouth": -0.2, "yaw": 0.1, "pitch": 0.0, "smile": 0.5}
PLAN = Plan(rest=REST, closed_eyes=-6.0)
SHUT = 2.0  # lids nearer to shut than a glance downwards has them


def state(scores: dict[str, float]) -> tuple[tuple[str, int], ...]:
    """What has the same picture: scores on the lattice of the stage."""
    return tuple(sorted((name, round(score / LATTICE.get(name, 0.05))) for name, score in scores.items()))


def blinks(seed: int, seconds: float) -> list[tuple[float, float]]:
    """(start, end) of every blink, at 100 frames a second."""
    times = np.arange(0, seconds, 0.01)
    shut = np.array([scores_at(t, seed, PLAN)["eyes"] < REST["eyes"] - SHUT for t in times])
    edges = np.flatnonzero(np.diff(shut.astype(int)))
    return [(times[a], times[b]) for a, b in zip(edges[::2], edges[1::2], strict=False)]


def test_the_same_time_seed_and_plan_give_the_same_scores() -> None:
    plan = PLAN.express(1.0, {"smile": 2.0}).speak(1.5, 3.0)
    for t in np.linspace(0, 30, 200):
        assert scores_at(t, 7, plan) == scores_at(t, 7, plan)
    assert any(scores_at(t, 7, plan) != scores_at(t, 8, plan) for t in np.linspace(0, 30, 200))


def test_blinks_come_at_human_intervals_and_lengths() -> None:
    found = blinks(seed=3, seconds=300)
    assert 40 <= len(found) <= 120  # 8 to 24 a minute
    lengths = [end - start for start, end in found]
    assert min(lengths) > 0.1
    assert max(lengths) < 0.45
    gaps = np.diff([start for start, _ in found])
    assert gaps.max() < 13
    assert (gaps < 0.8).any(), "some blinks come in pairs"
    assert np.std(gaps) > 1, "blinks are no metronome"


def test_a_blink_shuts_the_eyes_entirely() -> None:
    lowest = min(scores_at(t, 3, PLAN)["eyes"] for t in np.arange(0, 60, 0.01))
    assert lowest == pytest.approx(PLAN.closed_eyes)


def test_an_expression_is_reached_smoothly_and_kept() -> None:
    plan = PLAN.express(10.0, {**REST, "smile": 1.5})
    smile = [scores_at(t, 0, plan)["smile"] for t in np.arange(9.5, 12, 0.02)]
    assert max(np.abs(np.diff(smile))) < 0.2
    late = scores_at(10 + EASE_SECONDS + 5, 0, plan)["smile"]
    assert late == pytest.approx(1.5, abs=0.15)
    assert scores_at(9.9, 0, plan) == scores_at(9.9, 0, PLAN)


def test_an_expression_may_come_before_the_last_is_reached() -> None:
    plan = PLAN.express(0.0, {**REST, "mouth": 2.0}).express(0.2, {**REST, "mouth": -1.0})
    mouth = [scores_at(t, 0, plan)["mouth"] for t in np.arange(-0.5, 2, 0.01)]
    assert max(np.abs(np.diff(mouth))) < 0.15
    assert mouth[-1] == pytest.approx(-1.0)


def test_the_mouth_moves_only_while_she_speaks() -> None:
    plan = PLAN.speak(5.0).hush(8.0)
    still = {scores_at(t, 0, plan)["mouth"] for t in np.arange(0, 5, 0.05)}
    assert still == {REST["mouth"]}
    speaking = [scores_at(t, 0, plan)["mouth"] for t in np.arange(5.5, 7.5, 0.04)]
    assert np.std(speaking) > 0.1
    assert scores_at(9.0, 0, plan)["mouth"] == REST["mouth"]


def test_calm_has_the_expression_and_nothing_else() -> None:
    plan = Plan(rest=REST, closed_eyes=-6.0, calm=True).express(2.0, {**REST, "smile": 1.5}).speak(2.0)
    assert scores_at(1.0, 0, plan) == REST
    assert all(scores_at(t, 0, plan) == {**REST, "smile": 1.5} for t in np.arange(2.0, 30, 0.1))


def test_idling_recurs_and_its_states_are_foretold() -> None:
    loop, glances = idle_states(PLAN), glance_states(PLAN)
    foretold = {state(scores) for scores in (*loop, *glances)}
    seen = {state(scores_at(t, 5, PLAN)) for t in np.arange(0, 20 * LOOP_SECONDS, 0.04)}
    open_eyes = {one for one in seen if dict(one)["eyes"] * 0.05 > REST["eyes"] - 1.0}
    partly_shut = {one for one in open_eyes if dict(one)["eyes"] not in {dict(known)["eyes"] for known in foretold}}
    assert not open_eyes - partly_shut - foretold
    assert {state(scores) for scores in glances} <= seen
    assert len(foretold) < 140, "few enough to be drawn and kept"
    assert max(abs(np.diff([scores["yaw"] for scores in loop]))) < 0.02, "the head drifts without visible steps"


def glances(seed: int, seconds: float, plan: Plan = PLAN) -> list[tuple[float, float]]:
    """(start, end) of every look away: the head farther from rest than the drift ever takes it."""
    times = np.arange(0, seconds, 0.02)
    found = [scores_at(t, seed, plan) for t in times]
    away = np.array([max(abs(one["yaw"] - REST["yaw"]), abs(one["pitch"] - REST["pitch"])) > 0.4 for one in found])
    edges = np.flatnonzero(np.diff(away.astype(int)))
    return [(times[a], times[b]) for a, b in zip(edges[::2], edges[1::2], strict=False)]


def test_she_glances_away_as_often_and_as_long_as_who_listens() -> None:
    found = glances(seed=3, seconds=600)
    starts = np.array([start for start, _ in found])
    lengths = np.array([end - start for start, end in found])
    assert 50 <= len(found) <= 95  # every 6 to 12 s
    assert 0.8 < lengths.mean() < 1.4
    assert lengths.min() > 0.4
    assert lengths.max() < 2.0
    assert np.std(np.diff(starts)) > 0.6, "glances are no metronome"
    sides = {(scores["yaw"] > REST["yaw"], scores["pitch"] > REST["pitch"])
             for start, end in found for scores in [scores_at((start + end) / 2, 3, PLAN)]}  # fmt: skip
    assert len(sides) >= 3, "she looks to both sides, and up and down"
    assert starts.tolist() != [start for start, _ in glances(seed=4, seconds=600)]


def test_a_glance_begins_and_ends_smoothly() -> None:
    yaw = np.array([scores_at(t, 3, PLAN)["yaw"] for t in np.arange(0, 120, 1 / 60)])
    assert np.abs(np.diff(yaw)).max() < 0.32, "no step is larger than two of its levels"
    still = [scores_at(t, 3, PLAN) for start, _ in glances(3, 120) for t in [start - 0.4]]
    for scores in still:
        assert scores["yaw"] == pytest.approx(REST["yaw"], abs=0.02), "it starts from where she looks at you"


def test_she_does_not_look_away_while_she_speaks_or_shows_an_expression() -> None:
    assert not glances(3, 120, PLAN.speak(0.0))
    assert not glances(3, 120, Plan(rest=REST, closed_eyes=-6.0).express(0.0, {**REST, "smile": 1.5}))
    assert not glance_states(PLAN.express(0.0, {**REST, "smile": 1.5}))
    let_go = PLAN.express(0.0, {**REST, "smile": 1.5}).express(12.0, REST)
    assert [one for one in glances(3, 120, let_go) if one[0] > 20] == [one for one in glances(3, 120) if one[0] > 20]


def test_ease_starts_and_ends_at_rest() -> None:
    assert (ease(-1), ease(0), ease(0.5), ease(1), ease(2)) == (0, 0, 0.5, 1, 1)
    assert ease(0.01) < 1e-4


def test_idle_strength_scales_the_drift_and_leaves_blinks_out() -> None:
    times = np.arange(0, 80, 0.05)

    def track(idle: float, name: str) -> np.ndarray:
        plan = Plan(rest=REST, closed_eyes=-6.0, idle=idle)
        return np.array([scores_at(t, 3, plan)[name] - REST[name] for t in times])

    for name in ("yaw", "pitch", "smile"):
        assert track(2.0, name) == pytest.approx(2 * track(1.0, name))
        assert track(0.5, name) == pytest.approx(track(1.0, name) / 2)
        assert not track(0.0, name).any()
    shut = {idle: track(idle, "eyes") < -SHUT for idle in (0.0, 0.5, 1.0, 2.0)}
    assert not shut[0.0].any()
    assert 0 < shut[0.5].sum() < shut[1.0].sum()
    assert not (shut[0.5] & ~shut[1.0]).any(), "less idle leaves blinks out and moves none"
    assert (shut[1.0] == shut[2.0]).all(), "nobody blinks twice as often"


def test_idle_strength_leaves_speech_and_expressions_alone_and_reduced_motion_wins() -> None:
    def mouth(idle: float) -> list[float]:
        plan = Plan(rest=REST, closed_eyes=-6.0, idle=idle).express(0.0, {**REST, "smile": 1.5}).speak(1.0)
        return [scores_at(t, 3, plan)["mouth"] for t in np.arange(0, 5, 0.05)]

    assert mouth(0.0) == mouth(1.0)
    calm = Plan(rest=REST, closed_eyes=-6.0, idle=2.0, calm=True)
    assert all(scores_at(t, 3, calm) == REST for t in np.arange(0, 30, 0.5))
    still = Plan(rest=REST, closed_eyes=-6.0, idle=0.0)
    assert idle_states(still) == [REST] * len(idle_states(PLAN))
    assert not glance_states(still)
