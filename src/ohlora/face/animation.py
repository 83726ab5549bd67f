"""How she moves: scores as a pure function of time, seed and plan. The same three give the same scores, anywhere.

Four movements add up: an expression reached by eased curves, a slow drift of the head, glances away, and blinks; while she
speaks, the mouth, and the head comes to rest before who listens. The drift is a closed loop of LOOP_SECONDS in LOOP_STEPS phases
that rests before the viewer now and then; glances start from there and end there, so that one glance is the same few states
each time. Blinks, glances and the mouth have few levels: states recur, and their pictures come from a cache. Knows scores only:
no pictures, no words.

Sources: people blink about every 4 s with a wide spread, 15 % in pairs, closing in about 100 ms and opening in 200 ms
(Bentivoglio et al. 1997; VanderWerff et al. 2003); who listens looks away about every 7 s for about 1.1 s (Andrist et al. 2013),
the lids going along with a look up or down (Evinger et al. 1991); minimum-jerk easing (Flash & Hogan 1985).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

LOOP_SECONDS = 24.0
LOOP_STEPS = 216  # 9 states a second; a step moves the head by less than a pixel
EASE_SECONDS = 0.6
SYLLABLE_SECONDS = 0.22

_SLOT_SECONDS = 4.0  # one blink (or pair) begins in most slots of this length
_BLINKS = 0.9  # the share of slots with a blink
_CLOSING, _SHUT, _OPENING = 0.10, 0.04, 0.20
_BLINK = _CLOSING + _SHUT + _OPENING
_PAIR_GAP = 0.16
_LEVELS = 5  # a blink is drawn in so many steps of closing
_MOUTH, _MOUTH_LEVELS = 0.9, 4  # how far the mouth opens in speaking, in σ
_REST_LEVELS = 4

_RESTS = (3.0, 10.2, 18.4)  # when, in a loop, the drift has come to rest
_REST = 2.4  # for so long
_GLANCES = 0.85  # the share of these rests in which she looks away
_AWAY, _BACK = 0.32, 0.42  # how long the head takes to turn
_HELD = (0.4, 1.2)  # how long it stays: uniform in between
GLANCE_LEVELS = 6
# Where she looks, in σ from her rest: to both sides, up as people do who think, and down.
_ASIDE: Sequence[Mapping[str, float]] = (
    {"yaw": -0.9, "pitch": 0.1},
    {"yaw": 0.9, "pitch": 0.05},
    {"yaw": 0.6, "pitch": 0.55, "eyes": 0.3},
    {"yaw": -0.55, "pitch": -0.6, "eyes": -0.9},
)


@dataclass(frozen=True)
class Key:
    """From `start` on (seconds) the face moves to `scores` (population σ) within EASE_SECONDS."""

    start: float
    scores: Mapping[str, float]


@dataclass(frozen=True)
class Plan:
    """What the face is to do. Times are seconds on any one clock.

    rest: the person's resting scores; closed_eyes: the score at which the lids are shut.
    keys: expressions, in order of start. speaking: (start, end) of each stretch of speech, end may be infinite.
    idle: how lively she is when nothing happens: 1 as people are; drift and glances grow with it, at less there are fewer blinks,
        at 0 she keeps still.
    calm: no drift, no glances, no blinks, no jumps in between (for people who asked their system for reduced motion), whatever `idle` is.
    """

    rest: Mapping[str, float]
    closed_eyes: float
    keys: tuple[Key, ...] = ()
    speaking: tuple[tuple[float, float], ...] = ()
    idle: float = 1.0
    calm: bool = False

    def express(self, start: float, scores: Mapping[str, float]) -> "Plan":
        """The plan with one more expression, and without what lies too far back to be seen."""
        past = [key for key in self.keys if key.start < start][-2:]
        return replace(self, keys=(*past, Key(start, dict(scores))))

    def speak(self, start: float, end: float = math.inf) -> "Plan":
        """The plan with speech from `start`."""
        return replace(self, speaking=(*self.speaking[-2:], (start, end)))

    def hush(self, end: float) -> "Plan":
        """The plan with speech ending at `end`."""
        return replace(self, speaking=tuple((a, min(b, end)) for a, b in self.speaking if a < end))


def scores_at(t: float, seed: int, plan: Plan) -> dict[str, float]:
    """Scores of every attribute of `plan.rest` at time t, in population σ.

    Args:
        t: seconds, on the clock of the plan.
        seed: decides when she blinks, when and where she glances, and how the mouth moves.
    """
    scores = _expression(t, plan)
    if plan.calm:
        return scores
    speaking = _speaking(t, plan)
    _add(scores, _drift(t, speaking, plan.idle))
    # She looks at whom she speaks to, and at whom her expression is for.
    _add(scores, _glance(t, seed, plan.idle * (1.0 - _in_levels(max(speaking, _expressed(t, plan)), _REST_LEVELS))))
    if "mouth" in scores:
        scores["mouth"] += _mouth(t, seed) * _in_levels(speaking, _MOUTH_LEVELS)
    if "eyes" in scores:
        scores["eyes"] += _closure(t, seed, plan.idle) * (plan.closed_eyes - scores["eyes"])
    return scores


def speaking_states(plan: Plan) -> Sequence[dict[str, float]]:
    """The states of speaking in the newest expression, eyes open: one for each height of the mouth."""
    scores = _newest(plan)
    if "mouth" not in scores:
        return [scores]
    heights = (_MOUTH * level / _MOUTH_LEVELS for level in range(_MOUTH_LEVELS + 1))
    return [{**scores, "mouth": scores["mouth"] + height} for height in heights]


def blink_states(plan: Plan, scores: Mapping[str, float]) -> Sequence[dict[str, float]]:
    """The states of a blink in these scores, eyes open left out."""
    if "eyes" not in scores:
        return []
    way = plan.closed_eyes - scores["eyes"]
    return [{**scores, "eyes": scores["eyes"] + level / _LEVELS * way} for level in range(1, _LEVELS + 1)]


def glance_states(plan: Plan) -> Sequence[dict[str, float]]:
    """The states of every glance from rest, eyes open, the farthest of each first; none in an expression, which is shown to somebody."""
    if _newest(plan) != plan.rest or not plan.idle:
        return []
    states = []
    for level in range(GLANCE_LEVELS, 0, -1):
        for aside in _ASIDE:
            scores = dict(plan.rest)
            _add(scores, {name: plan.idle * level / GLANCE_LEVELS * offset for name, offset in aside.items()})
            states.append(scores)
    return states


def _newest(plan: Plan) -> dict[str, float]:
    scores = dict(plan.rest)
    if plan.keys:
        scores.update({name: value for name, value in plan.keys[-1].scores.items() if name in scores})
    return scores


def idle_states(plan: Plan) -> Sequence[dict[str, float]]:
    """The states of one loop of idling in the newest expression, eyes open: what a cache may draw ahead."""
    last = plan.keys[-1].start if plan.keys else 0.0
    begin = LOOP_SECONDS * math.ceil((last + EASE_SECONDS) / LOOP_SECONDS)
    quiet = replace(plan, speaking=())
    states = []
    for step in range(LOOP_STEPS):
        t = begin + (step + 0.5) * LOOP_SECONDS / LOOP_STEPS
        scores = _expression(t, quiet)
        _add(scores, _drift(t, 0.0, plan.idle))
        states.append(scores)
    return states


def ease(x: float) -> float:
    """Minimum jerk from 0 to 1: 10x³ − 15x⁴ + 6x⁵, flat outside."""
    x = min(max(x, 0.0), 1.0)
    return x * x * x * (10 - 15 * x + 6 * x * x)


def _add(scores: dict[str, float], offsets: Mapping[str, float]) -> None:
    for name, offset in offsets.items():
        if name in scores:
            scores[name] += offset


def _in_levels(share: float, levels: int) -> float:
    return round(share * levels) / levels


def _begun(t: float, plan: Plan) -> Iterator[tuple[Key, float]]:
    """The keys that have begun, and how far each was followed before the next one began."""
    for number, key in enumerate(plan.keys):
        if key.start > t:
            break
        following = plan.keys[number + 1].start if number + 1 < len(plan.keys) else math.inf
        yield key, 1.0 if plan.calm else ease((min(t, following) - key.start) / EASE_SECONDS)


def _expression(t: float, plan: Plan) -> dict[str, float]:
    """Follows the keys; a key that comes before the last is reached starts from where the face is then."""
    scores = dict(plan.rest)
    for key, share in _begun(t, plan):
        for name, value in key.scores.items():
            if name in scores:
                scores[name] += share * (value - scores[name])
    return scores


def _expressed(t: float, plan: Plan) -> float:
    """0 at rest … 1 in an expression, eased as the expression is."""
    held = 0.0
    for key, share in _begun(t, plan):
        differs = any(plan.rest.get(name, value) != value for name, value in key.scores.items())
        held += share * (float(differs) - held)
    return held


def _speaking(t: float, plan: Plan) -> float:
    """0 silent … 1 speaking, eased at both ends."""
    shares = (min(ease((t - a) / 0.3), ease((b - t) / 0.3)) for a, b in plan.speaking)
    return max(shares, default=0.0)


def _drift(t: float, speaking: float, idle: float) -> dict[str, float]:
    """The head's slow movement; none while she speaks, when people hold eye contact more. Few sizes in between."""
    step = math.floor(t / LOOP_SECONDS * LOOP_STEPS) % LOOP_STEPS
    phase = 2 * math.pi * step / LOOP_STEPS
    size = _roaming(step * LOOP_SECONDS / LOOP_STEPS) * idle * (1.0 - _in_levels(speaking, _REST_LEVELS))
    return {
        "yaw": size * (0.21 * math.sin(phase) + 0.075 * math.sin(3 * phase + 1.0)),
        "pitch": size * (0.16 * math.sin(2 * phase + 0.7) + 0.05 * math.sin(3 * phase)),
        "smile": size * 0.10 * math.sin(phase + 2.1),
    }


