"""Inspecting: what is in a weight file, which architecture and settings it fits, and what is odd about its numbers."""

import hashlib
import math
import os
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.checkpoint.architectures import Expected, Recognised, fits
from ohlora.checkpoint.matching import Candidate, candidates, choose, match, numbers
from ohlora.checkpoint.reader import Part, WeightFile, is_finite
from ohlora.errors import OhLoraError
from ohlora.i18n import say
from ohlora.progress import bar

_ENOUGH = 256  # fewer numbers cannot be told from a chance


def inspect(file: WeightFile) -> dict[str, Any]:
    """Everything `ohlora checkpoint inspect` shows.

    `architecture`, `settings` and `part` at the top are those of the one generator that would be used; where several
    compete, `part` is None and `candidates` holds them all.
    """
    found = candidates(file)
    chosen = _chosen(file, found)
    result: dict[str, Any] = {
        "file": os.fsencode(file.path).decode("utf-8", "replace"),
        "format": file.format,
        "bytes": file.size,
        "sha256": file.sha256,
        "architecture": None,
        "part": chosen.label if chosen else None,
        "settings": {},
        "constructor": {},
        "parts": _parts(file.parts, found),
        "candidates": [_describe(candidate) for candidate in found],
        "advice": None,
    }
    if found and len({candidate.architecture.name for candidate in found}) == 1:
        shown = chosen or found[0]
        described = result["candidates"][found.index(shown)]
        result |= {key: described[key] for key in ("architecture", "settings", "constructor")}
    elif not found:
        result |= _recognised(file.parts)
    return result


def _chosen(file: WeightFile, found: list[Candidate]) -> Candidate | None:
    if len({candidate.architecture.name for candidate in found}) != 1:
        return None
    try:
        label = choose(file, found[0].architecture).label
    except OhLoraError:
        return None
    return next(candidate for candidate in found if candidate.label == label)


def _parts(parts: list[Part], found: list[Candidate]) -> list[dict[str, Any]]:
    """One row a part; what belongs to an optimiser is added up under its first key."""
    rows: dict[str, dict[str, Any]] = {}
    fitting = {id(candidate.part): candidate.architecture.name for candidate in found}
    for part in parts:
        fit = fitting.get(id(part))
        name = part.path if fit or part.path.count(".") < 2 else part.path.split(".")[0]
        row = rows.setdefault(
            name, {"path": name, "tensors": 0, "parameters": 0, "fits": fit, "class": part.class_name}
        )
        row["tensors"] += len(part.tensors)
        row["parameters"] += sum(tensor.numel for tensor in part.tensors.values())
    return list(rows.values())


def _recognised(parts: list[Part]) -> dict[str, Any]:
    for part in sorted(parts, key=lambda part: part.path != "G_ema"):
        for fit in fits(list(part.tensors)):
            if isinstance(fit.architecture, Recognised):
                names = {
                    n.removeprefix(fit.prefix): t.shape for n, t in part.tensors.items() if n.startswith(fit.prefix)
                }
                return {
                    "architecture": fit.architecture.name,
                    "part": part.path,
                    "settings": fit.architecture.infer(names),
                    "advice": say(*fit.architecture.advice),
                }
    return {}


def _describe(candidate: Candidate) -> dict[str, Any]:
    row: dict[str, Any] = {
        "part": candidate.label,
        "architecture": candidate.architecture.name,
        "origin": candidate.architecture.origin,
        "tensors": len(candidate.tensors),
        "parameters": sum(tensor.numel for tensor in candidate.tensors.values()),
        "types": sorted({tensor.dtype for tensor in candidate.tensors.values()}),
    }
    try:
        report = match(candidate)
    except OhLoraError as error:
        return (
            row
            | {"settings": {}, "constructor": {}, "complete": False, "faults": [str(error)], "notes": []}
            | _odd(candidate, {})
        )
    return row | {
        "settings": report.settings,
        "constructor": candidate.architecture.constructor(report.settings),
        "complete": report.ok,
        "faults": [str(fault) for fault in report.faults],
        "notes": [say(*note) for note in report.notes],
        **_odd(candidate, candidate.architecture.expected(report.settings)),
    }


