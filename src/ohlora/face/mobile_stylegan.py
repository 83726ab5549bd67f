"""The default face generator: MobileStyleGAN trained on FFHQ, on OpenVINO, on the processor.

    generator = load("auto", size=512)
    w = generator.truncate(generator.mapping(z), 0.7)
    image = generator.synthesis(w)        # float32, about [-1, 1]
    pixels = generator.pixels(w[:1])      # uint8, ready to be encoded

Belousov, "MobileStyleGAN: A Lightweight Convolutional Neural Network for High-Fidelity Image Synthesis", 2021.
Knows precisions, sizes and spaces; the graph itself is `_mobile_graph`. Knows nothing of attributes or personas.
"""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ohlora import models
from ohlora.errors import InputError
from ohlora.face.generator import Precision

MODEL = "mobilestylegan-ffhq"
SIZES = (256, 512, 1024)

# w_mean is the mean of the mapping network over this many z drawn from this seed.
MEAN_SEED, MEAN_COUNT = 0, 10_000
# The image fingerprint is taken of the pictures of this many latents drawn from this seed, at psi 0.7 and 256².
FINGERPRINT_SEED, FINGERPRINT_COUNT = 20031011, 2


def load(
    precision: Literal["f32", "bf16", "auto"] = "auto",
    size: int = 512,
    threads: int | None = None,
) -> "MobileStyleGAN":
    """Loads the network.

    Args:
        precision: of the synthesis. "auto": bf16 where the processor computes in it, else f32. z → w and w → styles are
            always float32.
        size: side of the picture in pixels that `synthesis` gives by default.
        threads: processor threads for synthesis; all cores by default.

    Raises:
        InputError: unknown precision or size.
        MissingError: the model has not been pulled or is damaged.
    """
    return MobileStyleGAN(models.locate(MODEL), precision, size, threads)


def fingerprint() -> str:
    """What artefacts bind to: SHA-256 of the weight files' digests, the same on every processor and precision."""
    files = models.find(MODEL).files
    return hashlib.sha256("".join(f"{file.name}:{file.sha256}\n" for file in files).encode()).hexdigest()


class Known:
    """What the catalogue knows of the network, which need not be on this computer: enough to tell whose a file is."""

    def __init__(self) -> None:
        self.name, self.w_dim, self.num_ws = MODEL, MobileStyleGAN.w_dim, MobileStyleGAN.num_ws

    def fingerprint(self) -> str:
        return fingerprint()


def native_bfloat16() -> bool:
    """Whether this processor computes in bfloat16."""
    import openvino as ov

    return "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


