"""`ohlora bench face`: the shipped graph and ours in turn, in one run, at every size and precision.

Every round times each variant once, so that whatever else the machine does falls on all of them alike; ratios are of the
medians. Knows the default face network only.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from ohlora import models
from ohlora.bench._report import machine, result, timed
from ohlora.cli._output import examples, json_option, print_json
from ohlora.face.frames import jpeg
from ohlora.face.generator import Precision
from ohlora.face.mobile_stylegan import MODEL, MobileStyleGAN, load, native_bfloat16
from ohlora.i18n import say
from ohlora.progress import bar

_SEED = 0
_WARM_UP = 3


@click.command(
    "face",
    help=say(
        "Time the shipped face network and ours in turn: seconds, ratios, frames a second, largest difference.",
        "원래 얼굴 신경망과 새로 쓴 것을 번갈아 잽니다: 시간, 비율, 초당 프레임, 최대 차이.",
    ),
    epilog=examples("ohlora bench face", "ohlora bench face --rounds 40 --json"),
)
@click.option(
    "--rounds", default=20, show_default=True, type=click.IntRange(3), help=say("Timings of each.", "각각 재는 횟수.")
)
@json_option
def command(rounds: int, as_json: bool) -> None:
    data = measure(rounds)
    if as_json:
        print_json(data)
        return
    for row in data["results"]:
        click.echo(f"{row['name']:<34} {row['value']:>10.4g} {row['unit']:<8} p95 {row['p95']:.4g}  n {row['n']}")


def measure(rounds: int) -> dict[str, Any]:
    """Rows: seconds of every variant, ratios shipped f32 / ours, frames a second (pixels and JPEG), differences."""
    precisions: list[Precision] = ["f32", "bf16"] if native_bfloat16() else ["f32"]
    ours = {precision: load(precision, 1024) for precision in precisions}  # type: ignore[arg-type]
    z = np.random.Generator(np.random.PCG64(_SEED)).standard_normal((1, 512), np.float32)
    w = ours["f32"].mapping(z)
    wplus = np.repeat(w[:, None], ours["f32"].num_ws, axis=1)
    shipped = {precision: _shipped(precision) for precision in precisions}

    variants: dict[str, Callable[[], object]] = {}
    for precision in precisions:
        variants[f"shipped 1024 {precision}"] = partial(shipped[precision], w)
        for size in (1024, 512, 256):
            variants[f"ours {size} {precision}"] = partial(ours[precision].synthesis, wplus, size)
            variants[f"frame {size} {precision}"] = partial(_frame, ours[precision], wplus, size)
    seconds = _in_turn(variants, rounds)

    rows = [result(name, samples, "s") for name, samples in seconds.items()]
    base = float(np.median(seconds["shipped 1024 f32"]))
    for precision in precisions:
        mine = seconds[f"ours 1024 {precision}"]
        rows.append(result(f"ratio 1024 {precision}: shipped f32 / ours", [base / s for s in mine], "ratio"))
        other = float(np.median(seconds[f"shipped 1024 {precision}"]))
        if precision != "f32":
            name = f"ratio 1024 {precision}: shipped {precision} / ours"
            rows.append(result(name, [other / s for s in mine], "ratio"))
    for name, samples in seconds.items():
        if name.startswith("frame"):
            rows.append(result(f"{name}: frames a second", [1 / s for s in samples], "1/s"))
    reference = np.array(shipped["f32"](w)[0])
    for precision in precisions:
        difference = float(np.abs(ours[precision].synthesis(wplus, 1024) - reference).max())
        rows.append(result(f"difference 1024 {precision}: largest, of [-1, 1]", [difference], "abs"))
    return {"machine": machine(), "results": rows}


def _frame(generator: MobileStyleGAN, wplus: NDArray, size: int) -> bytes:
    """From w+ to the JPEG that is sent."""
    return jpeg(generator.pixels(wplus, size))


def _shipped(precision: str) -> Callable[[Any], Any]:
    import openvino as ov

    path = models.locate(MODEL) / "SynthesisNetwork.xml"
    return ov.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": precision})


def _in_turn(variants: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    for run in variants.values():
        for _ in range(_WARM_UP):
            run()
    with bar(say("face", "얼굴"), total=rounds * len(variants)) as progress:
        for _ in range(rounds):
            for name, run in variants.items():
                # Once unmeasured: the one before has left the caches full of its own weights.
                run()
                seconds[name].append(timed(run))
                progress.update()
    return seconds
