"""The face network: the same picture as the shipped graph, at every size, in every process."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import openvino as ov
import pytest

from ohlora import models
from ohlora.errors import InputError
from ohlora.face import _mobile_graph
from ohlora.face.mobile_stylegan import MODEL, MobileStyleGAN, load


@pytest.fixture(scope="module")
def exact() -> MobileStyleGAN:
    return load("f32", 1024)


@pytest.fixture(scope="module")
def latents(exact: MobileStyleGAN) -> np.ndarray:
    z = np.random.Generator(np.random.PCG64(50)).standard_normal((16, 512), np.float32)
    return exact.mapping(z)


def test_float32_is_the_shipped_picture(exact: MobileStyleGAN, latents: np.ndarray) -> None:
    path = models.locate(MODEL) / "SynthesisNetwork.xml"
    shipped = ov.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    worst = max(float(np.abs(exact.synthesis(w[None]) - shipped(w[None])[0]).max()) for w in latents)
    assert worst <= 1e-5


def test_mapping_is_the_shipped_one(exact: MobileStyleGAN) -> None:
    shipped = ov.Core().compile_model(
        models.locate(MODEL) / "MappingNetwork.xml", "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
    )
    z = np.random.Generator(np.random.PCG64(1)).standard_normal((5, 512), np.float32)
    one_by_one = np.concatenate([shipped(row[None])[0] for row in z])
    np.testing.assert_allclose(exact.mapping(z), one_by_one, atol=1e-5)


def test_smaller_sizes_are_the_same_picture(exact: MobileStyleGAN, latents: np.ndarray) -> None:
    w = exact.truncate(latents[:2], 0.7)
    full = exact.synthesis(w)
    for size in (512, 256):
        step = 1024 // size
        mean = full.reshape(2, 3, size, step, size, step).mean(axis=(3, 5))
        np.testing.assert_allclose(exact.synthesis(w, size), mean, atol=1e-5)


def test_bfloat16_stays_close(exact: MobileStyleGAN, latents: np.ndarray) -> None:
    w = exact.truncate(latents[:4], 0.7)
    difference = np.abs(load("bf16", 512).synthesis(w) - exact.synthesis(w, 512))
    assert 0 < difference.mean() < 0.01


def test_pixels_are_the_rounded_picture(exact: MobileStyleGAN, latents: np.ndarray) -> None:
    w = exact.truncate(latents[:1], 0.7)
    picture = np.clip(np.rint(exact.synthesis(w, 512)[0].transpose(1, 2, 0) * 127.5 + 127.5), 0, 255)
    pixels = exact.pixels(w, 512)
    assert pixels.shape == (512, 512, 3)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - picture).max() <= 1


def test_truncation_leads_to_the_mean(exact: MobileStyleGAN, latents: np.ndarray) -> None:
    w = latents[:2]
    np.testing.assert_array_equal(exact.truncate(w, 0), np.broadcast_to(exact.w_mean, (2, 23, 512)))
    np.testing.assert_allclose(exact.truncate(w, 1), np.repeat(w[:, None], 23, axis=1), atol=1e-6)
    partly = exact.truncate(w, 0.5, layers=4)
    np.testing.assert_array_equal(partly[:, 4:], np.repeat(w[:, None], 19, axis=1))
    assert not np.allclose(partly[:, :4], w[:, None])


def test_one_style_input_alone_can_be_moved(exact: MobileStyleGAN, latents: np.ndarray) -> None:
    wplus = exact.truncate(latents[:1], 0.7)
    moved = wplus.copy()
    moved[:, 20] += 0.5
    before, after = exact.styles(wplus)[0], exact.styles(moved)[0]
    changed = {name for name, place in exact.style_layers.items() if not np.array_equal(before[place], after[place])}
    assert changed == {list(exact.style_layers)[20]}
    styles = exact.styles(wplus)
    styles[0, exact.style_layers["512.up"]] *= 1.1
    assert not np.array_equal(exact.synthesis_from_styles(styles, 512), exact.synthesis(wplus, 512))


@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_every_process_and_thread_count_draws_the_same_bytes(precision: str) -> None:
    program = (
        "import sys; from ohlora.face.mobile_stylegan import load\n"
        "print(load(sys.argv[1], threads=int(sys.argv[2])).image_fingerprint())"
    )
    seen = {
        subprocess.run([sys.executable, "-c", program, precision, threads], capture_output=True, check=True).stdout
        for threads in ("1", "2")
    }
    assert len(seen) == 1


def test_fingerprint_names_the_weights_at_any_precision(exact: MobileStyleGAN) -> None:
    assert exact.fingerprint() == load("bf16").fingerprint()
    assert exact.image_fingerprint() != load("bf16").image_fingerprint()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: load("f16"), "there is no precision 'f16'"),  # type: ignore[arg-type]
        (lambda: load("f32", 300), "there is no size 300"),
        (lambda: load("f32").mapping(np.zeros((2, 100))), r"z has the shape \(2, 100\)"),
        (lambda: load("f32").synthesis(np.zeros((1, 23, 100))), r"w has the shape \(1, 23, 100\)"),
    ],
)
def test_wrong_calls_are_one_sentence(call, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        call()


def test_another_graph_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not the graph this version knows"):
        _mobile_graph.read(models.locate(MODEL) / "MappingNetwork.xml")