class MobileStyleGAN:
    """z (N, 512) → w (N, 512) → RGB (N, 3, size, size); a network in inference form, without any randomness.

    Attributes:
        style_layers: name and place of each layer's factors in the styles, in the order of w+.
    """

    name = MODEL
    z_dim = w_dim = 512
    num_ws = 23
    resolution = 1024

    def __init__(self, folder: Path, precision: str, size: int, threads: int | None) -> None:
        if precision not in ("f32", "bf16", "auto"):
            raise InputError(
                f"there is no precision {precision!r}: choose f32, bf16 or auto",
                f"정밀도 {precision!r}은(는) 없습니다. f32, bf16, auto 가운데 고르세요",
            )
        self.size = _checked_size(size)
        self.precision: Precision = (
            "bf16" if precision == "bf16" or (precision == "auto" and native_bfloat16()) else "f32"
        )
        self._folder, self._threads = folder, threads
        self._compiled: dict[tuple[int, bool], Any] = {}

    # --- spaces ---

    def mapping(self, z: NDArray) -> NDArray[np.float32]:
        """z (N, 512) → w (N, 512), without truncation."""
        return np.array(self._mapping(_rows(z, self.z_dim, "z"))[0])

    @cached_property
    def w_mean(self) -> NDArray[np.float32]:
        """(512,) mean of w over MEAN_COUNT z of MEAN_SEED: where truncation leads."""
        z = np.random.Generator(np.random.PCG64(MEAN_SEED)).standard_normal((MEAN_COUNT, self.z_dim), np.float32)
        return self.mapping(z).mean(axis=0, dtype=np.float64).astype(np.float32)

    def truncate(self, w: NDArray, psi: float, layers: int | Sequence[int] | None = None) -> NDArray[np.float32]:
        """w or w+ → w+ (N, 23, 512), moved towards the mean: w_mean + psi · (w − w_mean).

        Args:
            layers: the first so many style inputs, or these ones; all by default.
        """
        wplus = self._wplus(w).copy()
        chosen = slice(None) if layers is None else slice(layers) if isinstance(layers, int) else list(layers)
        wplus[:, chosen] = self.w_mean + np.float32(psi) * (wplus[:, chosen] - self.w_mean)
        return wplus

    def styles(self, w: NDArray) -> NDArray[np.float32]:
        """w (N, 512) or w+ (N, 23, 512) → styles (N, S): every layer's factors (StyleSpace, Wu et al. 2021)."""
        return np.concatenate([self._styles(one[None])[0] for one in self._wplus(w)])

    @cached_property
    def style_layers(self) -> dict[str, slice]:
        modulations = list(self._network().modulations())
        ends = np.cumsum([modulation.weight.shape[0] for _, modulation in modulations])
        starts = [0, *ends[:-1]]
        names = [name for name, _ in modulations]
        return {name: slice(int(a), int(b)) for name, a, b in zip(names, starts, ends, strict=True)}

    # --- pictures ---

    def synthesis(self, w: NDArray, size: int | None = None) -> NDArray[np.float32]:
        """w (N, 512) or w+ (N, 23, 512) → RGB (N, 3, size, size) float32 in about [-1, 1]."""
        return self.synthesis_from_styles(self.styles(w), size)

    def synthesis_from_styles(self, styles: NDArray, size: int | None = None) -> NDArray[np.float32]:
        """styles (N, S) → RGB (N, 3, size, size) float32 in about [-1, 1]."""
        network = self._synthesis(_checked_size(size or self.size), pixels=False)
        return np.concatenate([network(one[None])[0] for one in np.asarray(styles, np.float32)])

    def pixels(self, w: NDArray, size: int | None = None) -> NDArray[np.uint8]:
        """w (1, 512) or w+ (1, 23, 512) → (size, size, 3) uint8 RGB: the fast way for a single frame."""
        network = self._synthesis(_checked_size(size or self.size), pixels=True)
        return np.array(network(self.styles(w)[:1])[0][0])

    # --- what it is ---

    def fingerprint(self) -> str:
        """See the function of that name."""
        return fingerprint()

    def image_fingerprint(self) -> str:
        """SHA-256 of the pixels of fixed latents at this precision: what these weights draw here.

        Equal in every process and for any number of threads; another kind of processor may round otherwise, which is why
        artefacts do not bind to it.
        """
        z = np.random.Generator(np.random.PCG64(FINGERPRINT_SEED)).standard_normal(
            (FINGERPRINT_COUNT, self.z_dim), np.float32
        )
        digest = hashlib.sha256()
        for w in self.truncate(self.mapping(z), 0.7):
            digest.update(self.pixels(w[None], 256).tobytes())
        return digest.hexdigest()

    # --- inside ---

    def _network(self) -> Any:
        """Read anew (70 ms) where it is asked for: kept, its float32 weights would stand beside the compiled ones (32 MB)."""
        from ohlora.face import _mobile_graph

        return _mobile_graph.read(self._folder / "SynthesisNetwork.xml")

    @cached_property
    def _mapping(self) -> Any:
        import openvino as ov

        model = ov.Core().read_model(self._folder / "MappingNetwork.xml")
        model.reshape([-1, self.z_dim])
        return self._compile(model, "f32")

    @cached_property
    def _styles(self) -> Any:
        from ohlora.face import _mobile_graph

        return self._compile(_mobile_graph.styles_model(self._network()), "f32")

    def _synthesis(self, size: int, *, pixels: bool) -> Any:
        from ohlora.face import _mobile_graph

        if (size, pixels) not in self._compiled:
            exact = self.precision == "f32"
            model = _mobile_graph.synthesis_model(self._network(), size, exact=exact, pixels=pixels)
            self._compiled[size, pixels] = self._compile(model, self.precision)
        return self._compiled[size, pixels]

    def _compile(self, model: Any, precision: Precision) -> Any:
        import openvino as ov

        options: dict[str, Any] = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
        if self._threads:
            options["INFERENCE_NUM_THREADS"] = self._threads
        return ov.Core().compile_model(model, "CPU", options)

    def _wplus(self, w: NDArray) -> NDArray[np.float32]:
        w = np.asarray(w, np.float32)
        if w.shape[1:] == (self.num_ws, self.w_dim):
            return w
        return np.repeat(_rows(w, self.w_dim, "w")[:, None], self.num_ws, axis=1)


def _rows(latent: NDArray, width: int, name: str) -> NDArray[np.float32]:
    latent = np.asarray(latent, np.float32)
    if latent.ndim != 2 or latent.shape[1] != width:
        raise InputError(
            f"{name} has the shape {latent.shape}; (N, {width}) is needed",
            f"{name}의 모양이 {latent.shape}입니다. (N, {width})이어야 합니다",
        )
    return latent


def _checked_size(size: int) -> int:
    if size not in SIZES:
        raise InputError(
            f"there is no size {size}: choose {', '.join(map(str, SIZES))}",
            f"크기 {size}은(는) 없습니다. {', '.join(map(str, SIZES))} 가운데 고르세요",
        )
    return size