def _roaming(into: float) -> float:
    """How far the drift is let go, `into` seconds into its loop: 0 in its rests, smoothly 1 and back between them."""
    for begin, following in zip(_RESTS, (*_RESTS[1:], _RESTS[0] + LOOP_SECONDS), strict=True):
        since = (into - begin) % LOOP_SECONDS - _REST
        if 0 <= since < (way := following - begin - _REST):
            return math.sin(math.pi * since / way) ** 2
    return 0.0


def _glance(t: float, seed: int, size: float) -> dict[str, float]:
    """A look aside in most rests of the drift: somewhere for a while and back, in GLANCE_LEVELS steps."""
    loop, into = divmod(t, LOOP_SECONDS)
    for number, begin in enumerate(_RESTS):
        if not begin <= into < begin + _REST:
            continue
        some, where, when, long = _draw(seed, 3, int(loop) * len(_RESTS) + number)
        held = _HELD[0] + (_HELD[1] - _HELD[0]) * long
        since = into - begin - when * (_REST - _AWAY - held - _BACK)
        there = min(ease(since / _AWAY), 1.0 - ease((since - _AWAY - held) / _BACK))
        if some >= _GLANCES or not (level := _in_levels(there, GLANCE_LEVELS)):
            break
        return {name: size * level * offset for name, offset in _ASIDE[int(where * len(_ASIDE))].items()}
    return {}


