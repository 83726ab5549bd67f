"""Training a LoRA adapter that speaks as the persona and names the expression of her face.

A training text is a small conversation in the very form of `prompt.py`: the description, none to three other turns (the
nearest examples by sentence vector, as the reply task shows them, or earlier turns of any kind), then one turn with its
표정 line. Every reply in it is learned, so the description is paid for once and not for every reply. Design:

- LoRA (Hu et al. 2021) on all linear layers of the very quantised GGUF that will be served, dequantised.
- Loss only where there is a label, and only against the tokens of the data and a fresh draw of the others: the output
  layer has 262,144 rows and would cost more than the rest of the network.
- Everything drawn comes from `seed` and the epoch; a killed run goes on from its last checkpoint, to the same result.
- Labels of one reply in five are never shown (`held_out`), so that the expression can be judged on replies unseen.

Needs the extra `train`. Knows nothing of serving.
"""

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ohlora.errors import InputError, MissingError
from ohlora.files import atomic_write, sha256_of
from ohlora.language.examples import Example, Examples
from ohlora.language.prompt import Turn, expression_line, open_turn
from ohlora.progress import bar

if TYPE_CHECKING:
    import torch

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
IGNORED = -100
# Four words of labels stand beside some thirty of a reply; without this their choice is hardly learned.
EXPRESSION_WEIGHT = 4.0


@dataclass(frozen=True)
class Settings:
    """What a run depends on, besides model and data."""

    rank: int = 16
    alpha: int = 32
    epochs: int = 2
    batch: int = 8
    learning_rate: float = 6e-4
    warmup: float = 0.03
    seed: int = 0


@dataclass(frozen=True)
class Piece:
    """A stretch of a training text; only read where `weight` is 0, else learned with that weight."""

    text: str
    weight: float


@dataclass(frozen=True)
class Row:
    """A tokenised text: ids, labels (IGNORED where only read) and weights, of equal length."""

    ids: list[int]
    labels: list[int]
    weights: list[float]


def held_out(reply: str, share: int = 5) -> bool:
    """Is this reply one of those (1 in `share`) whose labels are kept from training? By digest, so it never changes."""
    return hashlib.sha256(reply.encode()).digest()[0] % share == 0


def texts(examples: Examples, description: str, name: str, settings: Settings, epoch: int) -> list[list[Piece]]:
    """The training texts of one epoch, shuffled: one for each example."""
    rng = random.Random(f"{settings.seed}/{epoch}")
    near = _neighbours(examples)
    plain = [index for index, example in enumerate(examples.items) if example.alone]
    order = list(range(len(examples.items)))
    rng.shuffle(order)
    return [
        [Piece(f"{description}\n", 0.0), *_before(examples.items, index, near, plain, name, rng),
         *_target(examples.items[index], name)]
        for index in order
    ]  # fmt: skip


def _neighbours(examples: Examples, count: int = 12) -> list[list[int]]:
    scores = examples.vectors @ examples.vectors.T
    np.fill_diagonal(scores, -1)
    for index, example in enumerate(examples.items):
        if not example.alone:
            scores[:, index] = -1
    return [list(map(int, row)) for row in np.argsort(-scores, axis=1)[:, :count]]


def _before(
    items: Sequence[Example], index: int, near: list[list[int]], plain: list[int], name: str, rng: random.Random
) -> Iterator[Piece]:
    """What stands before the target: nothing, or near examples (a third of the time none of them with the answer)."""
    chosen: list[int] = []
    draw = rng.random()
    if draw < 0.65:
        own = items[index].turn.reply
        pool = near[index] if draw < 0.45 else [other for other in near[index] if items[other].turn.reply != own]
        replies: set[str] = set()
        wanted = rng.choice((1, 2))
        for other in pool:
            if items[other].turn.reply not in replies and len(chosen) < wanted:
                replies.add(items[other].turn.reply)
                chosen.append(other)
        chosen.reverse()
    elif not items[index].history:
        chosen += rng.sample(plain, rng.choice((0, 1, 1, 2)))
    for other in chosen:
        yield from _spoken(items[other].turn, name)
    for turn in items[index].history:
        yield from _spoken(turn, name)


def _spoken(turn: Turn, name: str, now: str | None = None) -> Iterator[Piece]:
    yield Piece(open_turn(name, turn.message, now=now), 0.0)
    yield Piece(f" {turn.reply}\n", 1.0)


