"""Is this model ready to be trained on this data? Checked on the CPU, in seconds, before anything is trained.

KoreanLM 1.5B could not be fine-tuned: a token id equal to the number of its embedding rows ended in "CUDA error: device-side
assert triggered" a few batches in. This and every other fault of its kind that fails late, or never and in silence, is a
sentence here: which token, which row, what mends it (docs/preflight.md has the table). Notable choices:

- Rows go through the very `encoding` that training uses, so what is checked is what is trained.
- Of weights only headers are read; the loader of `transformers` compares names and shapes on the meta device.
- "error" means: training fails, or learns something wrong in silence. Whatever training copes with is at most a warning.
- Bad input (no such file, a label outside its set, no tokenizer) is refused with one sentence, as everywhere.

Needs the extra `train`. Trains nothing; `fix` writes corrected copies and never touches what it was given.
"""

import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from ohlora.i18n import say
from ohlora.language import data as dialogue
from ohlora.language.data import TASKS, Data, Task
from ohlora.language.encoding import NAME, Row, encode, end_token, pieces
from ohlora.language.preflight import _fix, _gate, _machine, _rows, _tokens
from ohlora.language.preflight._report import Finding, Report, refusal
from ohlora.language.preflight._subject import Subject, open_subject, resolve
from ohlora.progress import bar

__all__ = [
    "MAX_LENGTH",
    "STOPS_TRAINING",
    "Finding",
    "Report",
    "check",
    "examine",
    "fix",
    "lines",
    "refusal",
    "resolve",
]

MAX_LENGTH = 1024
"""Tokens of a text where no limit is given; as in `training.Settings`."""

STOPS_TRAINING = frozenset({
    "architecture", "completion-empty", "config-invalid", "data-no-train", "data-not-labelled", "end-missing", "family",
    "forward", "inputs-negative", "labels-range", "memory", "pad-id", "token-id", "tokenizer-unreadable", "weights-file", "weights-missing",
    "weights-not-finite", "weights-shape", "weights-unexpected",
})  # fmt: skip
"""Errors with which this package's own training fails or is worthless. The others it gets round by itself, or they judge
the data: a trainer may go on with those after saying them."""


def check(
    model: str | Path,
    data: Path | Data,
    *,
    tasks: Collection[Task] = TASKS,
    max_length: int | None = None,
    name: str = NAME,
    description: str = "",
    adapter: Path | None = None,
    targets: Sequence[str] = (),
    device: str = "auto",
    gate: bool = True,
) -> Report:
    """Everything there is to say about training this model on this data.

    Args:
        model: folder of transformers, GGUF file, or name of the catalogue.
        data: file (see `language.data`), or what was read of it.
        tasks: what is to be learned.
        max_length: tokens of a text at most; None: MAX_LENGTH.
        name, description: the persona's, as training shows them.
        adapter: PEFT folder to go on from.
        targets: names of modules that are to get a LoRA.
        device: "cpu", "cuda", or "auto".
        gate: run the forward pass at the end.

    Raises:
        InputError: one sentence: a file missing or damaged, no tokenizer, a label outside its set, …
        MissingError: the extra `train`, or the model, is not installed.
    """
    read = data if isinstance(data, Data) else dialogue.read(data)
    subject, found = open_subject(resolve(str(model)))
    return examine(
        subject, found, read, tasks=tasks, max_length=max_length, name=name, description=description, adapter=adapter,
        targets=targets, device=device, gate=gate,
    )  # fmt: skip