def _draw(seed: int, stream: int, number: int) -> np.ndarray:
    """Four uniform numbers that belong to (seed, stream, number)."""
    return np.random.Generator(np.random.PCG64([abs(seed), stream, number + 2**32])).random(4)


def _closure(t: float, seed: int, idle: float) -> float:
    """How far the lids are closed, 0 … 1, in _LEVELS steps. Less idle leaves blinks out, and moves none."""
    slot = math.floor(t / _SLOT_SECONDS)
    deepest = 0.0
    for number in (slot - 1, slot):
        some, when, pair, _ = _draw(seed, 1, number)
        if some >= _BLINKS * min(1.0, idle):  # now and then nobody blinks for up to eight seconds
            continue
        begin = (number + 0.05 + 0.7 * when) * _SLOT_SECONDS
        starts = [begin, begin + _BLINK + _PAIR_GAP] if pair < 0.15 else [begin]
        deepest = max(deepest, *(_lid(t - start) for start in starts))
    return _in_levels(deepest, _LEVELS)


def _lid(since: float) -> float:
    """Closure at so many seconds after a blink began: quick to close, slower to open."""
    if since < 0 or since > _BLINK:
        return 0.0
    if since < _CLOSING:
        return ease(since / _CLOSING)
    return 1.0 - ease((since - _CLOSING - _SHUT) / _OPENING)


def _mouth(t: float, seed: int) -> float:
    """Opening of the mouth while speaking, in σ: one height a syllable, in _MOUTH_LEVELS steps, eased in between."""
    number = math.floor(t / SYLLABLE_SECONDS)
    before, after = (_draw(seed, 2, n)[0] for n in (number, number + 1))
    height = before + ease(t / SYLLABLE_SECONDS - number) * (after - before)
    return _MOUTH * _in_levels(height, _MOUTH_LEVELS)
