"""Fine-tuning a frozen StyleGAN 1 with labels: a new label size, generator and discriminator, and a new bundle.

The label size changes explicitly: rows (and, where there were no labels, columns) that are new are named and drawn from
the seed. Every random draw belongs to its step, so a run that was killed and continued ends in the same weights.
Loss: non-saturating, with R1 (Mescheder et al. 2018) every 16th step; weights that draw are a moving average.

    OUT/state.pt       everything needed to go on        OUT/metrics.csv    one row a logged step
    OUT/samples/*.png  fixed latents (rows) under labels from -2σ to +2σ        OUT/bundle/   the result
"""

import csv
import fnmatch
import itertools
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from ohlora.checkpoint import bundle as bundles
from ohlora.checkpoint.architectures import by_name, start
from ohlora.checkpoint.fingerprint import make
from ohlora.errors import InputError
from ohlora.face import finetune_data
from ohlora.face.stylegan1_discriminator import Discriminator
from ohlora.face.stylegan_ops import fresh_noise, stored_noise
from ohlora.face.torch_generator import TorchGenerator, network
from ohlora.files import atomic_write, check_writable, sha256_of
from ohlora.i18n import say
from ohlora.progress import bar

STATE, METRICS, SAMPLES, BUNDLE = "state.pt", "metrics.csv", "samples", "bundle"
_LABEL_WIDTH = 16  # of a label in StyleGAN-FineTune-v1
_R1_EVERY = 16
_LOG_EVERY = 10
# Threads wait for one another at every small map: on a busy computer two took 20 times as long as one.
_ONE_THREAD_UP_TO = 64
_W_DECAY = 0.995
_MOST_SEED = 2**32 - 1  # every step makes its own of it, which must fit into 64 bits


@dataclass(frozen=True)
class Plan:
    """What is trained and how. Two runs with equal plans and data go the same way.

    Attributes:
        steps: updates of generator and discriminator. batch: images of each.
        rate: learning rate of both (Adam, betas 0 and 0.99). r1: weight of R1.
        ema: steps after which the moving average has forgotten half.
        freeze: patterns of generator tensors that stay as they are.
        save_every: steps between two states and sample grids.
    """

    label_size: int
    steps: int = 2000
    batch: int = 16
    rate: float = 0.002
    r1: float = 1.0
    ema: float = 200.0
    freeze: tuple[str, ...] = ()
    seed: int = 0
    save_every: int = 200


def finetune(source: Path, images: Path, labels: Path, output: Path, plan: Plan, command: str = "") -> dict[str, Any]:
    """Trains, or goes on where an earlier run in `output` stopped, and freezes the result.

    Args:
        source: a frozen StyleGAN 1. images, labels: see `finetune_data`. output: a new folder, or one to go on in.

    Returns:
        {"bundle", "fingerprint", "steps", "seconds", "labels"}.

    Raises:
        InputError: data, bundle or plan do not fit. CheckFailed: the bundle was changed.
    """
    _check(plan)
    result = output / BUNDLE
    bundles.refuse_existing(result)
    check_writable(output)
    frozen = bundles.load(source)
    if frozen.architecture.name != "stylegan1":
        raise InputError(
            f"{source} is a {frozen.architecture.name}; labels are fine-tuned on stylegan1.",
            f"{source}은(는) {frozen.architecture.name}입니다. 레이블 미세조정은 stylegan1만 됩니다.",
        )
    data = finetune_data.load(images, labels, plan.label_size, frozen.settings["resolution"])
    settings, tensors, started = relabelled(frozen.settings, frozen.tensors, plan.label_size, plan.seed)
    run = _Run(plan, settings, tensors, data, output, _identity(plan, frozen, labels))
    begin = time.perf_counter()
    threads = torch.get_num_threads()
    if frozen.settings["resolution"] <= _ONE_THREAD_UP_TO:
        torch.set_num_threads(1)
    try:
        run.train()
    finally:
        torch.set_num_threads(threads)
    fingerprint = _freeze(run, frozen, started, result, labels, command)
    return {
        "bundle": str(result),
        "fingerprint": fingerprint,
        "steps": plan.steps,
        "seconds": round(time.perf_counter() - begin, 1),
        "labels": data.names,
    }


def _check(plan: Plan) -> None:
    most = sys.float_info.max
    bounds: list[tuple[str, float, float, str]] = [
        *((name, 1, most, "≥ 1") for name in ("label_size", "steps", "batch", "save_every")),
        *((name, sys.float_info.min, most, "> 0") for name in ("rate", "ema")),
        ("r1", 0, most, "≥ 0"),
        ("seed", 0, _MOST_SEED, f"0 … {_MOST_SEED}"),
    ]
    for name, low, high, allowed in bounds:
        value = getattr(plan, name)
        if not low <= value <= high:  # nor is NaN
            option = f"--{name.replace('_', '-')}"
            raise InputError(
                f"{option} {value} cannot be; allowed: {allowed}.",
                f"{option} {value}은(는) 쓸 수 없습니다. 가능: {allowed}.",
            )


