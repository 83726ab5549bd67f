"""Reads the MobileStyleGAN graph as shipped and writes it anew, the same arithmetic in a faster form.

What is slow in the shipped graph is its inverse Haar wavelet: six grouped transposed convolutions and channel splits a
block. Written as a butterfly of additions and one depth-to-space it takes a fraction of the time. In float32 the early
blocks keep the shipped order of products and sums to the last bit, because all later ones amplify a rounding; the two
largest, which take the time, are folded like those of bfloat16, and the image moves by less than 5e-6.

The network (Belousov 2021): a learned 4×4 input, one 3×3 convolution, then seven blocks of
    modulate → inverse wavelet (4c channels → c, twice the size) → 2 × (modulate → depthwise 3×3 → 1×1 → noise, bias, leaky ReLU)
and a modulated 1×1 convolution to the twelve bands of the picture. A modulation is a linear map of one w, a style input:
23 in all. Demodulation and noise are constants. Knows OpenVINO; knows nothing of files, precisions or sizes in use.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as op

from ohlora.errors import InputError

Array = NDArray[np.float32]

HAAR = np.float32(0.70710677)
"""√½ as the shipped filters hold it."""

FOLDED_FROM = 5
"""First block (the one that ends at 256²) whose order of products may differ from the shipped one in float32."""


@dataclass(frozen=True)
class Modulation:
    """One layer's style s = w Aᵀ + b; its features are multiplied by s · gain. weight (C, 512), bias (1, C)."""

    weight: Array
    bias: Array
    gain: np.float32


@dataclass(frozen=True)
class Convolution:
    """modulate → [depthwise 3×3] → convolution → + noise → + bias → leaky ReLU."""

    modulation: Modulation
    depthwise: Array | None  # (C, 1, 1, 3, 3)
    weight: Array  # (C', C, k, k)
    noise: Array  # (1, 1, H, W)
    bias: Array  # (1, C', 1, 1)
    slope: np.float32


@dataclass(frozen=True)
class Block:
    """Modulation before the inverse wavelet, and the two convolutions after it."""

    up: Modulation
    first: Convolution
    second: Convolution


@dataclass(frozen=True)
class Network:
    """Everything the shipped graph holds, by meaning."""

    constant: Array  # (1, 512, 4, 4)
    first: Convolution
    blocks: tuple[Block, ...]
    to_bands: Modulation
    bands_weight: Array  # (12, C, 1, 1)
    bands_bias: Array  # (1, 12, 1, 1)

    def modulations(self) -> list[tuple[str, Modulation]]:
        """The style inputs in the order of w+."""
        named = [("input", self.first.modulation)]
        for number, block in enumerate(self.blocks):
            size = 8 << number
            named += [
                (f"{size}.up", block.up),
                (f"{size}.first", block.first.modulation),
                (f"{size}.second", block.second.modulation),
            ]
        return [*named, ("bands", self.to_bands)]


# --- reading -----------------------------------------------------------------------------------------------------


def read(path: Any) -> Network:
    """Takes the shipped graph apart.

    Raises:
        InputError: the graph is not built as this module expects; the sentence names the node.
    """
    model = ov.Core().read_model(path)
    ops = model.get_ordered_ops()
    convolutions = [node for node in ops if node.get_type_name() in {"Convolution", "GroupConvolution"}]
    _expect(len(convolutions) == 30, model, "30 convolutions")
    # In topological order: the first one, then depthwise and 1×1 in turn, at last the one to the bands.
    first = _convolution(convolutions[0], None)
    pairs = [_convolution(convolutions[i + 1], convolutions[i]) for i in range(1, 29, 2)]
    blocks = []
    for number in range(7):
        before = convolutions[0] if number == 0 else convolutions[4 * number]
        blocks.append(Block(_up(_activation(before)), pairs[2 * number], pairs[2 * number + 1]))
    _check_wavelets(ops, len(blocks) + 1)
    last = convolutions[-1]
    return Network(
        constant=_find_constant(ops, (1, 512, 4, 4)),
        first=first,
        blocks=tuple(blocks),
        to_bands=_modulation(_source(last, 0)),
        bands_weight=_constant(_source(last, 1)),
        bands_bias=_constant(_source(_consumer(last, "Add"), 1)),
    )


