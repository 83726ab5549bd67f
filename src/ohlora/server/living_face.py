"""Her face as it lives in the page: what she does in the conversation becomes a plan, the plan a picture of each moment.

Meets `face.animation` (scores of a moment), `face.expression` (labels to scores) and `face.stage` (scores to JPEG). Knows
nothing of sockets, nor of who asks for pictures.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ohlora import models
from ohlora.errors import InputError
from ohlora.face.animation import (
    GLANCE_LEVELS,
    Plan,
    blink_states,
    glance_states,
    idle_states,
    scores_at,
    speaking_states,
)
from ohlora.face.expression import NEUTRAL, OFFSETS, targets
from ohlora.face.frames import pixels
from ohlora.face.kept_frames import KeptFrames
from ohlora.face.stage import Stage
from ohlora.files import sha256_of
from ohlora.language.examples import read
from ohlora.language.tasks import EXAMPLES
from ohlora.paths import cache_dir
from ohlora.personas import Persona, face_folder
from ohlora.priority import low_priority

if TYPE_CHECKING:
    from ohlora.face.attributes.landmarks import LandmarkScorer
    from ohlora.face.persona_face import PersonaFace

EXPRESSION_S = 12.0
"""How long an expression is held before the face goes back to rest."""

SIZE = 512
_RATE, _BUSY_RATE, _WAITING_RATE, _CALM_RATE = 30.0, 22.0, 12.0, 10.0
_EXPRESSIONS_PREPARED = 12
_SYLLABLE_S = 0.14
_LONGEST_SPEECH_S = 8.0

# Along the direction of the eyes the lids are shut about here, where no calibration says it better (measured on FFHQ).
_CLOSED_STEPS = -6.0
# How far from her own score each attribute may be set where no calibration says what she reaches.
_UNCALIBRATED = 2.0
_PART = {"eyes": "eyes", "mouth": "mouth", "pose": "yaw", "smile": "smile"}


class LivingFace:
    """One persona's face.

    `load` is called in a thread of its own; until it returns there is nothing to draw. `picture` and `rate` are called in
    the drawing thread; all else on the event loop. A plan is never changed but replaced, so no lock is needed.

    Args:
        persona: whose face.
        seed: decides when she blinks.
        clock: seconds since 1970.
        idle: how far she moves when nothing happens; see `face.animation.Plan`.
        size: side of the picture in pixels.
    """

    def __init__(
        self,
        persona: Persona,
        seed: int = 0,
        clock: Callable[[], float] = time.time,
        *,
        idle: float = 1.0,
        size: int = SIZE,
    ) -> None:
        self._size = size
        self._persona, self._seed, self._clock = persona, seed, clock
        self._birth = clock()
        self._stage: Stage | None = None
        self._plan = Plan(rest={}, closed_eyes=0.0, idle=idle)
        self._spoke_at = 0.0
        self._face: PersonaFace | None = None
        self._posed: dict[str, float] | None = None
        self._scorer: LandmarkScorer | None = None
        self._measuring = threading.Lock()
        self._language_works = False
        self._word_awaited = False
        self._closed = False

    @property
    def idle(self) -> float:
        return self._plan.idle

    @property
    def size(self) -> int:
        return self._size

    def load(self, progress: Callable[[float], None], size: int | None = None) -> None:
        """Loads the network and the face and draws the first picture. Called again it takes the place of what was there.

        Args:
            progress: told how far it is, 0 to 1.
            size: of the picture from now on; as it is by default.

        Raises:
            MissingError: the network has not been pulled.
            InputError: the persona's face is missing, damaged, or of another network.
        """
        from ohlora.face import mobile_stylegan
        from ohlora.face.persona_face import load_face

        low_priority()  # and so the threads that OpenVINO starts for drawing
        size = size or self._size
        progress(0.05)
        generator = mobile_stylegan.load("auto", size=size)
        progress(0.15)
        face = load_face(face_folder(self._persona.folder), generator)
        progress(0.25)
        rest = {name: face.base[name] for name in face.directions.names}
        reach = face.reach.get("eyes")
        closed = reach[0] if reach else rest.get("eyes", 0.0) + _CLOSED_STEPS
        if not self._plan.rest:
            self._plan = replace(self._plan, rest=rest, closed_eyes=closed)
        kept = _kept(self._persona, generator.precision, size)
        stage = Stage(generator, face.at, size=size, kept=kept, tilt=face.tilt)
        stage.frame(rest)
        progress(0.85)
        # Every blink goes through these; the first one should be as smooth as the others.
        blink = blink_states(self._plan, rest)
        for number, state in enumerate(blink, 1):
            stage.frame(state)
            progress(0.85 + 0.15 * number / len(blink))
        self._prepare(stage)
        before, self._stage = self._stage, stage
        self._face, self._size = face, size
        if before:
            before.close()
        if self._closed:  # meanwhile
            stage.close()

    def _prepare(self, stage: Stage) -> None:
        """What will be wanted, drawn from coarse to fine while nothing else is: idling, speaking, the usual expressions."""
        idle, glances = list(idle_states(self._plan)), list(glance_states(self._plan))
        loop = _loop(self._plan)
        farthest = glances[: len(glances) // GLANCE_LEVELS]
        blinks = [state for phase in (*idle[::9], *farthest) for state in blink_states(self._plan, phase)]
        coarse = len(idle) // 16 + len(idle) // 8
        stage.prepare([*loop[:coarse], *speaking_states(self._plan), *glances, *loop[coarse:], *blinks])
        for labels in usual_expressions(self._persona, _EXPRESSIONS_PREPARED):
            there = self._plan.express(0.0, targets(labels, self._plan.rest))
            stage.prepare(
                [*_way(self._plan, there), *speaking_states(there), *blink_states(there, there.keys[-1].scores)]
            )

    def enliven(self, idle: float) -> None:
        """From now on she moves so far when nothing happens."""
        self._plan = replace(self._plan, idle=idle)
        if self._stage:
            self._stage.prepare([*glance_states(self._plan), *_loop(self._plan)], first=True)

    def close(self) -> None:
        """Draws nothing ahead any more."""
        self._closed = True
        if self._stage:
            self._stage.close()

    def picture(self, moment: float, calm: bool) -> bytes:
        """JPEG of the face at a moment (seconds since 1970)."""
        assert self._stage, "nothing is drawn before the face is loaded"
        posed = self._posed
        if posed is not None:
            return self._stage.show(posed)
        plan = replace(self._plan, calm=True) if calm else self._plan
        return self._stage.show(scores_at(moment - self._birth, self._seed, plan))

    def rate(self, calm: bool) -> float:
        """Pictures a second; fewer while the language model works, and fewest until the first word is there."""
        if calm:
            return _CALM_RATE
        return _WAITING_RATE if self._word_awaited else _BUSY_RATE if self._language_works else _RATE

    def thinking(self) -> None:
        """The language model begins to work: it needs the processor, above all until its first word."""
        self._language_works = True
        self._await_word(True)

    def _await_word(self, awaited: bool) -> None:
        self._word_awaited = awaited
        if self._stage:
            self._stage.spare(awaited)

    def speaking(self) -> None:
        """The first word is there; a face that was set is let go."""
        self._await_word(False)
        self._posed = None
        self._spoke_at = self._now()
        self._plan = self._plan.speak(self._spoke_at)

    def replied(self, text: str, ended_by: str) -> None:
        """All words are there. They came faster than anybody speaks, so her mouth moves for as long as saying them takes."""
        spoken = min(_LONGEST_SPEECH_S, _SYLLABLE_S * sum(not letter.isspace() for letter in text))
        end = self._now() if ended_by == "cancelled" else max(self._now(), self._spoke_at + spoken)
        self._plan = self._plan.hush(end)

    def expressed(self, labels: Mapping[str, str]) -> None:
        """Her words carry an expression: she takes it on, and after a while lets it go."""
        now = self._now()
        rest = self._plan.rest
        there = self._plan.express(now, targets(labels, rest))
        self._plan = there.express(now + EXPRESSION_S, rest)
        if self._stage:
            blink = blink_states(there, there.keys[-1].scores)
            self._stage.prepare([*speaking_states(there), *blink, *idle_states(there)[::8]], first=True)

    def silent(self) -> None:
        """The turn is over, however it ended."""
        self._language_works = False
        self._await_word(False)
        if any(end == float("inf") for _, end in self._plan.speaking):
            self._plan = self._plan.hush(self._now())

    def voice(self, aloud: bool) -> None:
        """Her words are being read aloud somewhere, or no more: her mouth moves as long as they are heard."""
        self._plan = self._plan.speak(self._now()) if aloud else self._plan.hush(self._now())

    def controls(self) -> dict[str, Any]:
        """What her face can be set to: `{"attributes": {NAME: {"low", "high", "rest"}}, "presets", "posed"}` in σ.

        presets: expression → label → scores; posed: what it is set to, or null.

        Raises:
            InputError: the face is not loaded.
        """
        limits, rest = self._limits(), self._plan.rest
        attributes = {
            name: {"low": low, "high": high, "rest": round(min(max(rest[name], low), high), 3)}
            for name, (low, high) in limits.items()
        }

        def within(name: str, score: float) -> float:
            low, high = limits[name]
            return round(min(max(score, low), high), 3)

        presets = {
            part: {
                label: {_PART[part]: within(_PART[part], rest[_PART[part]] + offsets.get(_PART[part], 0.0))}
                for label, offsets in labels.items()
            }
            for part, labels in OFFSETS.items()
            if _PART[part] in rest
        }
        return {"attributes": attributes, "presets": presets, "posed": self._posed}

    def pose(self, scores: Mapping[str, float] | None) -> None:
        """Sets her face to absolute scores until they are let go (None) or she speaks; what is not named stays at rest.

        Raises:
            InputError: the face is not loaded, there is no such attribute, or she does not reach the score.
        """
        if scores is None:
            self._posed = None
            return
        limits = self._limits()
        for name, score in scores.items():
            if name not in limits:
                known = ", ".join(limits)
                raise InputError(
                    f"her face has no {name[:40]!r}; there are: {known}",
                    f"얼굴에 {name[:40]!r}(이)라는 항목이 없습니다. 있는 것: {known}",
                )
            low, high = limits[name]
            if not low - 1e-6 <= score <= high + 1e-6:
                raise InputError(
                    f"{name} {score:g} is beyond her reach, which is {low:g} to {high:g}",
                    f"{name} {score:g}은(는) 닿지 않습니다. 닿는 범위: {low:g}~{high:g}",
                )
        self._posed = {**self._plan.rest, **scores}

    def measure(self) -> dict[str, Any]:
        """Measures the picture that is shown while her face is set (else at rest): `{"asked", "scores"}` in σ.

        May be called in any thread; one measures at a time.

        Raises:
            InputError: the face is not loaded, or not exactly one face is seen. MissingError: the landmark model is missing.
        """
        self._limits()
        assert self._stage
        assert self._face
        from ohlora.face.attributes.landmarks import LandmarkScorer

        asked = dict(self._posed or self._plan.rest)
        with self._measuring:
            if self._scorer is None:
                self._scorer = LandmarkScorer()
            found = self._scorer.measure(pixels(self._stage.frame(asked)))
        scores = self._face.directions.scores(found)
        return {
            "asked": {name: round(score, 3) for name, score in asked.items()},
            "scores": {name: round(score, 3) for name, score in scores.items()},
        }

    def _limits(self) -> dict[str, tuple[float, float]]:
        if self._face is None:
            raise InputError(
                "her face is still loading; wait a moment", "얼굴을 아직 불러오는 중입니다. 잠시 기다려 주세요"
            )
        reach = self._face.reach
        around = {name: (own - _UNCALIBRATED, own + _UNCALIBRATED) for name, own in self._plan.rest.items()}
        return {name: reach.get(name, (round(low, 2), round(high, 2))) for name, (low, high) in around.items()}

    def _now(self) -> float:
        return self._clock() - self._birth


def usual_expressions(persona: Persona, count: int) -> list[Mapping[str, str]]:
    """The labels that the persona's dialogues carry most often, the neutral face left out."""
    path = persona.folder / EXAMPLES
    labels = [tuple(item.turn.labels.items()) for item in read(path)] if path.is_file() else []
    seen = Counter(one for one in labels if dict(one) != NEUTRAL)
    return [dict(one) for one, _ in seen.most_common(count)]