def relabelled(
    settings: dict[str, Any], tensors: dict[str, NDArray[np.float32]], label_size: int, seed: int
) -> tuple[dict[str, Any], dict[str, NDArray[np.float32]], list[dict[str, Any]]]:
    """The same generator with another number of labels.

    Rows that both have are kept. A generator without labels gets them at a width of 16 by new columns of `dense0`; with
    a label of zeros it draws what it drew before, since pixel norm and the equalised learning rate cancel out.

    Returns:
        Settings, tensors, and a record of what was started anew.
    """
    settings, tensors = dict(settings), dict(tensors)
    old = tensors.pop("mapping.label_weight", None)
    kept = 0 if old is None else min(len(old), label_size)
    width = settings["label_width"] or _LABEL_WIDTH
    settings |= {"label_size": label_size, "label_width": width}
    expected = by_name("stylegan1").expected(settings)
    rows = start(expected["mapping.label_weight"], "mapping.label_weight", seed)
    records = []
    if old is not None:
        rows[:kept] = old[:kept]
    else:
        dense = expected["mapping.dense0.weight"]
        fresh = start(dense, "mapping.dense0.weight", seed)
        z_dim = settings["z_dim"]
        fresh[:, :z_dim] = tensors["mapping.dense0.weight"]
        tensors["mapping.dense0.weight"] = fresh
        records.append(_started("mapping.dense0.weight", f"columns {z_dim} to {z_dim + width - 1}", dense.init, seed))
    if kept < label_size:
        init = expected["mapping.label_weight"].init
        records.append(_started("mapping.label_weight", f"rows {kept} to {label_size - 1}", init, seed))
    tensors["mapping.label_weight"] = rows
    return settings, {name: tensors[name] for name in expected}, records


def _started(name: str, part: str, init: Any, seed: int) -> dict[str, Any]:
    return {"name": name, "part": part, "how": str(init), "seed": seed}


def _identity(plan: Plan, frozen: bundles.Bundle, labels: Path) -> dict[str, Any]:
    """What a state must agree with to be gone on from; more steps may be asked for."""
    agreed = {name: value for name, value in asdict(plan).items() if name not in ("steps", "save_every")}
    agreed["freeze"] = list(plan.freeze)
    return {**agreed, "source": frozen.manifest["fingerprint"]["digest"], "labels_sha256": sha256_of(labels)}