def _expect(holds: bool, node: Any, what: str) -> None:
    if not holds:
        name = node.get_friendly_name()
        raise InputError(
            f"the face network is not the graph this version knows: {name} should have {what}; run: ohlora models pull",
            f"얼굴 신경망이 이 버전이 아는 그래프가 아닙니다: {name}에 {what}이(가) 있어야 합니다. 실행하세요: ohlora models pull",
        )


def _source(node: Any, number: int) -> Any:
    return node.input_value(number).get_node()


def _consumer(node: Any, kind: str) -> Any:
    found = [t.get_node() for t in node.output(0).get_target_inputs() if t.get_node().get_type_name() == kind]
    _expect(len(found) == 1, node, f"one {kind} after it")
    return found[0]


def _constant(node: Any) -> Array:
    _expect(node.get_type_name() == "Constant", node, "a constant")
    return np.asarray(node.get_data(), np.float32)


def _find_constant(ops: list[Any], shape: tuple[int, ...]) -> Array:
    found = [node for node in ops if node.get_type_name() == "Constant" and tuple(node.get_output_shape(0)) == shape]
    _expect(len(found) == 1, ops[0], f"one constant of shape {shape}")
    return _constant(found[0])


def _activation(convolution: Any) -> Any:
    """The leaky ReLU after convolution, noise and bias."""
    return _consumer(_consumer(_consumer(convolution, "Add"), "Add"), "PRelu")


def _convolution(node: Any, depthwise: Any | None) -> Convolution:
    noise = _consumer(node, "Add")
    bias = _consumer(noise, "Add")
    activation = _consumer(bias, "PRelu")
    modulated = _source(depthwise or node, 0)
    if depthwise is not None:
        _expect(
            _source(node, 0).get_friendly_name() == depthwise.get_friendly_name(), node, "a depthwise one before it"
        )
    return Convolution(
        modulation=_modulation(modulated),
        depthwise=None if depthwise is None else _constant(_source(depthwise, 1)),
        weight=_constant(_source(node, 1)),
        noise=_constant(_source(noise, 1)),
        bias=_constant(_source(bias, 1)),
        slope=np.float32(_constant(_source(activation, 1)).item()),
    )


def _modulation(multiply: Any) -> Modulation:
    """From the product of features and style: the style is a scaled linear map."""
    for number in (0, 1):
        scaled = _source(multiply, number)
        if scaled.get_type_name() == "Multiply" and _source(scaled, 0).get_type_name() == "Reshape":
            return _linear(_source(scaled, 0), np.float32(_constant(_source(scaled, 1)).item()))
    _expect(False, multiply, "a scaled style")
    raise AssertionError


def _up(activation: Any) -> Modulation:
    return _linear(_source(_consumer(activation, "Multiply"), 0), np.float32(1))


def _linear(reshape: Any, gain: np.float32) -> Modulation:
    add = _source(reshape, 0)
    _expect(add.get_type_name() == "Add" and _source(add, 0).get_type_name() == "MatMul", reshape, "a linear map of w")
    return Modulation(_constant(_source(_source(add, 0), 1)), _constant(_source(add, 1)).reshape(1, -1), gain)


def _check_wavelets(ops: list[Any], count: int) -> None:
    """Every inverse wavelet must consist of six two-tap filters (√½, ±√½)."""
    filters = [node for node in ops if node.get_type_name() == "GroupConvolutionBackpropData"]
    _expect(len(filters) == 6 * count, ops[0], f"{6 * count} wavelet filters")
    for node in filters:
        taps = np.abs(_constant(_source(node, 1)))
        _expect(bool((taps == HAAR).all()) and taps[0].size == 2, node, "the Haar wavelet's two taps")


