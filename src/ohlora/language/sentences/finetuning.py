"""Teaches the sentence encoder to classify tokens: its twelve layers go on from the package's weights, the word vectors stay.

The layers are learnt in float32 (bfloat16 products where the processor has them) and, in the last part of a run, with their
matrices rounded to four bits on the way forward and not on the way back (the straight-through estimator, Bengio et al. 2013;
Jacob et al. 2018 for learning with what will be rounded), since so they are kept (`learnt`). Needs the extra `train` (torch).
A run started again in its folder goes on from the last state, to the same result. Knows nothing of what the classes mean.
"""

import argparse
import hashlib
import json
import math
import pickle
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ohlora import __version__
from ohlora.errors import InputError, OhLoraError
from ohlora.files import atomic_write, sha256_of
from ohlora.i18n import say
from ohlora.language.sentences import learnt
from ohlora.language.sentences.graph import TakenIn, taken_in
from ohlora.language.sentences.weights import BLOCK, Weights, unpacked
from ohlora.language.training.run import computes_in_bf16, keep_freed_memory
from ohlora.progress import bar

Row = tuple[list[int], list[int]]
"""Tokens, and the class of each and of what stands before the first and after the last; UNTOLD is not learnt from."""

UNTOLD = -100
BATCH = 64
WARMUP = 150
SAVE_EVERY = 200
STATE = "state.pt"
_SMOOTHING = 0.02
_DROPOUT = 0.1