def _odd(candidate: Candidate, expected: dict[str, Expected]) -> dict[str, Any]:
    """Digest of all tensors, and those that are not finite, all zero, or look as if never trained."""
    digest = hashlib.sha256()
    nonfinite, zero, fresh, judged = [], [], [], 0
    with bar(say("reading", "읽는 중"), len(candidate.tensors), "tensor") as progress:
        for name, tensor in sorted(candidate.tensors.items()):
            values = numbers(name, tensor)
            digest.update(f"{name} {tensor.shape} {tensor.dtype}\n".encode())
            digest.update(values.astype(values.dtype.newbyteorder("<")).tobytes())
            weight = name.endswith("weight") and values.size >= _ENOUGH
            judged += weight
            if not is_finite(values):
                nonfinite.append(name)
            elif values.size > 1 and not values.any():
                zero.append(name)
            elif weight and name in expected and looks_fresh(values, expected[name].init.scale):
                fresh.append(name)
            progress.update()
    return {
        "digest": digest.hexdigest(),
        "nonfinite": nonfinite,
        "zero": zero,
        "fresh": fresh,
        "weights_judged": judged,
    }


def looks_fresh(values: NDArray, scale: float) -> bool:
    """Whether numbers look like a first draw from a normal distribution of mean 0 and standard deviation `scale`.

    Mean, standard deviation and kurtosis all lie within 3.5 standard errors of what a draw would give.
    """
    x = values.astype(np.float64).ravel() / scale
    n = x.size
    errors = (abs(x.mean()) * math.sqrt(n), abs(x.std() - 1) * math.sqrt(2 * n))
    if max(errors) > 3.5:
        return False
    kurtosis = float(((x - x.mean()) ** 4).mean() / x.var() ** 2)
    return abs(kurtosis - 3) * math.sqrt(n / 24) <= 3.5


def lines(result: dict[str, Any]) -> Iterable[str]:
    """The result of `inspect` for reading."""
    yield f"{result['file']}"
    yield f"  {say('format', '형식')}: {result['format']}, {result['bytes']:,} {say('bytes', '바이트')}"
    yield f"  sha256: {result['sha256']}"
    for part in result["parts"]:
        fit = part["fits"] or "-"
        name = part["path"] or say("(top)", "(최상위)")
        yield f"  {name}: {part['tensors']} {say('tensors', '텐서')}, {part['parameters']:,} → {fit}"
    if result["advice"]:
        yield f"{result['architecture']}: {result['advice']}"
    elif not result["candidates"]:
        yield say("no architecture fits", "맞는 구조가 없습니다")
    for candidate in result["candidates"]:
        yield from _candidate_lines(candidate)
    if result["candidates"] and result["part"] is None:
        yield say("several generators: choose with --part", "생성기가 여럿입니다. --part로 고르세요")
    elif len(result["candidates"]) > 1:
        yield say(
            f"used unless --part says otherwise: {result['part']}", f"--part가 없으면 {result['part']}을(를) 씁니다"
        )


def _candidate_lines(candidate: dict[str, Any]) -> Iterable[str]:
    complete = say("complete", "완전함") if candidate["complete"] else say("INCOMPLETE", "불완전함")
    name = candidate["part"] or say("(top)", "(최상위)")
    yield f"{name}: {candidate['architecture']} ({candidate['origin']}), {complete}"
    for key, value in candidate["settings"].items():
        yield f"    {key} = {','.join(map(str, value)) if isinstance(value, list) else value}"
    yield f"    {say('digest of the tensors', '텐서 다이제스트')}: {candidate['digest']}"
    for fault in candidate["faults"]:
        yield f"  ! {fault}"
    for note in candidate["notes"]:
        yield f"  · {note}"
    if candidate["zero"]:
        yield f"  · {say('all zero', '모두 0')}: {_few(candidate['zero'])}"
    if candidate["fresh"]:
        count = f"{len(candidate['fresh'])}/{candidate['weights_judged']}"
        words = say("weights look freshly initialised, not trained", "가중치가 학습되지 않은 초깃값으로 보입니다")
        yield f"  · {count} {words}: {_few(candidate['fresh'])}"


def _few(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f", … ({len(names)})" if len(names) > 4 else "")
