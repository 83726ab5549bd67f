"""Videos and grids: what is in the files, that they say they are synthetic, and what is refused."""

import json
from pathlib import Path

import av
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from ohlora.cli import face as face_cli
from ohlora.errors import InputError, MissingError, OhLoraError
from ohlora.face import exporting
from ohlora.face.exporting import Moment, along, between, read_moments, sheet

SMALL = ["--persona", "ohlora", "--size", "256", "--fps", "5"]


def run(*arguments: object) -> dict:
    done = CliRunner().invoke(face_cli.face, ["export", *map(str, arguments), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def refusal(*arguments: object, status: int = 2) -> str:
    with pytest.raises(OhLoraError) as caught:
        CliRunner().invoke(face_cli.face, ["export", *map(str, arguments)], catch_exceptions=False)
    assert caught.value.exit_code == status
    assert caught.value.ko != caught.value.en
    return caught.value.en


def test_a_path_goes_smoothly_from_end_to_end() -> None:
    frames = list(along(between({"eyes": (-5, 2)}, 2.0, back=False), 10))
    assert len(frames) == 20
    eyes = [scores["eyes"] for scores in frames]
    assert eyes[0] == -5
    assert all(np.diff(eyes) >= 0)
    assert eyes[-1] == pytest.approx(2, abs=0.1)
    there_and_back = [scores["eyes"] for scores in along(between({"eyes": (-5, 2)}, 2.0, back=True), 10)]
    assert max(there_and_back) == there_and_back[10] == 2
    assert there_and_back[-1] < -4


def test_keyframes_keep_what_they_do_not_name() -> None:
    moments = [Moment(0, {"eyes": 0.0}), Moment(1, {"yaw": 1.0}), Moment(2, {"eyes": 2.0})]
    frames = list(along(moments, 1))
    assert frames == [{"eyes": 0.0, "yaw": 1.0}, {"eyes": 0.0, "yaw": 1.0}]


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        "[1, 2]",
        "not json",
        '[{"time": 0, "scores": {}}]',
        '[{"time": 1, "scores": {"eyes": 0}}, {"time": 2, "scores": {"eyes": 0}}]',
        '[{"time": 0, "scores": {"eyes": 0}}, {"time": 0, "scores": {"eyes": 1}}]',
        '[{"time": 0, "scores": {"eyes": NaN}}, {"time": 1, "scores": {"eyes": 1}}]',
        f'[{{"time": 0, "scores": {{"eyes": 1{"0" * 400}}}}}, {{"time": 1, "scores": {{"eyes": 1}}}}]',
        "[" * 100_000,
    ],
)
def test_files_without_keyframes_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(InputError, match="does not hold keyframes"):
        read_moments(path)
    with pytest.raises(InputError, match="cannot read"):
        read_moments(tmp_path / "none.json")


def test_mp4_plays_in_browsers_and_says_it_is_synthetic(tmp_path: Path) -> None:
    path = tmp_path / "her.mp4"
    arguments = [*SMALL, "--path", "eyes 0..1, yaw -0.5..0.5", "--seconds", 0.8, "-o", path]
    told = run(*arguments)
    assert told["frames"] == 4
    assert told["seconds"] == 0.8
    with av.open(str(path)) as video:
        stream = video.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height, stream.average_rate) == (256, 256, 5)
        assert "trainedAlgorithmicMedia" in video.metadata["comment"]
        assert "ynthetic" in video.metadata["description"]
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(stream)]
    assert len(frames) == 4
    assert np.abs(frames[0].astype(int) - frames[-1]).mean() > 2
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # plays before it is loaded whole
    assert run(*arguments)["sha256"] == told["sha256"]


def test_idle_gif_and_webp_say_it_too(tmp_path: Path) -> None:
    for name in ("idle.gif", "idle.webp"):
        told = run(*SMALL, "--idle", 0.4, "--seed", 1, "-o", tmp_path / name)
        assert told["frames"] == 2
        assert b"trainedAlgorithmicMedia" in (tmp_path / name).read_bytes()
        assert Image.open(tmp_path / name).size == (256, 256)


def test_a_grid_is_labelled_and_measured(tmp_path: Path) -> None:
    path = tmp_path / "grid.png"
    told = run("--size", 256, "--grid", "eyes=-0.5,0.5", "mouth=0.0", "-o", path)
    assert [cell["asked"] for cell in told["cells"]] == [{"mouth": 0.0, "eyes": -0.5}, {"mouth": 0.0, "eyes": 0.5}]
    for cell in told["cells"]:
        assert cell["measured"]["eyes"] == pytest.approx(cell["asked"]["eyes"], abs=0.35)
    picture = Image.open(path)
    assert picture.width > 256
    assert picture.height > 2 * 256
    assert "trainedAlgorithmicMedia" in picture.text["XML:com.adobe.xmp"]


def test_labels_lie_beside_the_pictures() -> None:
    plain = sheet([np.zeros((64, 64, 3), np.uint8)] * 3, ["a", "b", "c"], 3)
    headed = sheet([np.zeros((64, 64, 3), np.uint8)] * 3, ["a", "b", "c"], 3, ["x", "y", "z"], ["row"])
    assert headed.shape[0] > plain.shape[0]
    assert headed.shape[1] > plain.shape[1]
    dark = (headed < 90).all(axis=2)
    assert dark[:18].any()  # the heads


def test_bad_calls_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "x.mp4"
    assert "one of --path, --idle and --grid" in refusal("-o", out)
    assert "one of --path, --idle and --grid" in refusal("--idle", 1, "--path", "eyes 0..1", "-o", out)
    assert "either --persona or --face-seed" in refusal("--persona", "x", "--face-seed", 1, "--idle", 1, "-o", out)
    assert "ending must be one of .mp4, .webp, .gif" in refusal("--idle", 1, "-o", tmp_path / "x.avi")
    assert "ending must be one of .png" in refusal("--grid", "eyes=1", "-o", out)
    assert "no attribute 'nose'" in refusal("--path", "nose 0..1", "-o", out)
    assert "not of the form" in refusal("--grid", "eyes", "-o", tmp_path / "x.png")
    assert "at most 300 seconds, not 1000" in refusal("--idle", 1000, "-o", out)
    assert "at most 300 seconds, not nan" in refusal("--idle", "nan", "-o", out)
    (tmp_path / "file").write_text("mine")
    assert "cannot write into" in refusal("--idle", 1, "-o", tmp_path / "file" / "x.mp4")
    keys = tmp_path / "keys.json"
    keys.write_text('[{"time": 0, "scores": {"nose": 0}}, {"time": 1, "scores": {"nose": 1}}]')
    assert "no direction for 'nose'" in refusal("--path", keys, "-o", out)
    monkeypatch.setattr(exporting.importlib.util, "find_spec", lambda name: None)
    assert "pip install 'ohlora[video]'" in refusal("--idle", 1, "-o", out, status=MissingError.exit_code)
    assert not out.exists()