def examine(
    subject: Subject,
    found: Sequence[Finding],
    data: Data,
    *,
    tasks: Collection[Task],
    max_length: int | None,
    name: str,
    description: str,
    adapter: Path | None,
    targets: Sequence[str],
    device: str,
    gate: bool,
) -> Report:
    """As `check`, of a model that is open already; `found` is what opening it said."""
    report = Report()
    report.add(found)
    whole = len(tasks) == len(TASKS)
    report.add(_rows.check_data(data, tasks, whole))
    device = _device() if device == "auto" else device
    report.add(_machine.check(subject, device))
    report.add(_machine.check_adapter(subject, adapter, targets))
    limit = max_length or MAX_LENGTH
    encoded: list[tuple[int, Row]] = []
    if subject.tokenizer is not None:
        encoded = _encoded(subject, data, tasks, limit, name, description)
        report.add(_tokens.check(subject, data, encoded))
        report.add(_rows.check_encoded(subject, data, encoded, tasks, limit, max_length is not None))
    report.summary = _summary(subject, data, tasks, limit, encoded, device)
    told: dict[str, Any] = {}
    if gate and encoded and subject.skeleton is not None:
        # Types nobody computes in cannot be tried here either.
        stopped = sorted({finding.code for finding in report.errors} & (STOPS_TRAINING | {"dtype"}))
        if stopped:
            told["model"] = f"not run: {', '.join(stopped)}"
        else:
            report.add(_gate.check(subject, data, encoded, told))
        report.summary["forward"] = told
    return report


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _encoded(
    subject: Subject, data: Data, tasks: Collection[Task], limit: int, name: str, description: str
) -> list[tuple[int, Row]]:
    """(row number, what training sees of it), of the rows that are labelled for a task."""
    end = end_token(subject.tokenizer, subject.config)
    rows = [row for row in data.rows if any(row.serves(task) for task in tasks)]
    encoded = []
    with bar(say("tokens", "토큰"), len(rows), "row") as progress:
        for row in rows:
            told = pieces(row, tasks=tasks, name=name, description=description)
            encoded.append((row.number, encode(subject.tokenizer, told, end=end, max_length=limit)))
            progress.update()
    return encoded