def _loop(plan: Plan) -> list[dict[str, float]]:
    """The states of idling, from coarse to fine."""
    idle = list(idle_states(plan))
    return [state for stride in (16, 8, 4, 2, 1) for state in idle[::stride]]


def _way(plan: Plan, there: Plan) -> list[dict[str, float]]:
    """States on the way from rest to the newest expression, head still: neighbours of whatever the way will be."""
    goal = there.keys[-1].scores
    return [
        {name: own + share * (goal.get(name, own) - own) for name, own in plan.rest.items()}
        for share in (1.0, 0.5, 0.75, 0.25)
    ]


def _kept(persona: Persona, precision: str, size: int) -> KeptFrames:
    """Pictures of earlier starts: of this very face, network, precision, size and library."""
    from importlib.metadata import version

    from ohlora.face.frames import QUALITY
    from ohlora.face.mobile_stylegan import MODEL

    folder = face_folder(persona.folder)
    files = [folder / f"{part}.json" for part in ("face", "directions", "calibration")]
    digests = [sha256_of(path) if path.is_file() else "" for path in files]
    network = [file.sha256 for file in models.find(MODEL).files]
    return KeptFrames(
        cache_dir() / "frames",
        persona.name if size == SIZE else f"{persona.name}-{size}",  # each size has a file of its own
        [*digests, *network, precision, str(size), str(QUALITY), version("openvino"), "turned"],
    )
