"""Finding directions: the arithmetic on a population whose answer is known, and the whole way on the real network."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.face.attributes.landmarks import ATTRIBUTES, LandmarkScorer
from ohlora.face.directions import search
from ohlora.face.directions.directions import Directions
from ohlora.face.directions.sampling import Manifest, Sample, load_sample, sample
from ohlora.face.directions.search import CONTROLLED, corrected, fit, independent
from ohlora.face.mobile_stylegan import MobileStyleGAN

DIM = 24


def population(count: int, noise: float = 0.3) -> tuple[Sample, NDArray]:
    """Faces whose attributes are linear in w, plus noise; returns the true weights too."""
    stream = np.random.Generator(np.random.PCG64(1))
    w = stream.standard_normal((count, DIM)) * np.linspace(0.5, 2, DIM)
    weights = stream.standard_normal((len(ATTRIBUTES), DIM)) / DIM**0.5
    values = w @ weights.T + noise * stream.standard_normal((count, len(ATTRIBUTES))) + 7
    manifest = Manifest(
        "x", "g", "f", "", "f32", 512, 1, 0.7, count, list(ATTRIBUTES), {}, "ohlora face sample --count 9 --seed 1"
    )
    rows = np.arange(count)
    return Sample(manifest, rows, w.astype(np.float32), w.astype(np.float32), values), weights


def test_the_true_weights_are_found_and_figures_are_held_out() -> None:
    sampled, weights = population(3000)
    found = fit(sampled, seed=0)
    assert found.trained_on == 2400
    assert found.held_out == 600
    true = weights / sampled.values.std(axis=0)[:, None]
    for mine, theirs, normal in zip(found.weights, true, found.normals, strict=True):
        assert mine @ theirs / np.linalg.norm(mine) / np.linalg.norm(theirs) > 0.98
        assert normal @ theirs / np.linalg.norm(theirs) > 0.95
        assert np.linalg.norm(normal) == pytest.approx(1)
    assert (found.accuracy > 0.97).all()
    assert (found.correlation > 0.9).all()


def test_figures_fall_to_chance_where_there_is_nothing_to_find() -> None:
    sampled, _ = population(1500)
    stream = np.random.Generator(np.random.PCG64(2))
    nothing = Sample(sampled.manifest, sampled.rows, sampled.z, sampled.w, stream.permutation(sampled.values))
    found = fit(nothing, seed=0)
    assert (found.accuracy < 0.65).all()
    assert (np.abs(found.correlation) < 0.2).all()


def test_too_few_faces_and_attributes_without_variance_are_refused() -> None:
    with pytest.raises(InputError, match="too few"):
        fit(population(100)[0], seed=0)
    sampled, _ = population(600)
    sampled.values[:, 4] = 1.0
    with pytest.raises(InputError, match="roll has the same value"):
        fit(sampled, seed=0)


def test_independent_moves_raise_one_score_and_leave_the_others() -> None:
    stream = np.random.Generator(np.random.PCG64(3))
    weights = stream.standard_normal((5, DIM))
    root = stream.standard_normal((DIM, DIM))
    shortest, likely = independent(weights), independent(weights, root @ root.T)
    assert np.allclose(weights @ shortest.T, np.eye(5))
    assert np.allclose(weights @ likely.T, np.eye(5))
    assert np.allclose(shortest, np.linalg.pinv(weights).T)
    assert (np.linalg.norm(shortest, axis=1) < np.linalg.norm(likely, axis=1)).all()
    whitened = np.linalg.inv(root)
    assert (np.linalg.norm(whitened @ likely.T, axis=0) < np.linalg.norm(whitened @ shortest.T, axis=0)).all()


def test_correction_turns_the_measured_effect_into_the_identity() -> None:
    stream = np.random.Generator(np.random.PCG64(4))
    true_effect_of = stream.standard_normal((5, 3, DIM))  # a linear face: effect = <vector, weights>
    vectors = stream.standard_normal((5, 3, DIM))
    effects = np.einsum("dlw,alw->da", vectors, true_effect_of)
    mixed = np.einsum("dlw,alw->da", corrected(vectors, effects, independent=True), true_effect_of)
    scaled = np.einsum("dlw,alw->da", corrected(vectors, effects, independent=False), true_effect_of)
    assert np.allclose(mixed, np.eye(5))
    assert np.allclose(np.diag(scaled), 1)
    assert not np.allclose(scaled, np.eye(5))


def test_the_whole_way_on_the_real_network(
    generator: MobileStyleGAN, scorer: LandmarkScorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few faces, so only coarse figures are demanded: every direction moves its own attribute the right way, most."""
    monkeypatch.setattr(search, "LEAST_FACES", 150)
    monkeypatch.setattr(search, "_TRIAL_FACES", 1)
    sample(tmp_path / "samples", generator, 160, 3)
    sampled = load_sample(tmp_path / "samples", generator)
    found = search.find(sampled, generator, scorer, method="joint", faces=2, seed=1, command="ohlora face find x")
    found.save(tmp_path / "directions.safetensors")
    read = Directions.load(tmp_path / "directions.safetensors", generator)
    assert read.names == CONTROLLED
    assert np.array_equal(read.vectors, found.vectors)
    effect = read.description["effect"]["mean"]
    for name in ("eyes", "mouth", "yaw"):
        assert effect[name][name] == max(effect[name].values())
        assert 0.3 < effect[name][name] < 3
    assert sum(trial["chosen"] for trial in read.description["trial"]) == len(CONTROLLED)
    assert read.description["sample"]["faces"] == 160 - read.description["sample"]["lost"]
    assert read.description["command"] == "ohlora face find x"
