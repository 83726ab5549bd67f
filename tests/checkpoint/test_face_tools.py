"""Sampling, finding and moving on a bundle, in w and in z with its label. The pictures are of a small random network, so
a stand-in measures them instead of MediaPipe; everything else is real."""

import json

import numpy as np
import pytest
import torch

from ohlora.checkpoint.freezing import freeze
from ohlora.cli import main
from ohlora.errors import InputError
from ohlora.face.attributes.landmarks import ATTRIBUTES
from ohlora.face.bundle import face_generator, load_bundle
from ohlora.face.directions import measuring, sampling, search
from ohlora.face.directions.directions import Directions
from ohlora.face.torch_generator import TorchGenerator

from .makers import settings_of, tensors_of

COUNT = 500


class FakeScorer:
    """Measures six plain things: the mean colour of the upper and of the lower half."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def measure_all(self, images):
        rows = []
        for rgb in images:
            upper, lower = np.split(rgb[::16, ::16].astype(np.float64), 2)
            rows.append([*upper.mean((0, 1)), *lower.mean((0, 1))])
        return np.array(rows).reshape(-1, 6)

    def look(self, rgb):
        return dict(zip(ATTRIBUTES, self.measure_all([rgb])[0], strict=True)), np.full((2, 2), 0.5)


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tools")
    for name, seed in (("faces", 1), ("others", 2)):
        settings = settings_of("stylegan1", label_size=3, z_dim=12, w_dim=12, mapping_fmaps=12)
        torch.save(tensors_of("stylegan1", settings, seed), folder / f"{name}.pth")
        freeze(folder / f"{name}.pth", "stylegan1", folder / name)
    return folder


def sampled(faces, folder, space, monkeypatch, capsys):
    monkeypatch.setattr(measuring, "LandmarkScorer", FakeScorer)
    arguments = ["--generator", str(faces / "faces"), "--space", space, "--count", str(COUNT), "--seed", "1"]
    with pytest.raises(SystemExit) as stopped:
        main(["face", "sample", *arguments, "-o", str(folder), "--json"])
    said = capsys.readouterr()
    assert stopped.value.code == 0, said.err
    assert json.loads(said.out)["count"] == COUNT


@pytest.mark.parametrize(("space", "width"), [("w", 12), ("z", 15)])
def test_sample_find_and_move_on_a_bundle(faces, tmp_path, monkeypatch, capsys, space, width):
    sampled(faces, tmp_path / "samples", space, monkeypatch, capsys)
    generator = face_generator(faces / "faces", space, sampling.PSI)
    population = sampling.load_sample(tmp_path / "samples", generator)
    assert population.w.shape == (COUNT, width)
    found = search.find(population, generator, FakeScorer(), method="ridge", faces=8)
    assert found.vectors.shape[-1] == width
    found.save(tmp_path / "directions.safetensors")
    directions = Directions.load(tmp_path / "directions.safetensors", generator)

    w = generator.truncate(sampling.latents_w(generator, 77, range(20), sampling.PSI), 1.0)
    before, after = (
        FakeScorer().measure_all(sampling.draw(generator, one, 64) for one in latents)
        for latents in (w, directions.move(w, {"eyes": 1.0}))
    )
    assert np.mean(after[:, 0] - before[:, 0]) > 0

    for other in (
        face_generator(faces / "others", space, sampling.PSI),
        face_generator(faces / "faces", "z" if space == "w" else "w", sampling.PSI),
    ):
        with pytest.raises(InputError, match="belongs to the generator"):
            Directions.load(tmp_path / "directions.safetensors", other)


def test_a_z_direction_reaches_into_the_label(faces):
    generator = load_bundle(faces / "faces")
    assert isinstance(generator, TorchGenerator)
    view = face_generator(faces / "faces", "z", 1.0)
    z = np.zeros((1, 15), np.float32)
    z[:, :12] = 0.3
    only_label = z.copy()
    only_label[:, 14] = 2.0
    expected = generator.synthesis(generator.mapping(z[:, :12], np.float32([[0, 0, 2.0]])))
    assert np.array_equal(view.synthesis(only_label), expected)
    assert np.abs(expected - view.synthesis(z)).max() > 1e-3
