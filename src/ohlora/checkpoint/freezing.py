"""Freezing: from a weight file to a bundle, completely or not at all.

The only way to complete an incomplete file is to name the tensors to start anew, with a seed; the bundle's manifest
says which they were. Nothing is dropped and nothing random goes unnamed.
"""

import fnmatch
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.checkpoint import bundle
from ohlora.checkpoint.architectures import Architecture, Expected, Settings, by_name, start
from ohlora.checkpoint.fingerprint import build, make
from ohlora.checkpoint.matching import Candidate, Report, choose, match, stored_type, summary
from ohlora.checkpoint.reader import WeightFile, read
from ohlora.errors import InputError
from ohlora.i18n import say
from ohlora.progress import bar

_MEAN_LATENTS = 10_000
_LICENCE = "Not stated in the source file; the terms of whoever trained and published it apply."


@dataclass
class Frozen:
    """A bundle that was written."""

    folder: Path
    manifest: dict[str, Any]


def freeze(
    path: Path,
    architecture: str,
    output: Path,
    part: str | None = None,
    sets: Sequence[str] = (),
    inits: Sequence[str] = (),
    seed: int | None = None,
    licence: str = "",
    command: Sequence[str] = (),
) -> Frozen:
    """Reads, compares, completes where told to, and writes a bundle.

    Args:
        path: the weight file. architecture: its name.
        output: the bundle's folder, which must not exist.
        part: which part of the file, where it holds several generators.
        sets: "NAME=VALUE" settings; the rest is inferred.
        inits: names (or patterns such as `noises.*`) of tensors to start anew; seed: what they are drawn from.
        licence: what the manifest says of the licence.
        command: the command line, for the manifest.

    Raises:
        InputError: the file or the call is wrong; CheckFailed: the file does not fit, and `inits` does not cover it.
    """
    bundle.refuse_existing(output)
    family = by_name(architecture)
    file = read(path)
    candidate = choose(file, family, part)
    given = family.parse(sets)
    report = match(candidate, given)
    expected = family.expected(report.settings)
    named = _named(inits, seed, expected, report)
    left = [fault for fault in report.faults if fault.name not in named]
    if left:
        raise summary(left)
    tensors = _values(candidate, expected, named, seed or 0)
    absent = [n for n, e in expected.items() if e.optional and n not in candidate.tensors and n not in named]
    measured = [name for name in named if expected[name].init.kind == "mean_w"]
    for name in measured:
        tensors[name] = _mean_w(family, report.settings, tensors, expected[name], name, seed or 0)
    ordered = {name: tensors[name] for name in expected if name in tensors}
    generator = build(family.name, report.settings, ordered, absent)
    fingerprint, reference = make(generator)
    manifest = _manifest(file, candidate, report, absent, licence, command)
    manifest["initialised"] = [_record(n, expected[n], candidate, seed) for n in expected if n in named]
    manifest["fingerprint"] = fingerprint
    bundle.save(output, manifest, ordered, reference)
    return Frozen(output, manifest)


def _named(inits: Sequence[str], seed: int | None, expected: dict[str, Expected], report: Report) -> set[str]:
    """The tensors to start anew. A pattern names those of its tensors that are at fault, a plain name itself."""
    faulty = {fault.name for fault in report.faults} | {
        name for name, wanted in expected.items() if wanted.optional and wanted.init.kind == "mean_w"
    }
    named: set[str] = set()
    for pattern in inits:
        found = {pattern} if pattern in expected else set(fnmatch.filter(faulty & set(expected), pattern))
        if not found:
            raise InputError(
                f"--init {pattern}: the model has no such tensor to start anew"
                f"{_label_hint(pattern, report)}; see `ohlora checkpoint match`.",
                f"--init {pattern}: 새로 만들 그런 텐서가 모델에 없습니다. `ohlora checkpoint match`로 확인하세요.",
            )
        named |= found
    if named and seed is None:
        raise InputError(
            "--init needs --seed N, so that the same command gives the same bundle again.",
            "같은 명령이 같은 번들을 만들도록 --init에는 --seed N이 필요합니다.",
        )
    if seed is not None and not 0 <= seed < 1 << 63:
        raise InputError("--seed takes 0 … 2^63 - 1.", "--seed는 0 … 2^63 - 1입니다.")
    return named


def _label_hint(pattern: str, report: Report) -> str:
    labelled = pattern == "mapping.label_weight" and not report.settings.get("label_size")
    return " because `label_size` is 0 (say how many labels with `--set label_size=K`)" if labelled else ""


def _values(
    candidate: Candidate, expected: dict[str, Expected], named: set[str], seed: int
) -> dict[str, NDArray[np.float32]]:
    tensors = {}
    with bar(say("collecting", "모으는 중"), len(expected), "tensor") as progress:
        for name, wanted in expected.items():
            if name in named:
                if wanted.init.kind != "mean_w":
                    tensors[name] = start(wanted, name, seed)
            elif name in candidate.tensors:
                tensors[name] = np.ascontiguousarray(candidate.tensors[name].read(), np.float32).reshape(wanted.shape)
            progress.update()
    return tensors


def _mean_w(
    family: Architecture,
    settings: Settings,
    tensors: dict[str, NDArray[np.float32]],
    wanted: Expected,
    name: str,
    seed: int,
) -> NDArray[np.float32]:
    """Mean of w over 10 000 latents of the finished mapping network; labels are one-hot in turn."""
    generator = build(family.name, settings, {**tensors, name: np.zeros(wanted.shape, np.float32)}, [])
    labels = generator.label_size
    z = np.random.Generator(np.random.PCG64([seed, *name.encode()])).standard_normal(
        (_MEAN_LATENTS, generator.latent_dim)
    )
    label = np.eye(labels)[np.arange(_MEAN_LATENTS) % labels] if labels else None
    mean = generator.mapping(z, label).astype(np.float64).mean(axis=0).astype(np.float32).reshape(-1)
    return np.resize(mean, wanted.shape).copy()


def _record(name: str, wanted: Expected, candidate: Candidate, seed: int | None) -> dict[str, Any]:
    held = candidate.tensors.get(name)
    return {
        "name": name,
        "shape": list(wanted.shape),
        "how": str(wanted.init),
        "seed": seed,
        "in_file": list(held.shape) if held else None,
    }


def _manifest(
    file: WeightFile, candidate: Candidate, report: Report, absent: list[str], licence: str, command: Sequence[str]
) -> dict[str, Any]:
    return {
        "format": bundle.FORMAT,
        "version": bundle.VERSION,
        "architecture": report.architecture,
        "settings": report.settings,
        "constructor": candidate.architecture.constructor(report.settings),
        "source": {
            "file": file.path.name,
            "sha256": file.sha256,
            "bytes": file.size,
            "format": file.format,
            "part": candidate.label,
            "type": stored_type(candidate.tensors.values()),
        },
        "initialised": [],
        "absent": absent,
        "licence": licence or _LICENCE,
        "versions": bundle.versions("numpy", "safetensors", "torch"),
        "command": shlex.join(command),
    }