def _summary(
    subject: Subject, data: Data, tasks: Collection[Task], limit: int, encoded: Sequence[tuple[int, Row]], device: str
) -> dict[str, Any]:
    lengths = sorted(row.length for _, row in encoded)
    end = end_token(subject.tokenizer, subject.config) if subject.tokenizer is not None else None
    ended = [row for _, row in encoded if row.labels and row.labels[-1] == end and end is not None]
    return {
        "model": str(subject.path),
        "architecture": type(subject.skeleton).__name__ if subject.skeleton is not None else None,
        "parameters": subject.parameters or None,
        "embedding_rows": subject.rows,
        "tokenizer_size": max(subject.tokenizer.get_vocab().values()) + 1 if subject.tokenizer is not None else None,
        "positions": subject.positions,
        "end_token": None if end is None else {"id": end, "token": subject.tokenizer.convert_ids_to_tokens(end)},
        "device": device,
        "data": str(data.path),
        "encoding": data.encoding,
        "rows": len(data.rows),
        "train": len(data.split("train")),
        "valid": len(data.split("valid")),
        "tasks": {task: sum(row.serves(task) for row in data.rows) for task in TASKS if task in tasks},
        "max_length": limit,
        "tokens": {"longest": lengths[-1], "median": lengths[len(lengths) // 2]} if lengths else None,
        "highest_id": max((max(row.ids) for _, row in encoded if row.ids), default=None),
        "truncated_rows": sum(row.lost > 0 for _, row in encoded),
        "answer_tokens_lost": sum(row.lost for _, row in encoded),
        "ends_trained": round(len(ended) / len(encoded), 4) if encoded else None,
    }


def fix(
    model: str | Path, data: Path, out: Path, *, resize: bool = False, seed: int = 0, gate: bool = True, **options: Any
) -> Report:
    """As `check`, and writes a corrected copy of model and data into `out`.

    The report's findings are those of the original; `summary["fix"]` says what was changed and what the copy still lacks.

    Args:
        out: new folder; gets the model's files and data.jsonl (of a GGUF only data.jsonl), and fixes.json.
        resize: give tokens without an embedding row one, drawn from `seed`.
        options: as of `check`.

    Raises:
        InputError: as `check`; also a folder that exists, or lies in the model's.
    """
    path = resolve(str(model))
    _fix.check_target(out, path)
    read = dialogue.read(data, any_encoding=True)
    settings: dict[str, Any] = {
        "tasks": TASKS, "max_length": None, "name": NAME, "description": "", "adapter": None, "targets": (), "device": "auto",
        **options,
    }  # fmt: skip
    subject, found = open_subject(path)
    report = examine(subject, found, read, gate=gate, **settings)
    end = _end_of_copy(subject)

    def encoded(row: dialogue.Dialogue) -> Row:
        told = pieces(row, tasks=settings["tasks"], name=settings["name"], description=settings["description"])
        limit = min(settings["max_length"] or MAX_LENGTH, subject.positions or MAX_LENGTH)
        return encode(subject.tokenizer, told, end=end, max_length=limit)

    if subject.tokenizer is None:
        report.summary["fix"] = {"directory": None, "changes": [], "left": sorted({f.code for f in report.errors})}
        return report
    done = _fix.write(
        subject, read, report.findings, out, encoded, resize=resize, seed=seed, command=["ohlora", *sys.argv[1:]]
    )
    again = check(out if not subject.gguf else path, out / _fix.DATA, gate=gate, **settings)
    report.summary["fix"] = {
        "directory": str(out),
        "changes": [say(*change) for change in done.changes],
        "left": sorted({finding.code for finding in again.errors}),
        "trainable_token_indices": done.trainable,
    }
    return report


def _end_of_copy(subject: Subject) -> int | None:
    """An id to end texts with while they are measured; every text has one end, whichever it is."""
    return end_token(subject.tokenizer, subject.config) or 0 if subject.tokenizer is not None else None


def lines(report: Report) -> list[str]:
    """The report for people."""
    signs = {"error": say("ERROR", "오류"), "warning": say("warning", "주의"), "info": say("note", "참고")}
    told = []
    for finding in report.findings:
        where = f" [{finding.where}]" if finding.where else ""
        told += [
            f"{signs[finding.severity]} {finding.code}: {say(*finding.message)}{where}",
            f"  → {say(*finding.remedy)}",
        ]
    summary = report.summary
    if fixed := summary.get("fix"):
        told += [f"{say('changed', '바꿈')}: {change}" for change in fixed["changes"]]
        if fixed["directory"]:
            left = ", ".join(fixed["left"])
            model = fixed["directory"] if not summary["model"].endswith(".gguf") else summary["model"]
            told.append(
                say(
                    f"written to {fixed['directory']}; still wrong there: {left}",
                    f"{fixed['directory']}에 썼습니다. 남은 문제: {left}",
                )
                if left
                else say(
                    f"written to {fixed['directory']}, which passes: --model {model} --data {fixed['directory']}/data.jsonl",
                    f"{fixed['directory']}에 썼고 점검을 통과합니다: --model {model} --data {fixed['directory']}/data.jsonl",
                )
            )
    if summary.get("rows") is not None:
        kind = summary["architecture"] or say("no causal model", "인과 모델 아님")
        told.append(
            say(
                f"{summary['rows']} rows ({summary['train']} train, {summary['valid']} valid), {kind}, "
                f"{summary['embedding_rows']:,} embedding rows, highest id {summary['highest_id']}",
                f"{summary['rows']}행(학습 {summary['train']}, 검증 {summary['valid']}), {kind}, "
                f"임베딩 {summary['embedding_rows']:,}행, 가장 큰 번호 {summary['highest_id']}",
            )
            if summary.get("embedding_rows")
            else f"{summary['rows']} {say('rows', '행')}"
        )
    if report.ok:
        told.append(say("ready to train", "학습할 준비가 되었습니다"))
    return told
