"""The fingerprint of a bundle: which face a latent gives, made where the bundle was made and compared anywhere.

It is the SHA-256 of the float32 images of fixed latents. On the same processor and versions the digest must be equal;
elsewhere a sum may round differently, so small copies of the images are kept and compared with a stated tolerance.
Needs torch (extra `train`).
"""

import hashlib
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.bench._report import processor
from ohlora.errors import MissingError
from ohlora.face.latents import digest, fixed_latents, pooled

TOLERANCE = 1e-3
_SMALL = 32


@dataclass(frozen=True)
class Comparison:
    """A fingerprint recomputed.

    Attributes:
        digest: of the images made here and now.
        same_platform: made on the same processor and versions as the recorded one.
        difference: the largest difference between the small copies; allowed: what it may be elsewhere.
        ok: equal digests on the same platform, else a difference within the tolerance.
    """

    digest: str
    same_platform: bool
    difference: float
    allowed: float
    ok: bool


def build(
    architecture: str, settings: dict[str, Any], tensors: dict[str, NDArray], absent: list[str], **more: Any
) -> Any:
    """The generator of these tensors (a `face.torch_generator.TorchGenerator`).

    Raises:
        MissingError: torch is not installed.
    """
    try:
        from ohlora.face.torch_generator import TorchGenerator
    except ImportError as error:
        raise no_torch() from error
    return TorchGenerator(architecture, settings, tensors, absent, **more)


def no_torch() -> MissingError:
    """The sentence for a missing torch."""
    return MissingError(
        "Running a StyleGAN bundle needs torch: pip install 'ohlora[train]'",
        "StyleGAN 번들을 실행하려면 torch가 필요합니다: pip install 'ohlora[train]'",
    )


def here() -> dict[str, str]:
    """What decides how sums are rounded on this computer."""
    import torch

    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": processor(),
        "cpuid": _cpuid(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "torch": str(torch.__version__),
    }


def _cpuid() -> str:
    """Family, model, stepping, cache and a digest of the instruction flags: one name ("AMD EPYC") stands for many processors."""
    try:
        lines = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
    except OSError:
        return platform.processor()
    told = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = hashlib.sha256(" ".join(sorted(told.get("flags", "").split())).encode()).hexdigest()[:12]
    names = ("vendor_id", "cpu family", "model", "stepping", "cache size")
    return "/".join([*(told.get(name, "") for name in names), flags])


def make(generator: Any) -> tuple[dict[str, Any], dict[str, NDArray]]:
    """The fingerprint as the manifest keeps it, and the reference: latents `z` and small `image` copies."""
    z = fixed_latents(generator)
    images = generator.synthesis(generator.mapping(z))
    fingerprint = {
        "digest": digest(images, generator.precision),
        "precision": generator.precision,
        "images": len(images),
        "resolution": generator.resolution,
        "device": "cpu",
        "tolerance": TOLERANCE,
        "platform": here(),
    }
    return fingerprint, {"z": z, "image": small(images)}


def small(images: NDArray) -> NDArray[np.float32]:
    """Means over squares, 32×32 or smaller."""
    return pooled(images, min(images.shape[2], _SMALL))


def compare(generator: Any, recorded: dict[str, Any], reference: tuple[NDArray, NDArray]) -> Comparison:
    """Recomputes the fingerprint and compares it with the recorded one.

    Args:
        recorded: the manifest's. reference: of `bundle.reference`.
    """
    z, image = reference
    images = generator.synthesis(generator.mapping(z))
    found, copies = digest(images, generator.precision), small(images)
    apart = copies - image if copies.shape == image.shape else np.array(np.inf)
    difference = float(np.abs(apart).max()) if np.isfinite(apart).all() else float("inf")
    # Untrained networks draw far outside [-1, 1], and rounding grows with what is drawn.
    allowed = TOLERANCE * max(1.0, float(np.abs(copies).max()))
    same = recorded.get("platform") == here()
    ok = found == recorded.get("digest") if same else difference <= allowed
    return Comparison(found, same, difference, allowed, ok)
