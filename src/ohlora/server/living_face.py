"""Her face as it lives in the page: what she does in the conversation becomes a plan, the plan a picture of each moment.

Meets `face.animation` (scores of a moment), `face.expression` (labels to scores) and `face.stage` (scores to JPEG). Knows
nothing of sockets, nor of who asks for pictures.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from ohlora.face.animation import Plan, scores_at
from ohlora.face.expression import targets
from ohlora.face.stage import Stage
from ohlora.personas import Persona

EXPRESSION_S = 12.0
"""How long an expression is held before the face goes back to rest."""

SIZE = 512
_RATE, _CALM_RATE = 25.0, 10.0
_SYLLABLE_S = 0.14
_LONGEST_SPEECH_S = 8.0

# Along the direction of the eyes the lids are shut about here, where no calibration says it better (measured on FFHQ).
_CLOSED_STEPS = -6.0


class LivingFace:
    """One persona's face.

    `load` is called in a thread of its own; until it returns there is nothing to draw. `picture` and `rate` are called in
    the drawing thread; all else on the event loop. A plan is never changed but replaced, so no lock is needed.

    Args:
        persona: whose face.
        seed: decides when she blinks.
        clock: seconds since 1970.
    """

    def __init__(self, persona: Persona, seed: int = 0, clock: Callable[[], float] = time.time) -> None:
        self._persona, self._seed, self._clock = persona, seed, clock
        self._birth = clock()
        self._stage: Stage | None = None
        self._plan = Plan(rest={}, closed_eyes=0.0)
        self._spoke_at = 0.0

    def load(self, progress: Callable[[float], None]) -> None:
        """Loads the network and the face and draws the first picture.

        Args:
            progress: told how far it is, 0 to 1.

        Raises:
            MissingError: the network has not been pulled.
            InputError: the persona's face is missing, damaged, or of another network.
        """
        from ohlora.face import mobile_stylegan
        from ohlora.face.persona_face import load_face

        progress(0.05)
        generator = mobile_stylegan.load("auto", size=SIZE)
        progress(0.15)
        face = load_face(self._persona.folder, generator)
        progress(0.25)
        rest = {name: face.base[name] for name in face.directions.names}
        reach = face.reach.get("eyes")
        closed = reach[0] if reach else rest.get("eyes", 0.0) + _CLOSED_STEPS
        self._plan = Plan(rest=rest, closed_eyes=closed)
        stage = Stage(generator, face.at, size=SIZE)
        stage.frame(rest)
        progress(0.85)
        # Every blink goes through these; the first one should be as smooth as the others.
        for share in (0.2, 0.4, 0.6, 0.8, 1.0):
            if "eyes" in rest:
                stage.frame({**rest, "eyes": rest["eyes"] + share * (closed - rest["eyes"])})
            progress(0.85 + 0.15 * share)
        self._stage = stage

    def picture(self, moment: float, calm: bool) -> bytes:
        """JPEG of the face at a moment (seconds since 1970)."""
        assert self._stage, "nothing is drawn before the face is loaded"
        plan = replace(self._plan, calm=True) if calm else self._plan
        return self._stage.frame(scores_at(moment - self._birth, self._seed, plan))

    def rate(self, calm: bool) -> float:
        """Pictures a second."""
        return _CALM_RATE if calm else _RATE

    def thinking(self) -> None:
        """The language model begins to work: it needs the processor."""
        self._busy(True)

    def speaking(self) -> None:
        """The first word is there."""
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
        self._plan = self._plan.express(now, targets(labels, rest)).express(now + EXPRESSION_S, rest)

    def silent(self) -> None:
        """The turn is over, however it ended."""
        self._busy(False)
        if any(end == float("inf") for _, end in self._plan.speaking):
            self._plan = self._plan.hush(self._now())

    def _busy(self, yes: bool) -> None:
        if self._stage:
            self._stage.busy = yes

    def _now(self) -> float:
        return self._clock() - self._birth
