"""The training loop: steps, validation, early stopping, sample answers, and going on after a kill to the same result.

    OUT/run.json        what the run depends on: settings, data and base by digest, versions, command
    OUT/log.csv         step, epoch, loss, tokens, rate, processor seconds
    OUT/valid.csv       step and validation loss (nats a token), in all and of each task
    OUT/samples.jsonl   answers to a few prompts at each validation
    OUT/curves.png      both losses
    OUT/checkpoint.pt   everything needed to go on; written whole or not at all
    OUT/adapter_model.safetensors, adapter_config.json   the adapter with the best validation loss, in PEFT's form

Everything drawn belongs to the seed and the step. Several processes (`accelerate launch`, `torchrun`) share each step's
texts and sum their gradients: the same step as in one. Knows nothing of where the texts come from.
"""

import csv
import ctypes
import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ohlora.errors import InputError
from ohlora.files import atomic_write
from ohlora.i18n import say
from ohlora.language.data import TASKS
from ohlora.language.encoding import IGNORED, Piece, Row, collate, encode, end_token, pad_token
from ohlora.language.training import curves
from ohlora.language.training.bases import Base
from ohlora.language.training.losses import Vocabulary, at_labels
from ohlora.language.training.settings import Settings
from ohlora.language.training.texts import Texts
from ohlora.progress import bar

_FACE_TOKENS = 16
"""Of a sample answer where nothing but four labels is learned: before it is, a model goes on to say one of them for ever."""
CHECKPOINT, LOG, VALID, SAMPLES = "checkpoint.pt", "log.csv", "valid.csv", "samples.jsonl"
SAVE_EVERY = 50
_LOG_COLUMNS = ("step", "epoch", "loss", "tokens", "rate", "cpu_s")
_PACKAGES = ("ohlora", "torch", "transformers", "peft", "numpy")


@dataclass
class State:
    """Where a run is.

    Attributes:
        step: steps done. best: (step, mean validation loss of the tasks) of the best adapter. best_losses: its losses, of
            each task too. bad: validations since then.
    """

    step: int = 0
    best: tuple[int, float] | None = None
    best_adapter: dict[str, Any] = field(default_factory=dict)
    best_losses: dict[str, float] = field(default_factory=dict)
    bad: int = 0


def run(base: Base, texts: Texts, out: Path, *, command: str = "", start: Path | None = None) -> dict[str, Any]:
    """Trains an adapter into `out`; started again it goes on from the last checkpoint, to the same result.

    Args:
        base: the model. texts: what it learns, with the settings.
        start: folder of an earlier adapter to go on from, of the same layers and of the same rank or a lower one.

    Returns:
        {"steps", "best_step", "train_loss", "valid_loss": {"all", TASK…}, "seconds", "cpu_s", "stopped_early"}.

    Raises:
        InputError: the folder holds another run, the earlier adapter does not fit, the loss is not finite.
    """
    return Run(base, texts, out, command, start).go()


