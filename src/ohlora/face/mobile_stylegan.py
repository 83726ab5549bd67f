"""The default face generator: MobileStyleGAN on FFHQ, run by OpenVINO on the processor.

Belousov, "MobileStyleGAN: A Lightweight Convolutional Neural Network for High-Fidelity Image Synthesis", 2021.
Knows the graph's structure and refuses any other. Knows nothing of attributes, directions or personas.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ohlora import models
from ohlora.face.generator import Precision

MODEL = "mobilestylegan-ffhq"


def load(
    precision: Literal["f32", "bf16", "auto"] = "auto",
    size: Literal[256, 512, 1024] = 512,
    threads: int | None = None,
) -> "MobileStyleGAN":
    """Loads the network from the cache."""
    return MobileStyleGAN(precision, size, threads)


class MobileStyleGAN:
    """z (N, 512) → w (N, 512) → RGB (N, 3, size, size)."""

    name = MODEL
    z_dim = w_dim = 512
    num_ws = 23
    resolution = 1024

    def __init__(self, precision: str, size: int, threads: int | None) -> None:
        import openvino as ov

        folder = models.locate(MODEL)
        core = ov.Core()
        capable = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self.precision: Precision = "bf16" if precision == "bf16" or (precision == "auto" and capable) else "f32"
        self.size = size
        hint = {"INFERENCE_PRECISION_HINT": self.precision, "PERFORMANCE_HINT": "LATENCY"}
        if threads:
            hint["INFERENCE_NUM_THREADS"] = str(threads)
        mapping = core.read_model(folder / "MappingNetwork.xml")
        mapping.reshape([-1, 512])
        self._mapping = core.compile_model(mapping, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        synthesis = core.read_model(folder / "SynthesisNetwork.xml")
        self._synthesis = core.compile_model(_wplus(synthesis, size), "CPU", hint)
        z = np.random.Generator(np.random.PCG64(0)).standard_normal((10_000, 512), dtype=np.float32)
        self.w_mean = self.mapping(z).mean(axis=0, dtype=np.float64).astype(np.float32)

    def mapping(self, z: NDArray) -> NDArray[np.float32]:
        return self._mapping(np.asarray(z, np.float32))[0].copy()

    def truncate(self, w: NDArray, psi: float, layers: Sequence[int] | None = None) -> NDArray[np.float32]:
        wplus = self._as_wplus(w).copy()
        chosen = slice(None) if layers is None else list(layers)
        wplus[:, chosen] = self.w_mean + psi * (wplus[:, chosen] - self.w_mean)
        return wplus.astype(np.float32)

    def synthesis(self, w: NDArray, size: int | None = None) -> NDArray[np.float32]:
        if size not in (None, self.size):
            raise ValueError(f"loaded for {self.size}, asked for {size}")
        return np.concatenate([self._synthesis(one[None])[0] for one in self._as_wplus(w)])

    def _as_wplus(self, w: NDArray) -> NDArray[np.float32]:
        w = np.asarray(w, np.float32)
        return np.repeat(w[:, None], self.num_ws, axis=1) if w.ndim == 2 else w

    def fingerprint(self) -> str:
        folder = models.locate(MODEL)
        digest = hashlib.sha256()
        for file in models.find(MODEL).files:
            digest.update(f"{file.name}:{file.sha256}\n".encode())
        _ = folder
        return digest.hexdigest()


def _wplus(model: Any, size: int) -> Any:
    """Splits the single style input into one a style layer; cuts the last wavelets for smaller sizes."""
    import openvino as ov
    from openvino import opset13 as ops

    (style,) = model.get_parameters()
    gemms = [t for t in style.output(0).get_target_inputs() if t.get_node().get_type_name() == "MatMul"]
    gemms.sort(key=lambda t: int(re.search(r"\d+", t.get_node().get_friendly_name())[0]))  # type: ignore[index]
    wplus = ops.parameter([1, len(gemms), 512], np.float32, name="wplus")
    for number, target in enumerate(gemms):
        target.replace_source_output(ops.gather(wplus, np.int64(number), np.int64(1)).output(0))
    for target in list(style.output(0).get_target_inputs()):
        target.replace_source_output(ops.gather(wplus, np.int64(0), np.int64(1)).output(0))
    image = model.get_results()[0].input_value(0)
    if size < 1024:
        blocks = sorted(
            (o for o in model.get_ordered_ops() if re.fullmatch(r"Add_\d+", o.get_friendly_name())
             and o.get_output_partial_shape(0).rank.get_length() == 4
             and o.output(0).get_partial_shape()[1] == 12),
            key=lambda o: int(o.get_friendly_name()[4:]),
        )
        final = blocks[-1].output(0)  # (1, 12, 512, 512): the low band is the picture, doubled
        low = ops.multiply(ops.slice(final, [0], [3], [1], [1]), np.float32(0.5)).output(0)
        image = low if size == 512 else ops.avg_pool(low, [2, 2], [0, 0], [0, 0], [2, 2], True).output(0)
    return ov.Model([ops.result(image)], [wplus], "synthesis")
