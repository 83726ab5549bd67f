"""How well a task is done, and a report with examples side by side. Knows nothing of the command line.

subject      who is judged, on which rows         speaking     replies, memos, summaries, refusals
expression   accuracy and confusion               folds        expression by cross-validation
loss         validation loss of an adapter        report       one HTML page
"""

from pathlib import Path
from typing import Any

__all__ = ["by_folds", "evaluate"]

_SHOWN = 12


def by_folds(data: Path, *, report: Path | None = None, **given: Any) -> dict[str, Any]:
    """See `folds.evaluate`."""
    from ohlora.language.evaluation import folds
    from ohlora.language.evaluation import report as page

    found = folds.evaluate(data, **given)
    if report:
        page.write(report, found, (), ())
    return found


def evaluate(
    task: str,
    *,
    persona: str = "ohlora",
    data: Path | None = None,
    adapter: Path | None = None,
    model: str = "",
    limit: int | None = None,
    seed: int = 0,
    report: Path | None = None,
) -> dict[str, Any]:
    """Figures of a task ("reply", "expression", "memory", "summary", "safety"), each with "task" and "n".

    Raises:
        InputError, MissingError: as `subject` tells.
    """
    from ohlora import personas
    from ohlora.language.evaluation import report as page
    from ohlora.language.evaluation import speaking, subject

    who = personas.load(persona)
    rows, train = subject.rows(who, data, limit)
    with subject.engine(who, adapter, model) as engine:
        found: dict[str, Any] = {"task": task}
        if task == "reply":
            found |= speaking.reply(engine, who, rows, seed)
        elif task == "expression":
            found |= speaking.expression(engine, who, rows, train)
        elif task == "memory":
            found |= speaking.memory(engine, who, rows)
        elif task == "summary":
            found |= speaking.summary(engine, who, rows)
        else:
            found |= speaking.safety(engine, who, rows, train, seed)
        if task == "reply" and adapter is not None and (adapter / "adapter_model.safetensors").is_file():
            from ohlora.language.evaluation.loss import validation_loss

            found["validation_loss"] = validation_loss(who, rows, train, adapter, model)
        if report:
            page.write(report, found, *_side_by_side(engine, who, rows, seed))
    return found


def _side_by_side(engine: Any, persona: Any, rows: Any, seed: int) -> tuple[Any, Any]:
    """The same messages to the bare model, with the prompt but no adapter, and as she is served."""
    from ohlora.language import tasks
    from ohlora.language.engines import BUNDLED, open_engine
    from ohlora.language.evaluation import speaking
    from ohlora.language.prompt import open_turn

    chosen = [row for row in rows if not row.history][:: max(1, len(rows) // _SHOWN)][:_SHOWN]
    told = [each.text for each in speaking.replies(engine, persona, chosen, seed)]
    name = persona.card.char
    if engine.form == "chat":
        return ("message", "in the data", "as served"), [
            (r.input, r.reply, t) for r, t in zip(chosen, told, strict=True)
        ]
    plain = open_engine(BUNDLED)
    try:
        prompted = [each.text for each in speaking.replies(plain, persona, chosen, seed, tasks.PLAIN)]
        bare = [
            "".join(plain.complete(open_turn(name, row.input), max_tokens=60, stop=("사용자:",), seed=seed)).strip()
            for row in chosen
        ]
    finally:
        plain.close()
    cells = [(row.input, *texts) for row, *texts in zip(chosen, bare, prompted, told, strict=True)]
    return ("message", "bare model", "prompt only", "with the adapter"), cells