class Run:
    """One run; `model` afterwards carries the best adapter. See `run`."""

    def __init__(self, base: Base, texts: Texts, out: Path, command: str = "", start: Path | None = None) -> None:
        from accelerate import PartialState
        from peft import get_peft_model

        keep_freed_memory()
        self.processes = PartialState(cpu=not torch.cuda.is_available())
        self.base, self.texts, self.out, self.settings = base, texts, out, texts.settings
        self.device = self.processes.device
        self.bf16 = computes_in_bf16(self.settings.precision, self.device)
        self.identity = _identity(base, texts, start, self.bf16)
        torch.manual_seed(self.settings.seed)
        model = base.model.to(torch.bfloat16) if self.bf16 else base.model
        # Frozen weights in bfloat16: what autocast would make of them at every step. The adapter itself stays float32.
        self.model = get_peft_model(model.to(self.device), _lora(base, self.settings))
        self.trained = [p for p in self.model.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(self.trained, lr=1.0, weight_decay=0.0, betas=(0.9, 0.99))
        self.end, self.pad = end_token(base.tokenizer, base.model.config), pad_token(base.tokenizer, base.model.config)
        self.per_epoch = -(-texts.per_epoch // self.settings.batch)
        self.total = self.per_epoch * self.settings.epochs
        self.validate_every = self.settings.validate_every or max(1, self.per_epoch // 2)
        self.state = State()
        self.valid = self._rows(texts.validation()) if texts.valid else []
        if start:
            self._load_start(start)
        self._resume()
        self.processes.wait_for_everyone()  # all have looked into the folder before one writes there
        if self.processes.is_main_process:
            self._open_logs(command)
        self.processes.wait_for_everyone()

    def go(self) -> dict[str, Any]:
        begun, cpu = time.perf_counter(), time.process_time()
        self.model.train()
        last, stopped = float("nan"), False
        progress = bar("LoRA", total=self.total, unit="step", initial=self.state.step)
        for epoch in range(self.state.step // self.per_epoch, self.settings.epochs):
            rows = self._rows(self.texts.epoch(epoch))
            vocabulary = self._vocabulary(rows)
            groups = batches(rows, self.settings.batch, np.random.default_rng([self.settings.seed, epoch, 1]))
            for group in groups[self.state.step - epoch * self.per_epoch :]:
                last = self._step([rows[row] for row in group], epoch, vocabulary)
                progress.update()
                progress.set_postfix(loss=f"{last:.3f}")
                if stopped := self._look():
                    break
            if stopped:
                break
        progress.close()
        result = self._finish()
        return {
            "steps": self.state.step, "best_step": self.state.best[0] if self.state.best else self.state.step,
            "train_loss": last, **result, "seconds": time.perf_counter() - begun, "cpu_s": time.process_time() - cpu,
            "stopped_early": stopped and self.state.step < self.total,
        }  # fmt: skip

    def _step(self, rows: Sequence[Row], epoch: int, vocabulary: Vocabulary) -> float:
        cpu, step, settings = time.process_time(), self.state.step, self.settings
        torch.manual_seed(settings.seed * 1_000_003 + step * 64 + self.processes.process_index)
        for group in self.optimiser.param_groups:
            group["lr"] = settings.learning_rate * rate(step, self.total, settings.warmup)
        mine = rows[self.processes.process_index :: self.processes.num_processes]
        loss = torch.zeros(2, device=self.device)
        tokens = 0
        if mine:
            batch = collate(mine, self.pad)
            tokens = int(batch.mask.sum())
            drawn = vocabulary.draw(np.random.default_rng([settings.seed, step]))
            with self._autocast():
                losses, weights = at_labels(self.model.get_base_model(), batch, drawn, self.device)
                weighed = (losses * weights).sum()
            weighed.backward()
            loss = torch.stack([weighed.detach(), weights.sum()])
        loss = self._summed(loss)
        if not torch.isfinite(loss).all():
            raise InputError(
                f"the loss is no longer finite at step {step}; start anew with a smaller --learning-rate",
                f"{step}번째 단계에서 손실이 유한하지 않습니다. --learning-rate를 줄여 다시 시작하세요",
            )
        for parameter in self.trained:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            self._summed(parameter.grad)
            parameter.grad /= loss[1]
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.state.step += 1
        mean = float(loss[0] / loss[1])
        if self.processes.is_main_process:
            rated = self.optimiser.param_groups[0]["lr"]
            values = (self.state.step, epoch, f"{mean:.4f}", tokens, f"{rated:.2e}", f"{time.process_time() - cpu:.2f}")
            with (self.out / LOG).open("a", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow(values)
        return mean

    def _look(self) -> bool:
        """Validates and saves where it is time to; True: nothing has become better for long enough."""
        step = self.state.step
        if self.valid and (step % self.validate_every == 0 or step == self.total):
            self._validate()
        if step % SAVE_EVERY == 0 or step % self.validate_every == 0 or step == self.total:
            self._save()
        return 0 < self.settings.patience <= self.state.bad

    def _validate(self) -> None:
        losses = self.validation_loss()
        state = self.state
        # The mean of the tasks: counted by tokens, replies alone would decide, which are overfitted long before the others.
        score = float(np.mean([loss for name, loss in losses.items() if name != "all"]))
        if state.best is None or score < state.best[1]:
            state.best, state.best_adapter, state.best_losses, state.bad = (
                (state.step, score),
                self._adapter(),
                losses,
                0,
            )
        else:
            state.bad += 1
        if not self.processes.is_main_process:
            return
        with (self.out / VALID).open("a", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(
                [state.step, *(_told(losses.get(key)) for key in ("all", *TASKS))]
            )
        answers = self._answers()
        with (self.out / SAMPLES).open("a", encoding="utf-8") as file:
            file.writelines(json.dumps({"step": state.step, **answer}, ensure_ascii=False) + "\n" for answer in answers)
        curves.plot(self.out)
        told = ", ".join(f"{name} {loss:.3f}" for name, loss in losses.items())
        print(say(f"step {state.step}: validation loss {told}", f"{state.step}단계: 검증 손실 {told}"), file=sys.stderr)
        for answer in answers[:2]:
            print(
                "  " + "\n  ".join(f"{answer['prompt'].splitlines()[-2]} →{answer['answer']}".splitlines()),
                file=sys.stderr,
            )

    def validation_loss(self) -> dict[str, float]:
        """Mean loss (nats a token) of the validation rows over the whole vocabulary: "all", and of each task."""
        self.model.eval()
        with self._autocast():
            sums = summed_losses(self.model.get_base_model(), self.valid, self.pad, self.device, self.settings.batch,
                                 self.processes.process_index, self.processes.num_processes)  # fmt: skip
        self.model.train()
        return _means(self._summed(sums))

    def _answers(self) -> list[dict[str, str]]:
        self.model.eval()
        tasks = self.settings.tasks
        most = _FACE_TOKENS if tasks == ("expression",) else 72
        with torch.no_grad(), self._autocast():
            told = [
                {"prompt": prompt.removeprefix(f"{self.texts.description}\n"),
                 "answer": greedy(self.model.get_base_model(), self.base.tokenizer, prompt, end=self.end, lines=len(tasks), most=most,
                                  device=self.device)}
                for prompt in self.texts.samples(self.settings.samples)
            ]  # fmt: skip
        self.model.train()
        return told

    def _finish(self) -> dict[str, Any]:
        from peft import set_peft_model_state_dict

        if self.state.best:
            set_peft_model_state_dict(self.model, self.state.best_adapter)
        if self.processes.is_main_process:
            self.model.save_pretrained(self.out)
            (self.out / "README.md").unlink(missing_ok=True)  # PEFT's empty model card
            curves.plot(self.out)
        self.processes.wait_for_everyone()
        self.model.eval()
        return {"valid_loss": self.state.best_losses}

    def take_off(self) -> None:
        """Gives the base model back as it was, without the adapter."""
        self.model.unload()

    # ---- saving and going on

    def _adapter(self) -> dict[str, Any]:
        from peft import get_peft_model_state_dict

        return {name: tensor.detach().cpu().clone() for name, tensor in get_peft_model_state_dict(self.model).items()}

    def _save(self) -> None:
        if not self.processes.is_main_process:
            return
        state = self.state
        content = {
            "identity": json.dumps(self.identity, sort_keys=True), "step": state.step, "adapter": self._adapter(),
            "optimiser": self.optimiser.state_dict(), "best": state.best, "best_adapter": state.best_adapter, "best_losses": state.best_losses, "bad": state.bad,
        }  # fmt: skip
        with atomic_write(self.out / CHECKPOINT) as file:
            torch.save(content, file)

    def _resume(self) -> None:
        from peft import set_peft_model_state_dict

        path = self.out / CHECKPOINT
        if not path.is_file():
            if self.out.exists() and any(
                file.name not in ("run.json", LOG, VALID, SAMPLES) for file in self.out.iterdir()
            ):
                raise InputError(
                    f"{self.out} is not empty and holds no run to go on with; name another folder with -o",
                    f"{self.out}이(가) 비어 있지 않고 이어 할 학습도 없습니다. -o로 다른 폴더를 지정하세요",
                )
            return
        try:
            saved = torch.load(path, map_location="cpu", weights_only=True)
            identity = json.loads(saved["identity"])
        except Exception as error:  # torch raises whatever comes
            raise InputError(
                f"{path} is damaged; remove it to start again", f"{path}이(가) 손상되었습니다. 지우고 다시 시작하세요"
            ) from error
        changed = [name for name, value in self.identity.items() if identity.get(name) != json.loads(json.dumps(value))]
        if changed:
            name = changed[0]
            raise InputError(
                f"{self.out} holds a run with another {name}; name another folder with -o ({identity.get(name)} there, "
                f"{self.identity[name]} here)",
                f"{self.out}의 학습은 {name}이(가) 다릅니다. -o로 다른 폴더를 지정하세요({identity.get(name)} ↔ "
                f"{self.identity[name]})",
            )
        set_peft_model_state_dict(self.model, saved["adapter"])
        self.optimiser.load_state_dict(saved["optimiser"])
        best = saved["best"]
        self.state = State(
            saved["step"],
            tuple(best) if best else None,
            saved["best_adapter"],
            saved.get("best_losses", {}),
            saved["bad"],
        )

    def _load_start(self, start: Path) -> None:
        from peft import get_peft_model_state_dict, set_peft_model_state_dict
        from safetensors.torch import load_file

        earlier = json.loads((start / "adapter_config.json").read_text("utf-8"))
        ratio = _scale(earlier["r"], earlier["lora_alpha"], earlier.get("use_rslora", False)) / _scale(
            self.settings.rank, self.settings.alpha, self.settings.rslora
        )
        own = get_peft_model_state_dict(self.model)
        try:
            told = set_peft_model_state_dict(
                self.model, widened(load_file(start / "adapter_model.safetensors"), own, ratio)
            )
        except RuntimeError as error:  # torch, of a tensor with another shape; it says which
            why = " ".join(str(error).split())[-200:]
            raise InputError(
                f"the adapter in {start} has another shape than this run ({why}); give its --rank or a higher one, and its own --model",
                f"{start}의 어댑터는 모양이 다릅니다({why}). --rank를 같거나 더 크게 하고 그 어댑터의 --model을 주세요",
            ) from error
        missing = [name for name in told.missing_keys if "lora_" in name]
        if missing or told.unexpected_keys:
            named = (missing or told.unexpected_keys)[0]
            raise InputError(
                f"the adapter in {start} has other layers than this run ({named}); give the same --target and --rank",
                f"{start}의 어댑터는 층이 다릅니다({named}). --target과 --rank를 같게 주세요",
            )

    def _open_logs(self, command: str) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        told = {**self.identity, "command": command, "versions": _versions(), "processes": self.processes.num_processes,
                "threads": torch.get_num_threads()}  # fmt: skip
        if not self.state.step:
            with atomic_write(self.out / "run.json", "w") as file:
                json.dump(told, file, ensure_ascii=False, indent=1)
        _trim_csv(self.out / LOG, _LOG_COLUMNS, self.state.step)
        _trim_csv(self.out / VALID, ("step", "all", *TASKS), self.state.step)
        _trim_jsonl(self.out / SAMPLES, self.state.step)

    # ---- small things

    def _rows(self, texts: Sequence[Sequence[Piece]]) -> list[Row]:
        return [encode(self.base.tokenizer, told, end=self.end, max_length=self.settings.max_length) for told in texts]

    def _vocabulary(self, rows: Sequence[Row]) -> Vocabulary:
        wanted = {label for row in rows for label in row.labels} - {IGNORED}
        size = self.base.model.get_output_embeddings().weight.shape[0]
        return Vocabulary(tuple(sorted(wanted)), size, self.settings.drawn)

    def _summed(self, tensor: torch.Tensor) -> torch.Tensor:
        if self.processes.num_processes > 1:
            torch.distributed.all_reduce(tensor)
        return tensor

    def _autocast(self) -> Any:
        return torch.autocast(self.device.type, torch.bfloat16) if self.bf16 else nullcontext()


def mean_losses(causal: Any, base: Base, texts: Texts) -> dict[str, float]:
    """As `Run.validation_loss`, of a model as it stands."""
    end, pad = end_token(base.tokenizer, base.model.config), pad_token(base.tokenizer, base.model.config)
    most = texts.settings.max_length
    rows = [encode(base.tokenizer, told, end=end, max_length=most) for told in texts.validation()]
    return _means(summed_losses(causal, rows, pad))


def summed_losses(
    causal: Any, rows: Sequence[Row], pad: int, device: Any = "cpu", size: int = 8, index: int = 0, of: int = 1
) -> torch.Tensor:
    """(2, tasks + 1): summed loss and count of tokens by task number, of this process's share of the batches."""
    sums = torch.zeros(2, len(TASKS) + 1, device=device)
    order = sorted(range(len(rows)), key=lambda row: len(rows[row].ids))
    groups = [order[at : at + size] for at in range(0, len(order), size)]
    with torch.no_grad():
        for group in groups[index::of]:
            losses, numbers = at_labels(causal, collate([rows[row] for row in group], pad), device=device)
            sums[0].index_add_(0, numbers.long(), losses)
            sums[1].index_add_(0, numbers.long(), torch.ones_like(losses))
    return sums


def _means(sums: torch.Tensor) -> dict[str, float]:
    sums = sums.cpu()
    found = {"all": float(sums[0].sum() / sums[1].sum())}
    return found | {task: float(sums[0, at] / sums[1, at]) for at, task in enumerate(TASKS, 1) if sums[1, at]}


def batches(rows: Sequence[Row], size: int, rng: np.random.Generator) -> list[list[int]]:
    """Row numbers grouped by similar length (less padding), groups in random order."""
    noise = rng.random(len(rows))
    order = sorted(range(len(rows)), key=lambda row: len(rows[row].ids) + 8 * noise[row])
    groups = [order[start : start + size] for start in range(0, len(order), size)]
    rng.shuffle(groups)  # type: ignore[arg-type]
    return groups


def rate(step: int, total: int, warmup: float) -> float:
    """Linear warm-up, then a cosine down to a twentieth; share of the learning rate."""
    start = max(1, round(total * warmup))
    if step < start:
        return (step + 1) / start
    return 0.05 + 0.475 * (1 + float(np.cos(np.pi * (step - start) / max(1, total - start))))


def greedy(
    causal: Any, tokenizer: Any, prompt: str, *, end: int | None, lines: int = 4, most: int = 72, device: Any = "cpu"
) -> str:
    """What a model says by its likeliest tokens: at most so many lines and tokens, or up to the end of text."""
    from transformers import DynamicCache

    ids = tokenizer(prompt)["input_ids"]
    if ids and ids[-1] == end:
        ids = ids[:-1]
    cache = DynamicCache(config=causal.config)
    said: list[int] = []
    feed, head = torch.tensor([ids], device=device), causal.get_output_embeddings()
    text = ""
    while len(said) < most and text.count("\n") < lines:
        state = causal.base_model(input_ids=feed, past_key_values=cache, use_cache=True).last_hidden_state[:, -1]
        token = int(head(state.to(head.weight.dtype)).argmax())
        if token == end:
            break
        said.append(token)
        text = str(tokenizer.decode(said))
        feed = torch.tensor([[token]], device=device)
    return text


def computes_in_bf16(precision: str, device: Any) -> bool:
    """Does a run of this precision use bfloat16 here? By itself only where the processor has it: elsewhere it is slower."""
    if precision != "auto":
        return precision == "bf16"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    native = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(bool(has()) for has in native if has)


def keep_freed_memory() -> None:
    """Tells glibc to keep freed memory: given back and taken anew at every operation it costs a fifth of a step in faults."""
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(-3, 1 << 30)  # M_MMAP_THRESHOLD
        libc.mallopt(-1, (1 << 31) - 1)  # M_TRIM_THRESHOLD


def _scale(rank: int, alpha: int, rslora: bool) -> float:
    """What B·A is multiplied by: alpha / r, or alpha / √r (Kalajdzievski 2023, rsLoRA)."""
    return alpha / (rank**0.5 if rslora else rank)


def widened(
    earlier: Mapping[str, torch.Tensor], own: Mapping[str, torch.Tensor], ratio: float
) -> dict[str, torch.Tensor]:
    """An earlier adapter in the shape of this one, computing the very same: B·A stays, times the scale of each.

    Args:
        earlier: tensors by PEFT's names, lora_A (r₀, in) and lora_B (out, r₀).
        own: those of the new adapter, as it begins: A drawn from the seed, B zero; of rank r ≥ r₀.
        ratio: scale of the earlier one over that of the new one.

    Returns:
        lora_A (r, in) and lora_B (out, r): the earlier rows and columns first, the rest as in `own`. What is not in `own`, or
        not of a smaller rank, stays as it is: who loads it refuses it.
    """
    told = {}
    for name, tensor in earlier.items():
        axis = 0 if "lora_A" in name else 1 if "lora_B" in name else None
        if axis == 1:
            tensor = tensor * ratio
        mine = own.get(name)
        if (
            axis is not None
            and mine is not None
            and tensor.dim() == 2
            and tensor.shape[1 - axis] == mine.shape[1 - axis]
            and tensor.shape[axis] < mine.shape[axis]
        ):
            tensor = torch.cat(
                [tensor.to(mine), mine.narrow(axis, tensor.shape[axis], mine.shape[axis] - tensor.shape[axis])],
                dim=axis,
            )
        told[name] = tensor
    return told


def _lora(base: Base, settings: Settings) -> Any:
    from peft import LoraConfig

    targets = settings.targets or base.targets
    names = {name.rpartition(".")[2] for name, _ in base.model.named_modules()}
    if missing := [name for name in targets if name not in names]:
        raise InputError(
            f"the model has no layer named {missing[0]}; its own: {', '.join(base.targets)}",
            f"모델에 {missing[0]}(이)라는 층이 없습니다. 있는 층: {', '.join(base.targets)}",
        )
    count = base.model.config.num_hidden_layers
    if settings.layers_from >= count:
        raise InputError(
            f"--layers-from {settings.layers_from} leaves nothing to train: the model has {count} blocks, 0 … {count - 1}",
            f"--layers-from {settings.layers_from}이면 학습할 것이 없습니다. 모델의 블록은 {count}개(0 … {count - 1})입니다",
        )
    layers = list(range(settings.layers_from, count)) if settings.layers_from else None
    return LoraConfig(
        r=settings.rank, lora_alpha=settings.alpha, lora_dropout=settings.dropout, target_modules=list(targets),
        use_rslora=settings.rslora, use_dora=settings.dora, layers_to_transform=layers, task_type="CAUSAL_LM",
        trainable_token_indices=dict(base.new_rows) or None,
    )  # fmt: skip


def _identity(base: Base, texts: Texts, start: Path | None, bf16: bool) -> dict[str, Any]:
    from ohlora.files import sha256_of

    return {
        "settings": asdict(texts.settings), "data": texts.digest(), "base": f"{base.path.name} sha256:{base.digest}",
        "start": sha256_of(start / "adapter_model.safetensors") if start else "", "computed_in": "bf16" if bf16 else "f32",
    }  # fmt: skip


def _versions() -> Mapping[str, str]:
    found = {}
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _trim_csv(path: Path, columns: Sequence[str], step: int) -> None:
    """A header, and the rows up to a step: those after it are of a run that was killed and are made again."""
    kept: list[Any] = []
    if step and path.is_file():
        with path.open(newline="") as file:
            kept = [row for row in csv.reader(file) if row and row[0].isdigit() and int(row[0]) <= step]
    with atomic_write(path, "w") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *kept])


def _trim_jsonl(path: Path, step: int) -> None:
    """The lines up to a step, as `_trim_csv`; one that was cut off when the run was killed is none."""
    kept = []
    for line in path.read_bytes().split(b"\n") if path.is_file() else []:
        with suppress(ValueError, KeyError, TypeError):
            if json.loads(line)["step"] <= step:
                kept.append(line + b"\n")
    with atomic_write(path) as file:
        file.writelines(kept)


def _told(loss: float | None) -> str:
    return "" if loss is None else f"{loss:.5f}"
