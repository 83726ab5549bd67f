"""Finding directions: the arithmetic on a population whose answer is known, and the whole way on the real network."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.face.attributes.landmarks import ATTRIBUTES, LandmarkScorer
from ohlora.face.directions import search
from ohlora.face.directions.directions import Directions
from ohlora.face.directions.sampling import Manifest, Sample, latent, latents_w, load_sample, sample
from ohlora.face.directions.search import CONTROLLED, corrected, fit, independent
from ohlora.face.directions.spaces import in_space
from ohlora.face.mobile_stylegan import MobileStyleGAN
from ohlora.face.pixels import draw

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
    monkeypatch.setattr(search, "LEAST_FACES", 110)
    monkeypatch.setattr(search, "_TRIAL_FACES", 1)
    sample(tmp_path / "samples", generator, 120, 3)
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
    assert read.description["sample"]["faces"] == 120 - read.description["sample"]["lost"]
    assert read.description["command"] == "ohlora face find x"


@pytest.mark.parametrize("method", ["svm", "logistic", "mean", "ridge"])
def test_every_method_finds_the_true_weights(method: str) -> None:
    sampled, weights = population(3000)
    found = fit(sampled, seed=0, method=method, share=0.1)  # type: ignore[arg-type]
    assert (found.accuracy > 0.95).all()
    for mine, theirs in zip(found.chosen, weights, strict=True):
        assert np.linalg.norm(mine) == pytest.approx(1)
        assert mine @ theirs / np.linalg.norm(theirs) > 0.9


def test_a_share_that_is_no_share_is_refused() -> None:
    with pytest.raises(InputError, match="between 1 and 50 %, not 80 %"):
        fit(population(600)[0], seed=0, share=0.8)


def with_hair(count: int) -> Sample:
    """Faces whose hair goes along with what moves the mouth: 60 % of the mouth's spread is the hair's."""
    sampled, _ = population(count)
    stream = np.random.Generator(np.random.PCG64(8))
    hair = sampled.w[:, 0] + 0.05 * stream.standard_normal(count)
    hair[:20] = np.nan
    object.__setattr__(sampled, "extra", {"hair_color": hair, "background_mean": stream.random(count)})
    return sampled


def test_groups_are_made_at_medians_and_take_out_what_they_are_made_by() -> None:
    sampled = with_hair(4000)
    sampled.values[:, 1] = sampled.w[:, 1] + 3 * (sampled.w[:, 0] > 0)
    plain = fit(sampled, seed=0, method="svm")
    found = fit(sampled, seed=0, method="svm", group_by=("hair_color", "background_mean"))
    assert found.groups["by"] == ["hair_color", "background_mean"]
    assert len(found.groups["sizes"]) == 4
    assert sum(found.groups["sizes"]) == 3980
    assert found.groups["left_out"] == 20
    mouth = ATTRIBUTES.index("mouth")
    assert abs(found.chosen[mouth, 0]) < 0.4 * abs(plain.chosen[mouth, 0])
    assert found.trained_on + found.held_out == 3980


def test_groups_too_small_and_columns_that_are_not_there_are_refused() -> None:
    with pytest.raises(InputError, match=r"makes groups of .* each needs 100"):
        fit(with_hair(600), seed=0, group_by=("hair_color", "background_mean", "eyes"))
    with pytest.raises(InputError, match=r"the sample holds no hair_length; it holds: eyes.*--attributes all"):
        fit(with_hair(600), seed=0, group_by=("hair_length",))


def test_projection_takes_the_others_out() -> None:
    stream = np.random.Generator(np.random.PCG64(9))
    one, others = stream.standard_normal(DIM), stream.standard_normal((3, DIM))
    rest = search.projected(one, others)
    assert np.abs(others @ rest).max() < 1e-9
    assert rest @ one > 0


def test_layers_are_read_and_checked() -> None:
    assert search.layer_numbers("3-5, 8") == [3, 4, 5, 8]
    with pytest.raises(InputError, match="not of the form"):
        search.layer_numbers("three")
    with pytest.raises(InputError, match="there is no layer 40: this generator has 0 to 22"):
        search._checked_layers(SimpleNamespace(num_ws=23), [2, 40])  # type: ignore[arg-type]


def lost_face(monkeypatch: pytest.MonkeyPatch, beyond: float) -> None:
    """A face that answers linearly, and is lost where a step is longer than `beyond`."""

    def measured(generator: object, scorer: object, latents: list, size: int, done: object) -> NDArray:
        rows = np.array([[float(one.sum())] * len(ATTRIBUTES) for one in latents])
        rows[np.abs(rows[:, 0]) > beyond] = np.nan
        return rows

    monkeypatch.setattr(search, "draw_and_measure", measured)


def test_a_face_lost_at_a_whole_step_is_measured_at_a_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lost_face(monkeypatch, 0.6)
    w, vectors, std = np.zeros((2, 4)), np.ones((1, 1, 4)) / 4, np.ones(len(ATTRIBUTES))
    effects = search.effect(None, None, w, vectors, std)  # type: ignore[arg-type]
    assert np.allclose(effects, 1)
    lost_face(monkeypatch, 0.1)
    effects = search.effect(None, None, w, vectors, std)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="what the direction of eyes does could not be measured"):
        search.refuse_unmeasured(effects, ["eyes"])


def test_styles_and_z_are_seen_as_w_and_bound_to_their_space(generator: MobileStyleGAN) -> None:
    w = latents_w(generator, 5, [0])
    styles, inputs = in_space(generator, "s"), in_space(generator, "z")
    z = latent(5, 0, 512)[None]
    same = draw(generator, generator.truncate(w, 1.0)[0], 256)
    assert np.abs(draw(styles, styles.truncate(styles.of_w(w), 1.0)[0], 256).astype(int) - same).max() <= 1
    assert np.abs(draw(inputs, inputs.truncate(inputs.mapping(z), 1.0)[0], 256).astype(int) - same).max() <= 1
    assert len({view.fingerprint() for view in (generator, styles, inputs)}) == 3
    moved = search._mask(styles, [4])
    assert moved.sum() == styles.layers[list(styles.layers)[4]].stop - styles.layers[list(styles.layers)[4]].start
    with pytest.raises(InputError, match="does not give its styles"):
        in_space(SimpleNamespace(name="plain"), "s")


class LinearGenerator:
    """At the edge: a generator whose pictures are never drawn, because scores are a linear function of w."""

    name, precision, num_ws, w_dim, z_dim = "linear", "f32", 1, DIM, DIM

    def fingerprint(self) -> str:
        return "f" * 64


@pytest.fixture
def linear(monkeypatch: pytest.MonkeyPatch) -> Sample:
    sampled, weights = population(1500)
    stream = np.random.Generator(np.random.PCG64(10))

    def measured(generator: object, scorer: object, latents: list, size: int, done: object) -> NDArray:
        return np.array([np.asarray(one, np.float64).reshape(-1) for one in latents]) @ weights.T + 7

    def tried(*arguments: object) -> tuple[float, float]:
        return 1.0, 2.0

    monkeypatch.setattr(search, "draw_and_measure", measured)
    monkeypatch.setattr(search, "latents_w", lambda *_: stream.standard_normal((4, DIM)).astype(np.float32))
    monkeypatch.setattr(search, "_trial", tried)
    return sampled


@pytest.mark.parametrize("method", search.METHODS)
def test_one_step_of_a_direction_is_one_sigma(method: str, linear: Sample) -> None:
    found = search.find(linear, LinearGenerator(), None, method=method, faces=4, project=method == "svm")  # type: ignore[arg-type]
    effect = found.description["effect"]["mean"]
    for name in CONTROLLED:
        assert effect[name][name] == pytest.approx(1, abs=1e-3)
        if method == "joint":
            assert all(abs(effect[name][other]) < 1e-3 for other in CONTROLLED if other != name)
    assert found.baseline is not None
    assert found.baseline.shape == found.vectors.shape
    assert found.description["baseline"]["method"] == "svm"


def test_hair_and_background_of_the_sample_are_added_where_they_lack(linear: Sample) -> None:
    told = {
        "hair_color": {"mean": 0.4, "std": 0.1, "faces": 590},
        "background_std": {"mean": 0.1, "std": 0.0, "faces": 9},
    }
    extra = {name: np.full(len(linear.w), 0.4) for name in told}
    parsed = replace(linear, manifest=replace(linear.manifest, population=told), extra=extra)
    found = search.find(parsed, LinearGenerator(), None, method="ridge", faces=4)  # type: ignore[arg-type]
    assert (found.other_mean, found.other_std) == ({"hair_color": 0.4}, {"hair_color": 0.1})
    assert found.description["hair_and_background"]["faces"] == {"hair_color": 590}
    assert search.with_population(found, parsed) is found
    assert search.find(linear, LinearGenerator(), None, method="ridge", faces=4).other_mean == {}  # type: ignore[arg-type]


def test_directions_that_are_kept_stay_and_those_that_lack_are_found(linear: Sample) -> None:
    generator = LinearGenerator()
    whole = search.find(linear, generator, None, method="ridge", faces=4)  # type: ignore[arg-type]
    again = search.find(linear, generator, None, method="svm", faces=4, extend=whole, command="ohlora x")  # type: ignore[arg-type]
    assert np.array_equal(again.vectors, whole.vectors)
    assert again.description["method"] == "ridge"
    assert again.description["baseline"]["command"] == "ohlora x"
    some = Directions(CONTROLLED[:3], whole.vectors[:3], whole.mean, whole.std, "linear", "f" * 64, {"method": "ridge"})
    more = search.find(linear, generator, None, method="svm", faces=4, extend=some)  # type: ignore[arg-type]
    assert more.names == CONTROLLED
    assert more.description["extends"]["found"] == list(CONTROLLED[3:])
    assert more.description["extends"]["of"] == {"method": "ridge"}