# --- writing -----------------------------------------------------------------------------------------------------


def styles_model(network: Network) -> Any:
    """wplus (1, 23, 512) → styles (1, S): those of all layers one after another, in the order of w+."""
    wplus = op.parameter([1, len(network.modulations()), 512], np.float32, name="wplus")
    rows = []
    for number, (_, modulation) in enumerate(network.modulations()):
        w = op.reshape(op.slice(wplus, [number], [number + 1], [1], [1]), [1, 512], False)
        rows.append(op.add(op.matmul(w, _c(modulation.weight), False, True), _c(modulation.bias)))
    return ov.Model([op.result(op.concat(rows, 1))], [wplus], "styles")


def synthesis_model(network: Network, size: int, *, exact: bool, pixels: bool) -> Any:
    """styles (1, S) → image.

    Args:
        size: 1024; 512 takes the low-frequency band of the last wavelet, which is the same picture at half the size;
            256 averages that over 2×2.
        exact: keep the shipped order of products and sums before `FOLDED_FROM` (for float32). Elsewhere constant factors
            are folded into the styles, which saves a pass over the features of a block.
        pixels: give (1, H, W, 3) uint8, ready to be encoded, instead of (1, 3, H, W) float32 in about [-1, 1].
    """
    modulations = [modulation for _, modulation in network.modulations()]
    widths = [modulation.weight.shape[0] for modulation in modulations]
    styles = op.parameter([1, sum(widths)], np.float32, name="styles")
    rows = op.variadic_split(styles, np.int64(1), np.array(widths, np.int64))
    factors = (_factor(rows.output(number), modulation) for number, modulation in enumerate(modulations))

    order = _band_order(widths[1])
    features = op.multiply(_c(network.constant), next(factors))
    features = _convolve(features, network.first, order)
    for number, block in enumerate(network.blocks):
        up = op.gather(next(factors), order, np.int64(1))
        first = next(factors)
        ordered = exact and number < FOLDED_FROM
        if not ordered:
            # A factor a channel passes through additions of that channel's bands: one product instead of two.
            up = op.multiply(op.multiply(up, op.tile(first, [1, 4, 1, 1])), _c(np.full((1, 1, 1, 1), 0.5)))
        features = _inverse_wavelet(op.multiply(features, up), ordered)
        if ordered:
            features = op.multiply(features, first)
        features = _convolve(features, block.first, None)
        features = op.multiply(features, next(factors))
        # The rows of a convolution may come in any order: in that of the bands, the next wavelet splits without moving.
        last = number + 1 == len(network.blocks)
        order = _band_order(block.second.weight.shape[0])
        features = _convolve(features, block.second, None if last else order)
    image = _picture(op.multiply(features, next(factors)), network, size)
    return ov.Model([op.result(_pixels(image) if pixels else image)], [styles], "synthesis")


def _factor(style: Any, modulation: Modulation) -> Any:
    """(1, C) → (1, C, 1, 1), times the layer's gain where it has one, as in the shipped graph."""
    factor = op.reshape(style, [1, modulation.weight.shape[0], 1, 1], False)
    return factor if modulation.gain == 1 else op.multiply(factor, _c(modulation.gain.reshape(1, 1, 1, 1)))


def _c(values: NDArray) -> Any:
    return op.constant(np.ascontiguousarray(values, np.float32))


def _band_order(channels: int) -> NDArray[np.int64]:
    """Where each channel of [low | vertical | horizontal | diagonal] lies in the shipped order.

    Shipped: c low channels, then for each of them its three high ones.
    """
    c = channels // 4
    high = c + np.arange(3 * c).reshape(c, 3)
    return np.concatenate([np.arange(c), high[:, 0], high[:, 1], high[:, 2]]).astype(np.int64)


