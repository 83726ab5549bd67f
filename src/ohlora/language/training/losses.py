"""The loss of a causal model at its labels, as cheap as it can be on a processor without lessening what is learned.

- Logits only where there is a label, and in training only of the tokens the data asks for and a fresh draw of the others:
  the output layer of a small model with 262,144 tokens costs as much as all the rest.
- What all rows of a batch begin with (the persona's description) goes through the model once, with its gradient; the rows
  go on from its keys and values. The same numbers as computing it for every row.

Works on any decoder of `transformers` that keeps a key-value cache. Knows nothing of text and files.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ohlora.language.encoding import IGNORED, Batch


@dataclass(frozen=True)
class Vocabulary:
    """Which rows of the output layer a step computes: all that the data ever asks for, and a fresh draw of the others.

    The normaliser of the softmax is estimated: rows drawn stand for those not drawn, so their logits get
    + log(others / drawn) (sampled softmax, Jean et al. 2015, "On Using Very Large Target Vocabulary for Neural Machine
    Translation").
    """

    wanted: tuple[int, ...]
    size: int
    drawn: int = 4096

    def draw(self, rng: np.random.Generator) -> "Drawn":
        inside = np.zeros(self.size, bool)
        inside[list(self.wanted)] = True
        others = np.flatnonzero(~inside)
        count = min(self.drawn, len(others))
        rows = np.concatenate([self.wanted, rng.choice(others, count, replace=False)]).astype(np.int64)
        correction = np.zeros(len(rows), np.float32)
        correction[len(self.wanted) :] = np.log(len(others) / count) if count else 0.0
        return Drawn(torch.from_numpy(rows), torch.from_numpy(correction), len(self.wanted))


@dataclass(frozen=True)
class Drawn:
    """Rows (R,) of the output layer, the `known` wanted ones first in ascending order; correction (R,) of each logit."""

    rows: Tensor
    correction: Tensor
    known: int


def shared(batch: Batch) -> int:
    """How many tokens all rows begin with, before anything is learned; one token of every row is always left."""
    same = (batch.ids == batch.ids[0]).all(0) & batch.mask.all(0)
    first = min(int(row.argmax()) if row.any() else len(row) for row in batch.labels != IGNORED)
    common = len(same) if same.all() else int(same.argmin())
    return max(0, min(common, first - 1, batch.ids.shape[1] - 1))


def hidden_states(causal: Any, batch: Batch, device: Any = "cpu") -> tuple[Tensor, int]:
    """Last hidden states (N, T - start, D) of a causal model from position `start` on, and `start`.

    Rows are padded on the right and attention is causal, so no mask is needed for what comes before.
    """
    from transformers import DynamicCache

    ids = torch.from_numpy(batch.ids).to(device)
    start = shared(batch) if len(ids) > 1 else 0
    decoder = causal.base_model
    if not start:
        return decoder(input_ids=ids, use_cache=False).last_hidden_state, 0
    cache = DynamicCache(config=causal.config)
    decoder(input_ids=ids[:1, :start], past_key_values=cache, use_cache=True)
    for layer in cache.layers:
        layer.keys = layer.keys.expand(len(ids), *layer.keys.shape[1:])
        layer.values = layer.values.expand(len(ids), *layer.values.shape[1:])
    return decoder(input_ids=ids[:, start:], past_key_values=cache, use_cache=True).last_hidden_state, start


def at_labels(causal: Any, batch: Batch, drawn: Drawn | None = None, device: Any = "cpu") -> tuple[Tensor, Tensor]:
    """Cross-entropy (L,) in nats and weight (L,) of every labelled token of a batch.

    Args:
        causal: the model with its language head (PEFT's wrapper taken off).
        drawn: which rows of the output layer are computed; None: all, in parts.
    """
    hidden, start = hidden_states(causal, batch, device)
    labels = torch.from_numpy(batch.labels[:, start + 1 :]).to(device)
    weights = torch.from_numpy(batch.weights[:, start + 1 :]).to(device)
    at = labels != IGNORED
    states, target = hidden[:, :-1][at], labels[at]
    head = causal.get_output_embeddings()
    whole = getattr(head, "bias", None)  # PEFT's wrapper of new rows has none
    if drawn is None:
        parts = [_cross_entropy(causal, part @ head.weight.to(part.dtype).T, whole, of) for part, of in
                 zip(states.split(128), target.split(128), strict=True)]  # fmt: skip
        return torch.cat(parts), weights[at]
    rows, correction = drawn.rows.to(device), drawn.correction.to(device)
    bias = None if whole is None else whole[rows]
    logits = states @ head.weight[rows].to(states.dtype).T
    return _cross_entropy(causal, logits, bias, torch.searchsorted(rows[: drawn.known], target), correction), weights[
        at
    ]


def _cross_entropy(
    causal: Any, logits: Tensor, bias: Tensor | None, target: Tensor, correction: Tensor | None = None
) -> Tensor:
    logits = logits.float() if bias is None else logits.float() + bias.float()
    cap = getattr(causal.config, "final_logit_softcapping", None)
    if cap:
        logits = torch.tanh(logits / cap) * cap
    if correction is not None:
        logits = logits + correction
    return torch.nn.functional.cross_entropy(logits, target, reduction="none")
