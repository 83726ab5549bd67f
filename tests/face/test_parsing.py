"""Hair and background: the formulas on pixels whose answer is known, the real network on real faces, its strict loading."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from ohlora.errors import InputError, MissingError
from ohlora.face.attributes import parsing
from ohlora.face.attributes.bisenet import CLASSES
from ohlora.face.attributes.landmarks import LandmarkScorer
from ohlora.face.attributes.parsing import BACKGROUND, HAIR, ParsingScorer, measure_classes
from ohlora.face.attributes.quality import Quality
from ohlora.face.directions.sampling import latents_w
from ohlora.face.mobile_stylegan import MobileStyleGAN
from ohlora.face.pixels import draw

SKIN = CLASSES.index("skin")


@pytest.fixture(scope="module")
def parser() -> Iterator[ParsingScorer]:
    with ParsingScorer() as one:
        yield one


@pytest.fixture(scope="module")
def portraits(generator: MobileStyleGAN) -> list[NDArray[np.uint8]]:
    return [draw(generator, w, 512) for w in latents_w(generator, 77, [0, 1, 6])]


def test_hair_and_background_by_their_formulas() -> None:
    rgb = np.zeros((100, 100, 3), np.uint8)
    classes = np.full((100, 100), SKIN, np.uint8)
    classes[:50], classes[10:40, 10:50] = BACKGROUND, HAIR
    rgb[:50] = 102
    rgb[10:40, 10:50] = (255, 0, 51)  # mean 102: brightness 0.4
    rgb[10:12, 10:50] = 255  # the brightest 7 % are left out
    classes[60:70, 30] = HAIR  # a lock: ten more rows
    rgb[60:70, 30] = 102
    values = measure_classes(rgb, classes)
    assert values["hair_color"] == pytest.approx(0.4)
    assert values["hair_length"] == pytest.approx((15 + 10) / 75)
    assert values["background_mean"] == pytest.approx(0.4)
    assert values["background_std"] == pytest.approx(0, abs=1e-6)
    classes[classes == HAIR] = SKIN
    rgb[:25] = 204
    values = measure_classes(rgb, classes)
    assert math.isnan(values["hair_color"])
    assert values["hair_length"] == 0
    assert values["background_std"] > 0.1


def test_background_of_the_lower_half_does_not_count() -> None:
    rgb = np.full((100, 100, 3), 51, np.uint8)
    rgb[50:] = 255
    values = measure_classes(rgb, np.full((100, 100), BACKGROUND, np.uint8))
    assert values["background_mean"] == pytest.approx(0.2)
    values = measure_classes(rgb, np.full((100, 100), SKIN, np.uint8))
    assert math.isnan(values["background_mean"])
    assert math.isnan(values["background_std"])


def test_classes_lie_where_they_should(
    parser: ParsingScorer, scorer: LandmarkScorer, portraits: list[NDArray[np.uint8]]
) -> None:
    for rgb in portraits:
        found = parser.classes(rgb)
        assert found.shape == (512, 512)
        _, eyes = scorer.look(rgb)
        for x, y in np.rint(eyes * 512).astype(int):
            assert CLASSES[found[y, x]] in {"left eye", "right eye"}
        assert CLASSES[found[5, 256]] in {"hair", "hat"}
        assert CLASSES[found[220, 256]] in {"nose", "skin"}
        assert (found == HAIR).mean() > 0.05
    long_haired, short_haired, hatted = portraits
    assert parser.measure(long_haired)["hair_length"] > parser.measure(short_haired)["hair_length"] + 0.3
    assert parser.measure(long_haired)["hair_color"] > parser.measure(short_haired)["hair_color"] + 0.2
    assert (parser.classes(hatted) == parsing.HAT).mean() > 0.05


def test_training_mode_cannot_change_a_measurement(parser: ParsingScorer, portraits: list[NDArray[np.uint8]]) -> None:
    assert not any(module.training for module in parser.network.modules())
    before = {name: tensor.clone() for name, tensor in parser.network.state_dict().items()}
    first = parser.measure(portraits[0])
    for module in parser.network.modules():
        module.train()
    assert parser.measure(portraits[0]) == first
    assert not any(module.training for module in parser.network.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in parser.network.state_dict().items())


def test_other_pictures_and_threads_do_not_change_a_measurement(
    parser: ParsingScorer, portraits: list[NDArray[np.uint8]]
) -> None:
    first = parser.measure(portraits[0])
    parser.measure(portraits[1])
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    assert parser.measure(portraits[0]) == first
    assert torch.get_num_threads() == threads + 1
    torch.set_num_threads(threads)


def test_any_size_is_measured_and_what_is_no_image_refused(
    parser: ParsingScorer, portraits: list[NDArray[np.uint8]]
) -> None:
    half = np.ascontiguousarray(portraits[0][::2, ::2])
    assert parser.classes(half).shape == (256, 256)
    assert parser.measure(half)["hair_length"] == pytest.approx(parser.measure(portraits[0])["hair_length"], abs=0.06)
    with pytest.raises(InputError, match=r"uint8 is needed, not \(8, 8\)"):
        parser.measure(np.zeros((8, 8), np.uint8))


def test_weights_are_read_strictly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tensors = {name: tensor.numpy().copy() for name, tensor in parsing.load_network().state_dict().items()}
    monkeypatch.setattr(parsing, "locate", lambda name: tmp_path)
    path = tmp_path / "79999_iter.pth"

    def refusal(**changes: NDArray | None) -> str:
        changed = {name: values for name, values in {**tensors, **changes}.items() if values is not None}
        save_file({name: np.array(values) for name, values in changed.items()}, path)
        with pytest.raises(InputError) as caught:
            parsing.load_network()
        return caught.value.en

    name = "cp.resnet.layer4.1.bn2.running_var"
    assert f"missing: {name}" in refusal(**{name: None})
    assert f"mis-shaped: {name}" in refusal(**{name: np.ones(7, np.float32)})
    assert f"mis-shaped: {name}" in refusal(**{name: np.ones(512, np.float64)})
    assert f"not finite: {name}" in refusal(**{name: np.full(512, np.nan, np.float32)})
    assert "unexpected: extra.weight" in refusal(**{"extra.weight": np.ones(3, np.float32)})
    assert "missing" in refusal(**{name: None, "ffm.conv1.weight": None})
    path.write_bytes(b"<html>")
    with pytest.raises(InputError, match="web page"):
        parsing.load_network()


def test_without_torch_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing.importlib.util, "find_spec", lambda name: None)
    assert not parsing.available()
    with pytest.raises(MissingError, match=r"pip install 'ohlora\[train\]'"):
        ParsingScorer()


def test_quality_falls_with_distance_and_misplaced_eyes(generator: MobileStyleGAN) -> None:
    quality = Quality(generator)
    eyes = np.array([(0.379, 0.476), (0.621, 0.476)])
    mean = generator.w_mean
    far = mean + 2 * (latents_w(generator, 77, [169], 1.0)[0] - mean)
    assert quality.of(mean, eyes) == 1
    assert quality.of(np.repeat(mean[None], generator.num_ws, axis=0), eyes) == 1
    assert quality.of(mean, eyes + 0.02) < 0.5
    assert quality.of(far, eyes) < 0.1
    assert quality.of(mean, None) == 0


def test_quality_tells_a_clean_portrait_from_a_broken_one(generator: MobileStyleGAN, scorer: LandmarkScorer) -> None:
    """Looked at: 123 has half a second head, 159 another person cut in two, 43 and 1 are clean."""
    quality = Quality(generator)
    rows = [123, 159, 1, 43]
    found = [quality.of(w, scorer.look(draw(generator, w, 512))[1]) for w in latents_w(generator, 77, rows)]
    assert max(found[:2]) < 0.75 < min(found[2:])