class Network(nn.Module):
    """sums (B, T, 384), valid (B, T) → scores (B, T, C). The layers are named as the package names them."""

    def __init__(self, weights: Weights, classes: int, start: learnt.Learnt | None = None) -> None:
        super().__init__()
        self._w = weights
        self.rounded = False
        begun = replace(weights, instead=start.layers) if start else weights
        self.tensors = nn.ParameterDict(
            {_safe(name): nn.Parameter(_unpacked(name, begun)) for name in learnt.names(weights)}
        )
        self.out = nn.Linear(weights.hidden, classes)

    def forward(self, sums: Tensor, valid: Tensor) -> Tensor:
        x = self._drop(self._normed(sums, "emb.ln"))
        for number in range(self._w.layers):
            x = self._layer(x, valid[:, None, None, :], f"l{number}.")
        return self.out(x)  # type: ignore[no-any-return]

    def _layer(self, x: Tensor, valid: Tensor, name: str) -> Tensor:
        rows, long, width = x.shape
        heads = self._w.heads
        q, k, v = (
            self._linear(x, name + part).view(rows, long, heads, width // heads).transpose(1, 2) for part in "qkv"
        )
        # Written out: the fused attention's way back takes a third of a step on a processor.
        near = (q * (width // heads) ** -0.5) @ k.transpose(-1, -2)
        seen = near.masked_fill(~valid, -1e4).softmax(-1).to(v.dtype) @ v
        seen = seen.transpose(1, 2).reshape(rows, long, width)
        x = self._normed(x + self._drop(self._linear(seen, name + "ao")), name + "aln")
        inner = functional.gelu(self._linear(x, name + "fi"))
        return self._normed(x + self._drop(self._linear(inner, name + "fo")), name + "oln")

    def _linear(self, x: Tensor, name: str) -> Tensor:
        matrix = self.tensors[_safe(f"{name}.w")]
        if self.rounded:
            matrix = matrix + (_rounded(matrix.detach())[0] - matrix.detach())
        return functional.linear(x, matrix, self.tensors[_safe(f"{name}.b")])

    def _normed(self, x: Tensor, name: str) -> Tensor:
        scale, shift = (self.tensors[_safe(f"{name}.{part}")] for part in "wb")
        return functional.layer_norm(x, (self._w.hidden,), scale, shift, float(self._w.eps))

    def _drop(self, x: Tensor) -> Tensor:
        return functional.dropout(x, _DROPOUT, self.training)


def _digest(start: learnt.Learnt | None) -> str:
    if start is None:
        return ""
    return hashlib.sha256(b"".join(start.layers[name].tobytes() for name in sorted(start.layers))).hexdigest()[:16]


def _safe(name: str) -> str:
    """As torch lets a parameter be called."""
    return name.replace(".", "_")


def _unpacked(name: str, weights: Weights) -> Tensor:
    if not learnt.is_matrix(name):
        return torch.from_numpy(weights.floats(name, *learnt.shape(name, weights)).copy())
    rows, many, _ = learnt.shape(name, weights)
    return torch.from_numpy(unpacked(weights.blocks(name, rows, many * BLOCK)))


def _rounded(matrix: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(the matrix as four bits tell it, their numbers 0…15, the factor of every 32), by the largest of every 32 (Q4_0)."""
    groups = matrix.reshape(matrix.shape[0], -1, BLOCK)
    largest = groups.gather(-1, groups.abs().argmax(-1, keepdim=True))
    factor = (largest / -8).half()
    scale = factor.float()
    whole = torch.where(scale == 0, 0.0, (groups / torch.where(scale == 0, 1.0, scale)).round().clamp(-8, 7))
    return (whole * scale).reshape(matrix.shape), (whole + 8).to(torch.uint8), factor


def blocks(matrix: Tensor) -> NDArray[np.uint8]:
    """(rows, columns / 32, 18) bytes of a matrix in four bits, as the package lays them."""
    _, four, factor = _rounded(matrix)
    low, high = four[..., : BLOCK // 2].numpy(), four[..., BLOCK // 2 :].numpy()
    return np.concatenate([factor.numpy().view(np.uint8), low | (high << 4)], axis=-1)


def together(rows: Sequence[Row], taken: TakenIn) -> tuple[Tensor, Tensor, Tensor]:
    """sums (B, T, 384), valid (B, T) and classes (B, T) of rows, as long as the longest."""
    long = max(len(ids) for ids, _ in rows) + 2
    sums = torch.zeros(len(rows), long, taken.weights.hidden)
    valid = torch.zeros(len(rows), long, dtype=torch.bool)
    classes = torch.full((len(rows), long), UNTOLD)
    for row, (ids, told) in enumerate(rows):
        end = len(ids) + 2
        sums[row, :end] = torch.from_numpy(taken.sums(ids)[0][:end])
        valid[row, :end] = True
        classes[row, :end] = torch.tensor(told)
    return sums, valid, classes


def train(
    rows: Sequence[Row],
    classes: int,
    out: Path,
    *,
    epochs: int,
    rate: float,
    seed: int,
    rounded: float = 0.25,
    start: learnt.Learnt | None = None,
) -> Network:
    """Learns `rows`; a run that was ended goes on from what it left in `out`.

    Args:
        start: a classifier whose layers are the beginning; without it, the package's.
        rate: of AdamW at the end of the warm-up; it falls along a cosine.
        rounded: share of the steps, the last ones, that are learnt with matrices in four bits.

    Raises:
        InputError: nothing can be learnt so; `out` holds the state of another run, or one that cannot be read; or the loss is
            no longer finite.
    """
    if epochs < 1 or not 0 < rate < 1:
        raise InputError(
            f"{epochs} epochs at a rate of {rate} teach nothing; give --epochs of 1 or more and a --rate between 0 and 1",
            f"학습률 {rate}로 {epochs} 에폭은 학습할 수 없습니다. --epochs는 1 이상, --rate는 0과 1 사이로 주세요",
        )
    taken = taken_in()
    keep_freed_memory()
    torch.manual_seed(seed)
    network = Network(taken.weights, classes, start)
    optimiser = torch.optim.AdamW(
        [
            {"params": [p for p in network.parameters() if p.dim() > 1], "weight_decay": 0.01},
            {"params": [p for p in network.parameters() if p.dim() < 2], "weight_decay": 0.0},
        ],
        betas=(0.9, 0.98),
    )  # fmt: skip
    per_epoch = -(-len(rows) // BATCH)
    total = per_epoch * epochs
    digest = hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]
    run = {
        "rows": len(rows),
        "digest": digest,
        "classes": classes,
        "epochs": epochs,
        "rate": rate,
        "seed": seed,
        "rounded": rounded,
        "start": _digest(start),
    }
    begun = _resume(out / STATE, run, network, optimiser)
    network.train()
    progress = bar("tagger", total=total, unit="step", initial=begun)
    for step in range(begun, total):
        if step == begun or step % per_epoch == 0:
            groups = _batches(rows, random.Random(f"{seed} {step // per_epoch}"))
        torch.manual_seed(seed * 1_000_003 + step)
        network.rounded = step >= total * (1 - rounded)
        for group in optimiser.param_groups:
            group["lr"] = rate * _rate(step, total)
        loss = _step(network, optimiser, together(groups[step % per_epoch], taken))
        if not math.isfinite(loss):
            raise InputError(
                f"the loss is no longer finite at step {step}; start anew with a smaller --rate",
                f"{step}번째 단계에서 손실이 유한하지 않습니다. --rate를 줄여 다시 시작하세요",
            )
        progress.update()
        progress.set_postfix(loss=f"{loss:.3f}")
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == total:
            _save(out / STATE, run, step + 1, network, optimiser)
    progress.close()
    network.rounded = True
    return network.eval()


def _step(network: Network, optimiser: torch.optim.Optimizer, batch: tuple[Tensor, Tensor, Tensor]) -> float:
    sums, valid, classes = batch
    with torch.autocast("cpu", torch.bfloat16, enabled=computes_in_bf16("auto", sums.device)):
        scores = network(sums, valid)
    loss = functional.cross_entropy(
        scores.float().transpose(1, 2), classes, ignore_index=UNTOLD, label_smoothing=_SMOOTHING
    )
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return float(loss.detach())


def _rate(step: int, total: int) -> float:
    return min(1.0, (step + 1) / WARMUP) * (0.02 + 0.49 * (1 + math.cos(math.pi * step / total)))


def _batches(rows: Sequence[Row], chance: random.Random) -> list[list[Row]]:
    """All rows, in batches of like length in an order of chance."""
    order = list(rows)
    chance.shuffle(order)
    found = []
    for start in range(0, len(order), 50 * BATCH):
        near = sorted(order[start : start + 50 * BATCH], key=lambda row: len(row[0]))
        found += [near[first : first + BATCH] for first in range(0, len(near), BATCH)]
    chance.shuffle(found)
    return found


def _resume(path: Path, run: dict[str, Any], network: Network, optimiser: torch.optim.Optimizer) -> int:
    if not path.is_file():
        return 0
    try:
        state = torch.load(path, weights_only=True)
        same = state["run"] == run
    except (OSError, EOFError, RuntimeError, KeyError, TypeError, ValueError, pickle.UnpicklingError) as error:
        raise InputError(f"{path} is damaged ({error}); remove it to start anew", f"{path}이(가) 손상되었습니다({error}). 지우면 처음부터 다시 시작합니다") from None  # fmt: skip
    if not same:
        raise InputError(
            f"{path} is of another run ({state['run']}); choose another --output, or remove it",
            f"{path}은(는) 다른 실행의 것입니다({state['run']}). 다른 --output을 고르거나 지우세요",
        )
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])


def _save(path: Path, run: dict[str, Any], step: int, network: Network, optimiser: torch.optim.Optimizer) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {"run": run, "step": step, "network": network.state_dict(), "optimiser": optimiser.state_dict()}
    with atomic_write(path) as file:
        torch.save(state, file)


def export(network: Network, path: Path, about: dict[str, Any]) -> None:
    """Writes the classifier as `learnt` reads it; `about` must hold the names of its classes."""
    from safetensors.numpy import save

    weights = taken_in().weights
    tensors: dict[str, NDArray[Any]] = {}
    for name in learnt.names(weights):
        value = network.tensors[_safe(name)].detach()
        tensors[name] = blocks(value) if learnt.is_matrix(name) else value.numpy()
    tensors[f"{learnt.OUT}.w"] = network.out.weight.detach().numpy()
    tensors[f"{learnt.OUT}.b"] = network.out.bias.detach().numpy()
    told = {"form": learnt.FORM, "ohlora": __version__, "torch": torch.__version__, **about}
    with atomic_write(path) as file:
        file.write(save(tensors, {"about": json.dumps(told, ensure_ascii=False)}))


def options(prog: str, told: str, arguments: Sequence[str] | None, epochs: int = 3) -> argparse.Namespace:
    """What a training of a classifier can be asked for on the command line; `prog`, `told`: its name and what it is for; `epochs`: where none are given."""
    parser = argparse.ArgumentParser(prog=prog, description=told, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the run's state and what it gives")
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--rate", type=float, default=2e-4, help="learning rate after the warm-up")
    parser.add_argument("--seed", type=int, default=1)
    parser.set_defaults(prog=prog)
    return parser.parse_args(arguments)


def learn(
    rows: Sequence[Row],
    classes: Sequence[Any],
    asked: argparse.Namespace,
    name: str,
    sources: Sequence[Path],
    start: Path | None = None,
    rounded: float = 0.25,
) -> None:
    """Trains as `options` asked, and writes the classifier `name` into its folder, with what it was learnt from.

    Args:
        start: the file of a classifier whose layers are the beginning.
        rounded: as for `train`.

    Raises:
        SystemExit: `train` refused, which is said in one sentence, or the user ended it.
    """
    try:
        network = train(
            rows, len(classes), asked.output, epochs=asked.epochs, rate=asked.rate, seed=asked.seed,
            start=learnt.read(start) if start else None, rounded=rounded,
        )  # fmt: skip
    except OhLoraError as error:
        print(error, file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        print(say("ended; the same command goes on", "중단했습니다. 같은 명령으로 이어집니다"), file=sys.stderr)
        raise SystemExit(130) from None
    about = {
        "classes": classes, "rows": len(rows), "epochs": asked.epochs, "rate": asked.rate, "seed": asked.seed,
        "command": f"{asked.prog} --epochs {asked.epochs} --rate {asked.rate} --seed {asked.seed}",
        "digests": {source.name: sha256_of(source) for source in [*sources, *([start] if start else [])]},
    }  # fmt: skip
    export(network, asked.output / name, about)
    print(asked.output / name, file=sys.stderr)