def _convolve(features: Any, layer: Convolution, order: NDArray[np.int64] | None) -> Any:
    """Everything of a convolution but its modulation; `order` permutes the channels that come out."""
    weight, bias = layer.weight, layer.bias
    if order is not None:
        weight, bias = weight[order], bias[:, order]
    if layer.depthwise is not None:
        features = op.group_convolution(features, _c(layer.depthwise), [1, 1], [1, 1], [1, 1], [1, 1])
    pad = [weight.shape[-1] // 2] * 2
    features = op.convolution(features, _c(weight), [1, 1], pad, pad, [1, 1])
    return op.prelu(op.add(op.add(features, _c(layer.noise)), _c(bias)), _c(layer.slope.reshape(1)))


def _inverse_wavelet(features: Any, ordered: bool) -> Any:
    """(1, 4c, H, W) in band order → (1, c, 2H, 2W); unless `ordered` the factor ½ is left to the caller."""
    bands = op.split(features, np.int64(1), 4)
    corners = _corners([_scaled(bands.output(number), ordered) for number in range(4)], ordered)
    return op.depth_to_space(op.concat(corners, 1), "blocks_first", 2)


def _corners(bands: list[Any], ordered: bool = False) -> list[Any]:
    """Low, vertical, horizontal and diagonal band → the four pixels of each square, row by row."""
    low, vertical, horizontal, diagonal = bands
    top, bottom = op.add(low, vertical), op.subtract(low, vertical)
    top_detail, bottom_detail = op.add(horizontal, diagonal), op.subtract(horizontal, diagonal)
    top, bottom, top_detail, bottom_detail = (_scaled(p, ordered) for p in (top, bottom, top_detail, bottom_detail))
    return [
        op.add(top, top_detail),
        op.subtract(top, top_detail),
        op.add(bottom, bottom_detail),
        op.subtract(bottom, bottom_detail),
    ]


def _scaled(part: Any, ordered: bool) -> Any:
    return op.multiply(part, _c(HAAR.reshape(1, 1, 1, 1))) if ordered else part


def _picture(features: Any, network: Network, size: int) -> Any:
    """Twelve bands (three colours of four) → the picture at the size asked for."""
    weight, bias = network.bands_weight * np.float32(0.5), network.bands_bias * np.float32(0.5)
    if size < 1024:
        # The low band of an orthonormal wavelet is twice the mean of four pixels.
        low = op.convolution(features, _c(weight[:3]), [1, 1], [0, 0], [0, 0], [1, 1])
        image = op.add(low, _c(bias[:, :3]))
        return image if size == 512 else op.avg_pool(image, [2, 2], [0, 0], [0, 0], [2, 2], True)
    order = _band_order(12)
    bands = op.convolution(features, _c(weight[order]), [1, 1], [0, 0], [0, 0], [1, 1])
    # The bands stand first: three channels side by side are too few for a vector, whole planes are not.
    planes = op.split(op.reshape(op.add(bands, _c(bias[:, order])), [4, 3, 512, 512], False), np.int64(0), 4)
    corners = op.concat(_corners([planes.output(number) for number in range(4)]), 0)
    squares = op.transpose(op.reshape(corners, [2, 2, 3, 512, 512], False), np.array([2, 3, 0, 4, 1], np.int64))
    return op.reshape(squares, [1, 3, 1024, 1024], False)


def _pixels(image: Any) -> Any:
    """[-1, 1] → 0…255, rounded half to even, (1, H, W, 3)."""
    scaled = op.add(op.multiply(image, _c(np.full((1, 1, 1, 1), 127.5))), _c(np.full((1, 1, 1, 1), 127.5)))
    whole = op.convert(op.clamp(op.round(scaled, "half_to_even"), 0.0, 255.0), "u8")
    return op.transpose(whole, np.array([0, 2, 3, 1], np.int64))
