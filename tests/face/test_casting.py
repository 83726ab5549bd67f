"""Casting: filters, sheets and keeping one; as a user calls it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from ohlora.cli import face as face_cli
from ohlora.errors import InputError, OhLoraError
from ohlora.face.attributes.landmarks import ATTRIBUTES, LandmarkScorer
from ohlora.face.casting import of_sample
from ohlora.face.directions.directions import Directions
from ohlora.face.directions.sampling import Manifest, Sample, sample
from ohlora.face.mobile_stylegan import MobileStyleGAN
from ohlora.face.ranges import axes, filters, moves

KNOWN = ("eyes", "mouth", "yaw", "smile")


def run(*arguments: object) -> dict:
    done = CliRunner().invoke(face_cli.face, [*map(str, arguments), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def refusal(*arguments: object) -> str:
    with pytest.raises(OhLoraError) as caught:
        CliRunner().invoke(face_cli.face, list(map(str, arguments)), catch_exceptions=False)
    assert caught.value.ko != caught.value.en
    return caught.value.en


def test_filters_are_read_as_written() -> None:
    one, two, three = filters(["yaw -0.5..0.5", " smile  1.. ", "eyes ..-.25"], KNOWN)
    assert (one.name, one.low, one.high) == ("yaw", -0.5, 0.5)
    assert one.admits(0.5)
    assert not one.admits(0.51)
    assert not one.admits(float("nan"))
    assert two.admits(1e9)
    assert not two.admits(0.99)
    assert three.admits(-0.25)
    assert not three.admits(-0.24)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nose 1..2", "no attribute 'nose'; there are: eyes, mouth, yaw, smile"),
        ("yaw 1", "not of the form"),
        ("yaw ..", "not of the form"),
        ("yaw nan..1", "not of the form"),
        ("yaw 2..1", "2 is above 1"),
    ],
)
def test_filters_that_mean_nothing_are_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=re.escape(sentence)):
        filters([text], KNOWN)


def test_paths_and_axes_are_read_as_written() -> None:
    assert moves("eyes -5..2, yaw -1..1", KNOWN) == {"eyes": (-5, 2), "yaw": (-1, 1)}
    assert axes(["eyes=-1.2,1.2 mouth=-1.8..1.8:5"], KNOWN) == {
        "eyes": [-1.2, 1.2],
        "mouth": pytest.approx([-1.8, -0.9, 0, 0.9, 1.8]),
    }
    for text in ("eyes", "eyes 1..x", "eyes 1..2, eyes 0..1", ""):
        with pytest.raises(InputError, match="not of the form"):
            moves(text, KNOWN)
    with pytest.raises(InputError, match="no attribute 'ears'"):
        moves("ears 0..1", KNOWN)
    for text in ("eyes", "eyes=", "eyes=1..2:1", "eyes=1..2:999", "eyes=a,b"):
        with pytest.raises(InputError, match="not of the form"):
            axes([text], KNOWN)
    with pytest.raises(InputError, match="one or two axes, not 3"):
        axes(["eyes=1", "mouth=1", "yaw=1"], KNOWN)


def test_a_sheet_shows_only_who_fits(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.html"
    arguments = ["cast", "--seed", 3, "--count", 3, "--among", 16, "--where", "yaw -0.7..0.7", "--where", "smile 0.."]
    found = run(*arguments, "--no-reach", "--sheet", sheet)
    assert found["looked"] == 16
    assert found["candidates"]
    for one in found["candidates"]:
        assert abs(one["scores"]["yaw"]) <= 0.7
        assert one["scores"]["smile"] >= 0
        assert one["scores"]["quality"] >= 0.5
    text = sheet.read_text()
    assert text.count("data:image/jpeg;base64,") == len(found["candidates"])
    row = found["candidates"][0]["row"]
    assert f"ohlora face cast --psi 0.7 --seed 3 --row {row} -o PERSONA" in text
    assert "ynthetic" in text
    again = tmp_path / "again.png"
    assert run(*arguments, "--no-reach", "--sheet", again)["candidates"] == found["candidates"]
    assert "trainedAlgorithmicMedia" in Image.open(again).text["XML:com.adobe.xmp"]


def test_reach_is_estimated_from_pictures(tmp_path: Path) -> None:
    found = run("cast", "--seed", 3, "--count", 1, "--among", 4, "--quality", 0, "--sheet", tmp_path / "s.png")
    (one,) = found["candidates"]
    assert set(one["reach"]) == {"eyes", "mouth", "yaw", "pitch", "smile"}
    low, high = one["reach"]["yaw"]
    assert low < one["scores"]["yaw"] - 0.5
    assert high > one["scores"]["yaw"] + 0.5


def test_a_sample_folder_is_searched_and_another_generators_refused(
    generator: MobileStyleGAN, scorer: LandmarkScorer, tmp_path: Path
) -> None:
    folder = tmp_path / "samples"
    sample(folder, generator, 6, 5)
    common = ["cast", "--samples", folder, "--no-reach", "--quality", 0, "--sheet", tmp_path / "s.png"]
    found = run(*common)
    assert [one["row"] for one in found["candidates"]] == list(range(6))
    assert "no attribute 'hair_color'" in refusal(*common, "--where", "hair_color 0..1")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "fingerprint": "0" * 64}))
    assert "sampled with fingerprint" in refusal(*common)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    chunk = next(folder.glob("*.parquet"))
    chunk.write_bytes(chunk.read_bytes()[:-9])
    assert "missing, cut short or changed" in refusal(*common)


def test_hair_is_filtered_in_sigma_of_the_sample(generator: MobileStyleGAN) -> None:
    directions = Directions(
        ("eyes",),
        np.zeros((1, 23, 512), np.float32),
        dict.fromkeys(ATTRIBUTES, 0.0),
        dict.fromkeys(ATTRIBUTES, 1.0),
        "",
        "",
    )
    manifest = Manifest("", "", "", "", "f32", 512, 7, 0.7, 4, list(ATTRIBUTES), {}, "", ["quality", "hair_length"])
    extra = {"quality": np.array([0.9, 0.1, 0.9, 0.9]), "hair_length": np.array([0.2, 0.9, 0.8, np.nan])}
    found = Sample(manifest, np.arange(10, 14), np.zeros((4, 512)), np.zeros((4, 512)), np.zeros((4, 6)), extra)
    known = (*ATTRIBUTES, *manifest.extra)
    chosen = of_sample(found, directions, filters(["hair_length 0..", "quality 0.5..1"], known), 9)
    assert [one.row for one in chosen] == [12]
    mean, spread = np.nanmean(extra["hair_length"]), np.nanstd(extra["hair_length"])
    assert chosen[0].scores["hair_length"] == pytest.approx((0.8 - mean) / spread)


def test_calls_that_mean_nothing_are_one_sentence(tmp_path: Path) -> None:
    sheet = tmp_path / "s.png"
    assert "either --sheet FILE" in refusal("cast", "--seed", 1)
    assert "give --seed N" in refusal("cast", "--sheet", sheet)
    assert "give --seed N" in refusal("cast", "--samples", tmp_path, "-o", tmp_path / "p")
    assert "ending of a sheet" in refusal("cast", "--seed", 1, "--sheet", tmp_path / "s.pdf")
    assert "no attribute 'nose'" in refusal("cast", "--seed", 1, "--sheet", sheet, "--where", "nose 0..1")
    assert "not a sample folder" in refusal("cast", "--samples", tmp_path, "--sheet", sheet)
    no_one = ["cast", "--seed", 1, "--among", 1, "--sheet", sheet, "--where", "yaw 50..60"]
    assert "no face fits; widen --where" in refusal(*no_one)
    (tmp_path / "file").write_text("mine")
    assert "cannot write into" in refusal("cast", "--seed", 1, "-o", tmp_path / "file" / "p")
    assert not sheet.exists()
