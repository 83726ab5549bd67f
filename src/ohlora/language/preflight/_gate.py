"""The last gate: a real forward pass and loss on the longest, the shortest and the highest-id row, in one padded batch.

A folder whose weights are small is loaded whole. A large model, or a GGUF (dequantising takes minutes), is stood in for by
one block of its very shape: same vocabulary, positions, widths and code, drawn from a seed; that finds every index and
shape fault, and the summary says which of the two it was.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ohlora.language.data import Data
from ohlora.language.encoding import IGNORED, Row, collate, pad_token
from ohlora.language.preflight._report import Finding
from ohlora.language.preflight._subject import Subject, _listed, _one_line, _quiet, linked

WHOLE_BYTES = 1_500_000_000


def check(subject: Subject, data: Data, encoded: Sequence[tuple[int, Row]], told: dict[str, Any]) -> Iterator[Finding]:
    """Runs it; `told` gets which rows, the loss, and whether the whole model or one block ran."""
    import torch

    chosen = _chosen([(number, row) for number, row in encoded if any(label != IGNORED for label in row.labels)])
    if not chosen:
        return
    batch = collate([row for _, row in chosen], pad_token(subject.tokenizer, subject.config))
    whole = not subject.gguf and subject.parameters * 4 <= WHOLE_BYTES
    told.update(rows=[number for number, _ in chosen], model="whole" if whole else "one block, drawn from seed 0")
    with _quiet():
        try:
            model = _loaded(subject) if whole else _one_block(subject)
            ids, mask = torch.from_numpy(batch.ids), torch.from_numpy(batch.mask.astype(np.int64))
            labels = torch.from_numpy(batch.labels)[:, 1:]
            at = labels != IGNORED
            with torch.no_grad():
                hidden = model.base_model(input_ids=ids, attention_mask=mask, use_cache=False)[0][:, :-1]
                logits = model.get_output_embeddings()(hidden[at])
                loss = float(torch.nn.functional.cross_entropy(logits.float(), labels[at]))
        except Exception as error:  # any failure here is what training would meet
            why = _one_line(error)
            yield Finding(
                "forward", "error",
                (f"a forward pass over real rows fails: {why}", f"실제 행으로 순전파를 하면 실패합니다: {why}"),
                ("mend the findings above; if there are none, report this with the model's name",
                 "위의 문제를 고치세요. 없다면 모델 이름과 함께 알려 주세요"),
                f"{data.path.name}: {data.unit}s {', '.join(str(number) for number, _ in chosen)}",
            )  # fmt: skip
            return
    told["loss"] = round(loss, 4) if np.isfinite(loss) else None
    broken = [name for name, tensor in model.named_parameters() if whole and not _finite(tensor)]
    if broken or not np.isfinite(loss):
        yield _not_finite(broken, loss)


def _finite(tensor: Any) -> bool:
    """Its least and its greatest number tell of all: one pass, no mask as large as the tensor."""
    import torch

    return tensor.numel() == 0 or bool(torch.isfinite(torch.stack(torch.aminmax(tensor.detach()))).all())


def _not_finite(broken: list[str], loss: float) -> Finding:
    """Also where the loss is a number: no text here uses that row of the embedding, but the next one may."""
    named = _listed(broken)
    return Finding(
        "weights-not-finite", "error",
        (f"the loss of real rows is {loss:.4g}: {f'the weights of {named} hold NaN or infinity' if broken else 'something overflows'}",
         f"실제 행의 손실이 {loss:.4g}입니다. {f'{named} 가중치에 NaN이나 무한대가 있습니다' if broken else '어딘가 넘칩니다'}"),
        ("fetch the weights again", "가중치를 다시 받으세요"), broken[0] if broken else "",
    )  # fmt: skip


def _chosen(rows: Sequence[tuple[int, Row]]) -> list[tuple[int, Row]]:
    """Longest, shortest, highest id; each once."""
    if not rows:
        return []
    picks = (
        max(rows, key=lambda pair: len(pair[1].ids)),
        min(rows, key=lambda pair: len(pair[1].ids)),
        max(rows, key=lambda pair: max(pair[1].ids)),
    )
    return list({number: (number, row) for number, row in picks}.values())


def _loaded(subject: Subject) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    with linked(subject) as folder:
        return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def _one_block(subject: Subject) -> Any:
    """One block of the model's shape, in float32. Large tables stay zero: drawing them would take longer than all the rest."""
    import torch
    from transformers import AutoModelForCausalLM, initialization

    settings = subject.config.to_dict()
    settings.update(num_hidden_layers=1, pad_token_id=None)
    if isinstance(settings.get("layer_types"), list):
        settings["layer_types"] = settings["layer_types"][:1]
    with initialization.no_init_weights():
        model = AutoModelForCausalLM.from_config(type(subject.config).from_dict(settings), dtype=torch.float32)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for tensor in model.parameters():
            tensor.zero_() if tensor.numel() > 20_000_000 else tensor.normal_(0, 0.02, generator=generator)
    return model.eval()
