"""The catalogue that ships, and broken catalogues of a user's own."""

from pathlib import Path

import pytest

from ohlora import models
from ohlora.errors import InputError, MissingError


@pytest.mark.parametrize("name", ["mobilestylegan-ffhq", "face-landmarker", "gemma-3-270m", "face-parsing"])
def test_every_shipped_model_is_here_and_intact(name: str) -> None:
    folder = models.locate(name)
    assert models.verify([name]) == {name: []}
    assert {file.name for file in models.find(name).files} <= {path.name for path in folder.iterdir()}


def test_every_model_says_its_licence_and_origin() -> None:
    for model in models.catalogue().values():
        assert model.licence
        assert model.title
        assert model.paper
        assert model.download_size > 0
    assert "non-commercial" in models.find("mobilestylegan-ffhq").licence
    assert models.default_models() == ["mobilestylegan-ffhq", "face-landmarker", "gemma-3-270m"]


def test_models_md_names_every_file_with_its_digest() -> None:
    page = (Path(__file__).parents[2] / "MODELS.md").read_text(encoding="utf-8")
    for model in models.catalogue().values():
        assert model.licence in page
        for file in model.files:
            assert file.sha256 in page
            assert f"{file.size:,}" in page


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[m", "cannot be read"),
        ("[m]\nfiles = []\n", "'licence' is missing"),
        ('[m]\nlicence="x"\n[[m.files]]\nname="../up"\nsize=1\nsha256="00"\nparts=[]', "may hold only letters"),
        ('[m]\nlicence="x"\n[[m.files]]\nname="a"\nsize=1\nsha256="00"\nparts=[]', "64 hex digits"),
        (
            f'[m]\nlicence="x"\n[[m.files]]\nname="a"\nsize=1\nsha256="{"0" * 64}"\nparts=[{{source="ftp", size=1, sha256="0"}}]',
            "source 'ftp' is none of",
        ),
        (
            f'[m]\nlicence="x"\n[[m.files]]\nname="a"\nsize=1\nsha256="{"0" * 64}"\n'
            f'parts=[{{source="https", url="http://a/b", size=1, sha256="{"0" * 64}"}}]',
            "is not https",
        ),
    ],
)
def test_a_broken_catalogue_is_one_sentence(
    text: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OHLORA_DATA", str(tmp_path))
    (tmp_path / "catalogue.toml").write_text(text)
    with pytest.raises(InputError, match=what) as refusal:
        models.catalogue()
    assert "catalogue.toml" in refusal.value.en


def test_unknown_and_absent_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="there is no model named 'gemma'; there are: mobilestylegan-ffhq"):
        models.locate("gemma")
    monkeypatch.setenv("OHLORA_CACHE", str(tmp_path))
    with pytest.raises(MissingError, match="run: ohlora models pull face-landmarker"):
        models.locate("face-landmarker")