def _target(example: Example, name: str) -> Iterator[Piece]:
    yield from _spoken(example.turn, name, example.now)
    if not held_out(example.turn.reply):
        head, labels = expression_line(example.turn.labels).split(":", 1)
        yield Piece(f"{head}:", 0.0)
        yield Piece(labels, EXPRESSION_WEIGHT)


def encode(tokenizer: Any, pieces: Sequence[Piece]) -> Row:
    """The row of a text, by character offsets of one tokenisation of the whole."""
    text = "".join(piece.text for piece in pieces)
    weight = np.concatenate([np.full(len(piece.text), piece.weight) for piece in pieces])
    encoded = tokenizer(text, return_offsets_mapping=True)
    ids: list[int] = encoded["input_ids"]
    weights = [float(weight[start]) if end > start else 0.0 for start, end in encoded["offset_mapping"]]
    labels = [token if at else IGNORED for token, at in zip(ids, weights, strict=True)]
    return Row(ids, labels, weights)


def batches(rows: Sequence[Row], size: int, rng: random.Random) -> list[list[int]]:
    """Row numbers grouped by similar length (less padding), groups in random order."""
    order = sorted(range(len(rows)), key=lambda row: len(rows[row].ids) + rng.random())
    groups = [order[start : start + size] for start in range(0, len(order), size)]
    rng.shuffle(groups)
    return groups


@dataclass(frozen=True)
class Vocabulary:
    """Which rows of the output layer a step computes: all that the data ever asks for, and a fresh draw of the others.

    The full softmax over 262,144 rows costs more than the rest of a small model. Its normaliser is estimated instead:
    rows drawn stand for those not drawn, so their logits get + log(others / drawn) (sampled softmax, Jean et al. 2015,
    "On Using Very Large Target Vocabulary for Neural Machine Translation").
    """

    wanted: tuple[int, ...]
    size: int
    drawn: int = 8192

    def check(self, rows: Sequence[Row]) -> None:
        """Every label must be among `wanted`, or the loss would point at another token in silence."""
        unknown = {label for row in rows for label in row.labels} - {IGNORED} - set(self.wanted)
        if unknown:
            raise ValueError(f"labels outside the data's own tokens: {sorted(unknown)[:10]}")

    def draw(self, rng: np.random.Generator) -> tuple["torch.Tensor", "torch.Tensor"]:
        """Row numbers (R,) and the correction of each logit (R,)."""
        import torch

        inside = np.zeros(self.size, bool)
        inside[list(self.wanted)] = True
        others = np.flatnonzero(~inside)
        count = min(self.drawn, len(others))
        rows = np.concatenate([self.wanted, rng.choice(others, count, replace=False)]).astype(np.int64)
        correction = np.zeros(len(rows), np.float32)
        correction[len(self.wanted) :] = np.log(len(others) / count) if count else 0.0
        return torch.from_numpy(rows), torch.from_numpy(correction)


def loss_at_labels(
    model: Any,
    ids: "torch.Tensor",
    labels: "torch.Tensor",
    weights: "torch.Tensor",
    rows: "torch.Tensor",
    correction: "torch.Tensor",
) -> "torch.Tensor":
    """Weighted mean cross-entropy of a causal model (wrapped by PEFT) with logits computed only at labelled positions.

    Args:
        ids: (N, T) token ids, padded on the right; attention is causal, so no mask is needed for what comes before.
        labels: (N, T), IGNORED where nothing is learned.
        weights: (N, T) of each label.
        rows: (R,) rows of the output layer to compute; every label is among the first of them, in ascending order.
        correction: (R,) added to the logits.
    """
    import torch

    base = model.get_base_model()
    hidden = base.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
    wanted = labels[:, 1:]
    at = wanted != IGNORED
    logits = hidden[at] @ base.lm_head.weight[rows].to(hidden.dtype).T
    known = rows[correction == 0]
    target = torch.searchsorted(known, wanted[at])
    losses = torch.nn.functional.cross_entropy(logits.float() + correction, target, reduction="none")
    weight = weights[:, 1:][at]
    return (losses * weight).sum() / weight.sum()