class _Run:
    """Networks, optimisers and their state on disk."""

    def __init__(
        self,
        plan: Plan,
        settings: dict[str, Any],
        tensors: dict[str, NDArray[np.float32]],
        data: finetune_data.LabelledImages,
        output: Path,
        identity: dict[str, Any],
    ) -> None:
        self.plan, self.settings, self.data, self.output, self.identity = plan, settings, data, output, identity
        self.step = 0
        self._penalty = 0.0  # of the last step that had one
        torch.manual_seed(plan.seed)
        self.generator = network("stylegan1", settings).train()
        self.average = network("stylegan1", settings).eval().requires_grad_(False)
        weights = {name: torch.tensor(values) for name, values in tensors.items()}
        self.generator.load_state_dict(weights, strict=True)
        self.average.load_state_dict(weights, strict=True)
        self.discriminator = Discriminator(settings["image_channels"], settings["channels"], plan.label_size)
        self.trained = self._trained(plan.freeze)
        adam = {"lr": plan.rate, "betas": (0.0, 0.99), "eps": 1e-8}
        self.optimisers = [
            torch.optim.Adam([p for _, p in self.trained], **adam),
            torch.optim.Adam(self.discriminator.parameters(), **adam),
        ]
        self._resume()

    def _trained(self, freeze: Sequence[str]) -> list[tuple[str, nn.Parameter]]:
        named = list(self.generator.named_parameters())
        for pattern in freeze:
            if not any(fnmatch.fnmatch(name, pattern) for name, _ in named):
                raise InputError(
                    f"--freeze {pattern}: no tensor is named so; e.g. 'mapping.*' or 'synthesis.layer0.*'.",
                    f"--freeze {pattern}: 그런 이름의 텐서가 없습니다. 예: 'mapping.*', 'synthesis.layer0.*'.",
                )
        for name, parameter in named:
            parameter.requires_grad_(not any(fnmatch.fnmatch(name, pattern) for pattern in freeze))
        trained = [(name, parameter) for name, parameter in named if parameter.requires_grad]
        if not trained:
            raise InputError("--freeze leaves nothing to train.", "--freeze 때문에 학습할 것이 없습니다.")
        return trained

    def train(self) -> None:
        """Runs to the last step; on Ctrl-C the state is saved first."""
        with bar(say("training", "학습 중"), self.plan.steps, "step", initial=self.step) as progress:
            try:
                while self.step < self.plan.steps:
                    row = self._update()
                    self.step += 1
                    progress.update()
                    if self.step % _LOG_EVERY == 0 or self.step == self.plan.steps:
                        self._log(row)
                        progress.set_postfix({name: f"{value:.2f}" for name, value in row.items()}, refresh=False)
                    if self.step % self.plan.save_every == 0 or self.step == self.plan.steps:
                        self._save()
                        self._draw_samples()
            except KeyboardInterrupt:
                self._save()
                raise

    def _update(self) -> dict[str, float]:
        draw = torch.Generator().manual_seed(self.plan.seed * 1_000_003 + self.step)
        loss_d, r1 = self._update_discriminator(draw)
        loss_g = self._update_generator(draw)
        with torch.no_grad():
            keep = 0.5 ** (1 / min(self.plan.ema, max(self.step, 1)))
            for mean, current in zip(self.average.parameters(), self.generator.parameters(), strict=True):
                mean.lerp_(current, 1 - keep)
            for mean, current in zip(self.average.buffers(), self.generator.buffers(), strict=True):
                mean.copy_(current)
        return {"loss_g": loss_g, "loss_d": loss_d, "r1": r1}

    def _batch(self, draw: torch.Generator) -> tuple[Tensor, Tensor]:
        at = torch.randint(len(self.data.images), (self.plan.batch,), generator=draw).numpy()
        image = torch.tensor(self.data.images[at]).float() / 127.5 - 1
        return image, torch.tensor(self.data.labels[at])

    def _fake(self, draw: torch.Generator) -> tuple[Tensor, Tensor]:
        at = torch.randint(len(self.data.labels), (self.plan.batch,), generator=draw).numpy()
        label = torch.tensor(self.data.labels[at])
        z = torch.randn(self.plan.batch, self.settings["z_dim"], generator=draw)
        w = self.generator.mapping(z, label)  # type: ignore[operator]
        with torch.no_grad():
            self.generator.average.lerp_(w.detach().mean(dim=0), 1 - _W_DECAY)  # type: ignore[union-attr,operator]
        count: int = self.generator.num_ws  # type: ignore[assignment]
        ws = w.reshape(len(z), -1, self.settings["w_dim"]).expand(-1, count, -1)
        return self.generator.synthesis(ws, fresh_noise(draw)), label  # type: ignore[operator]

    def _update_discriminator(self, draw: torch.Generator) -> tuple[float, float]:
        self.discriminator.requires_grad_(True)
        with torch.no_grad():
            fake, fake_label = self._fake(draw)
        real, label = self._batch(draw)
        regularise = self.plan.r1 > 0 and self.step % _R1_EVERY == 0
        score = self.discriminator(real.requires_grad_(regularise), label)
        loss = F.softplus(-score).mean() + F.softplus(self.discriminator(fake, fake_label)).mean()
        total = loss
        if regularise:
            (gradient,) = torch.autograd.grad(score.sum(), real, create_graph=True)
            penalty = gradient.square().sum(dim=(1, 2, 3)).mean()
            self._penalty = penalty.item()
            total = loss + penalty * (self.plan.r1 / 2 * _R1_EVERY)
        self._descend(self.optimisers[1], total)
        return loss.item(), self._penalty

    def _update_generator(self, draw: torch.Generator) -> float:
        self.discriminator.requires_grad_(False)
        fake, label = self._fake(draw)
        loss = F.softplus(-self.discriminator(fake, label)).mean()
        self._descend(self.optimisers[0], loss)
        return loss.item()

    def _descend(self, optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
        if not torch.isfinite(loss):
            raise InputError(
                f"The loss is no longer finite at step {self.step}; go on from the last state with a smaller --rate.",
                f"{self.step}번째 단계에서 손실이 유한하지 않습니다. --rate를 줄여 다시 시작하세요.",
            )
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()

    def _save(self) -> None:
        content = {
            "identity": json.dumps(self.identity, sort_keys=True),
            "step": self.step,
            "generator": self.generator.state_dict(),
            "average": self.average.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
        }
        with atomic_write(self.output / STATE) as file:
            torch.save(content, file)

    def _resume(self) -> None:
        path = self.output / STATE
        if not path.is_file():
            if self.output.exists() and any(self.output.iterdir()):
                raise InputError(
                    f"{self.output} is not empty and holds no run to go on with; name another folder.",
                    f"{self.output}이(가) 비어 있지 않고 이어 할 학습도 없습니다. 다른 폴더를 쓰세요.",
                )
            return
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
            identity, step = json.loads(content["identity"]), int(content["step"])
        except Exception as error:  # torch raises whatever comes
            raise InputError(
                f"{path} is damaged; remove it to start again.", f"{path}이(가) 손상되었습니다. 지우고 다시 시작하세요."
            ) from error
        changed = [name for name, value in self.identity.items() if identity.get(name) != value]
        if changed:
            raise InputError(
                f"{self.output} holds a run with another {changed[0]} ({identity.get(changed[0])} there,"
                f" {self.identity[changed[0]]} here); name another folder.",
                f"{self.output}의 학습은 {changed[0]}이(가) 다릅니다({identity.get(changed[0])} ↔"
                f" {self.identity[changed[0]]}). 다른 폴더를 쓰세요.",
            )
        self.step = step
        self.generator.load_state_dict(content["generator"], strict=True)
        self.average.load_state_dict(content["average"], strict=True)
        self.discriminator.load_state_dict(content["discriminator"], strict=True)
        for optimiser, state in zip(self.optimisers, content["optimisers"], strict=True):
            optimiser.load_state_dict(state)

    def _log(self, row: dict[str, float]) -> None:
        """Adds a row; rows after this step, of a run that was killed, are dropped."""
        path = self.output / METRICS
        earlier = []
        if path.is_file():
            with path.open(newline="") as file:
                earlier = [r for r in csv.DictReader(file) if int(r["step"]) < self.step]
        with atomic_write(path, "w") as file:
            writer = csv.DictWriter(file, ["step", *row], lineterminator="\n")
            writer.writeheader()
            writer.writerows(earlier)
            writer.writerow({"step": self.step, **{name: f"{value:.5f}" for name, value in row.items()}})

    def _draw_samples(self) -> None:
        """A grid: a fixed latent a row; each label in turn from -2σ to +2σ."""
        strengths = (-2.0, -1.0, 0.0, 1.0, 2.0)
        z = torch.randn(4, self.settings["z_dim"], generator=torch.Generator().manual_seed(self.plan.seed))
        columns = []
        for number, strength in itertools.product(range(self.plan.label_size), strengths):
            label = torch.zeros(len(z), self.plan.label_size)
            label[:, number] = strength
            columns.append(self._drawn(z, label))
        grid = torch.stack(columns, dim=1).clamp(-1, 1).add(1).mul(127.5).byte()  # rows, columns, C, H, W
        rows, count, channels, height, width = grid.shape
        pixels = grid.permute(0, 3, 1, 4, 2).reshape(rows * height, count * width, channels).numpy()
        picture = Image.fromarray(pixels if channels == 3 else pixels[:, :, 0])
        path = self.output / SAMPLES / f"step-{self.step:06d}.png"
        with atomic_write(path) as file:
            picture.save(file, "PNG")

    def _drawn(self, z: Tensor, label: Tensor) -> Tensor:
        with torch.no_grad():
            w = self.average.mapping(z, label)  # type: ignore[operator]
            count: int = self.average.num_ws  # type: ignore[assignment]
            ws = w.reshape(len(z), -1, self.settings["w_dim"]).expand(-1, count, -1)
            return self.average.synthesis(ws, stored_noise)  # type: ignore[operator]


def _freeze(
    run: _Run, source: bundles.Bundle, started: list[dict[str, Any]], result: Path, labels: Path, command: str
) -> str:
    tensors = {name: tensor.detach().numpy().copy() for name, tensor in run.average.state_dict().items()}
    generator = TorchGenerator("stylegan1", run.settings, tensors)
    fingerprint, reference = make(generator)
    family, data = by_name("stylegan1"), run.data
    manifest = {
        "format": bundles.FORMAT,
        "version": bundles.VERSION,
        "architecture": "stylegan1",
        "settings": run.settings,
        "constructor": family.constructor(run.settings),
        "source": {
            "bundle": source.folder.resolve().name,
            "fingerprint": source.manifest["fingerprint"]["digest"],
            "format": bundles.FORMAT,
        },
        "initialised": started,
        "absent": [],
        "licence": source.manifest.get("licence", ""),
        "training": {
            **asdict(run.plan),
            "images": len(data.images),
            "labels_file": labels.name,
            "labels_sha256": sha256_of(labels),
            "labels": [
                {"name": name, "mean": float(mean), "std": float(std)}
                for name, mean, std in zip(data.names, data.mean, data.std, strict=True)
            ],
            "label_unit": "standard deviations of the training data",
        },
        "versions": bundles.versions("numpy", "safetensors", "torch"),
        "command": command,
        "fingerprint": fingerprint,
    }
    bundles.save(result, manifest, {name: tensors[name] for name in family.expected(run.settings)}, reference)
    return str(fingerprint["digest"])