def load_base(gguf: Path) -> tuple[Any, Any]:
    """Tokenizer and model (float32, evaluation mode) of a GGUF file, dequantised.

    Raises:
        MissingError: the extra `train` is not installed.
        InputError: transformers cannot read the file.
    """
    try:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging
    except ImportError as error:
        raise MissingError(
            f"training needs {error.name}; run: pip install 'ohlora[train]'",
            f"학습에는 {error.name}이(가) 필요합니다. 실행하세요: pip install 'ohlora[train]'",
        ) from None
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{gguf} cannot be read for training: {error}", f"{gguf}을(를) 학습용으로 읽을 수 없습니다: {error}"
        ) from None
    return tokenizer, model.eval()


def train(
    gguf: Path,
    examples: Examples,
    description: str,
    name: str,
    out: Path,
    settings: Settings,
    *,
    start: Path | None = None,
) -> Path:
    """Trains an adapter and saves it in PEFT's form into `out`; started again it goes on from the last checkpoint.

    Args:
        gguf: the base model's file.
        examples: with vectors, from `examples.load`.
        description: first paragraph of every prompt.
        name: the persona's name, as on her lines.
        start: folder of an earlier adapter of the same rank to go on from, on new data or settings.
        out: folder; gets `adapter_model.safetensors`, `log.csv` and, while it runs, `checkpoint.pt`.

    Returns:
        `out`.

    Raises:
        InputError: the folder holds a run with other settings or data.
    """
    import torch
    from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
    from safetensors.torch import load_file

    tokenizer, base = load_base(gguf)
    torch.manual_seed(settings.seed)
    config = LoraConfig(r=settings.rank, lora_alpha=settings.alpha, target_modules=list(TARGETS), task_type="CAUSAL_LM")
    # Frozen weights in bfloat16: what autocast would make of them at every step. The adapter itself stays float32.
    model = get_peft_model(base.to(torch.bfloat16), config)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=settings.learning_rate, weight_decay=0.0, betas=(0.9, 0.99))
    per_epoch = -(-len(examples.items) // settings.batch)
    total = per_epoch * settings.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, total, settings.warmup))
    identity: dict[str, Any] = {"settings": asdict(settings), "data": _digest(examples, description)}
    if start:
        identity["start"] = sha256_of(start / "adapter_model.safetensors")
        set_peft_model_state_dict(model, load_file(start / "adapter_model.safetensors"))
    checkpoint, step = out / "checkpoint.pt", 0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        if json.loads(saved["identity"]) != identity:
            raise InputError(
                f"{out} holds a run with other settings or data; choose another folder",
                f"{out}에는 다른 설정이나 데이터의 학습이 있습니다. 다른 폴더를 고르세요",
            )
        set_peft_model_state_dict(model, saved["adapter"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        step = saved["step"]
    model.train()
    vocabulary = _vocabulary(tokenizer, examples, name, base.config.vocab_size)
    log = out / "log.csv"
    out.mkdir(parents=True, exist_ok=True)
    kept = log.read_text().splitlines()[: step + 1] if step and log.exists() else ["step,epoch,loss,tokens,rate"]
    log.write_text("\n".join(kept) + "\n")
    progress = bar("LoRA", total=total, unit="step", initial=step)
    for epoch in range(step // per_epoch, settings.epochs):
        rows = [encode(tokenizer, pieces) for pieces in texts(examples, description, name, settings, epoch)]
        vocabulary.check(rows)
        groups = batches(rows, settings.batch, random.Random(f"{settings.seed}/{epoch}/order"))
        for group in groups[step - epoch * per_epoch :]:
            ids, labels, weights = _padded([rows[row] for row in group])
            with torch.autocast("cpu", torch.bfloat16):
                drawn = vocabulary.draw(np.random.default_rng([settings.seed, step]))
                loss = loss_at_labels(model, ids, labels, weights, *drawn)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)
            step += 1
            with log.open("a") as file:
                file.write(f"{step},{epoch},{loss.item():.4f},{ids.numel()},{schedule.get_last_lr()[0]:.2e}\n")
            progress.update()
            progress.set_postfix(loss=f"{loss.item():.3f}")
            if step % 50 == 0 or step == total:
                state = {
                    "identity": json.dumps(identity), "step": step, "adapter": get_peft_model_state_dict(model),
                    "optimiser": optimiser.state_dict(), "schedule": schedule.state_dict(),
                }  # fmt: skip
                with atomic_write(checkpoint) as file:
                    torch.save(state, file)
    progress.close()
    model.save_pretrained(out)
    return out


def _vocabulary(tokenizer: Any, examples: Examples, name: str, size: int) -> Vocabulary:
    spoken = [piece for example in examples.items for piece in _target(example, name)]
    spoken += [piece for example in examples.items for turn in example.history for piece in _spoken(turn, name)]
    return Vocabulary(tuple(sorted(set(encode(tokenizer, spoken).ids))), size)


def _rate(step: int, total: int, warmup: float) -> float:
    """Linear warm-up, then a cosine down to a twentieth."""
    start = max(1, round(total * warmup))
    if step < start:
        return (step + 1) / start
    return 0.05 + 0.475 * (1 + float(np.cos(np.pi * (step - start) / max(1, total - start))))


def _padded(rows: Sequence[Row]) -> tuple["torch.Tensor", "torch.Tensor", "torch.Tensor"]:
    """Ids, labels and weights, each (N, T), padded on the right."""
    import torch

    longest = max(len(row.ids) for row in rows)
    room = [longest - len(row.ids) for row in rows]
    ids = torch.tensor([row.ids + [0] * more for row, more in zip(rows, room, strict=True)])
    labels = torch.tensor([row.labels + [IGNORED] * more for row, more in zip(rows, room, strict=True)])
    weights = torch.tensor([row.weights + [0.0] * more for row, more in zip(rows, room, strict=True)])
    return ids, labels, weights


def _digest(examples: Examples, description: str) -> str:
    rows = [
        (asdict(example.turn), example.now, [asdict(turn) for turn in example.history]) for example in examples.items
    ]
    return hashlib.sha256(json.dumps([description, rows], ensure_ascii=False).encode()).hexdigest()


def train_persona(persona_name: str, out: Path, settings: Settings, *, start: Path | None = None) -> Path:
    """Trains a shipped or own persona's reply adapter on the bundled model and exports it as `out/reply.gguf`.

    Raises:
        InputError: unknown persona, no examples, a folder with another run.
        MissingError: the model or the extra `train` is missing.
    """
    from ohlora import personas
    from ohlora.language import examples as dialogue
    from ohlora.language.engines import BUNDLED
    from ohlora.language.export import to_gguf
    from ohlora.models import locate

    persona = personas.load(persona_name)
    data = dialogue.load(persona.folder / "dialogue" / "examples.jsonl")
    if not data.items:
        raise InputError(
            f"the persona {persona.name} has no dialogue/examples.jsonl to learn from",
            f"페르소나 {persona.name}에 배울 dialogue/examples.jsonl이 없습니다",
        )
    gguf = next(locate(BUNDLED).glob("*.gguf"))
    card = persona.card
    train(gguf, data, card.prefix, card.char, out, settings, start=start)
    notes = {
        "base": f"{gguf.name} sha256:{sha256_of(gguf)}",
        "data": _digest(data, card.prefix),
        "settings": json.dumps(asdict(settings)),
        "start": sha256_of(start / "adapter_model.safetensors") if start else "",
        "licence": "Gemma Terms of Use (ai.google.dev/gemma/terms): a derivative of Gemma",
    }
    return to_gguf(out, gguf, out / "reply.gguf", notes=notes)


def _main() -> None:
    """`python -m ohlora.language.training PERSONA OUT [--epochs N] [--learning-rate R] [--seed S] [--start DIR]`."""
    import argparse

    from ohlora.errors import OhLoraError

    parser = argparse.ArgumentParser(description=train_persona.__doc__, prog="python -m ohlora.language.training")
    parser.add_argument("persona")
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=Settings.epochs)
    parser.add_argument("--learning-rate", type=float, default=Settings.learning_rate)
    parser.add_argument("--seed", type=int, default=Settings.seed)
    parser.add_argument("--start", type=Path, help="folder of an earlier adapter to go on from")
    given = parser.parse_args()
    settings = Settings(epochs=given.epochs, learning_rate=given.learning_rate, seed=given.seed)
    try:
        print(train_persona(given.persona, given.out, settings, start=given.start))
    except OhLoraError as error:
        parser.exit(error.exit_code, f"{error}\n")


if __name__ == "__main__":
    _main()
