"""Images and labels for fine-tuning, checked before anything is trained. Knows no network.

Labels come as a CSV with a column `file` and one column a label, or as StyleGAN's `dataset.json`
({"labels": [["a.png", [0.1, 2.0]], …]}). They are standardised: 0 is the mean of the data, 1 one standard deviation.
"""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ohlora.errors import InputError
from ohlora.i18n import say
from ohlora.progress import bar


@dataclass(frozen=True)
class LabelledImages:
    """The training data.

    Attributes:
        images: (N, 3, R, R) uint8.
        labels: (N, K) float32, standardised.
        names: of the K labels. mean, std: (K,) of the raw labels.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.float32]
    names: list[str]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]


def load(images: Path, labels: Path, label_size: int, resolution: int) -> LabelledImages:
    """Reads every labelled image; larger square images are averaged down to the resolution.

    Raises:
        InputError: a row, a label or an image is wrong; the sentence says which.
    """
    names, rows = _rows(labels)
    if len(names) != label_size:
        raise InputError(
            f"{labels} has {len(names)} labels ({', '.join(names)}), --label-size says {label_size}.",
            f"{labels}에 레이블이 {len(names)}개({', '.join(names)}) 있는데 --label-size는 {label_size}입니다.",
        )
    if len(rows) < 2:
        raise InputError(
            f"{labels} labels {len(rows)} images; it takes at least 2.", f"{labels}의 이미지가 너무 적습니다."
        )
    pixels = np.empty((len(rows), 3, resolution, resolution), np.uint8)
    with bar(say("reading images", "이미지 읽는 중"), len(rows), "image") as progress:
        for n, (file, _) in enumerate(rows):
            pixels[n] = _image(images / file, resolution)
            progress.update()
    raw = np.array([values for _, values in rows], np.float64)
    mean, std = raw.mean(axis=0), raw.std(axis=0)
    if not (std > 0).all():
        name = names[int(np.argmin(std))]
        raise InputError(
            f"Label `{name}` in {labels} is the same for every image; leave it out.",
            f"{labels}의 레이블 `{name}`이(가) 모든 이미지에서 같습니다. 빼 주세요.",
        )
    return LabelledImages(pixels, ((raw - mean) / std).astype(np.float32), names, mean, std)


def _rows(path: Path) -> tuple[list[str], list[tuple[str, list[float]]]]:
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8.",
            f"{path}이(가) UTF-8이 아닙니다({error.start}번째 바이트). UTF-8로 저장하세요.",
        ) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError(
            f"{path} cannot be read ({why}); name a CSV file or a dataset.json with --labels.",
            f"{path}을(를) 읽을 수 없습니다({why}). --labels로 CSV 파일이나 dataset.json을 지정하세요.",
        ) from error
    names, rows = _json_rows(path, text) if path.suffix == ".json" else _csv_rows(path, text)
    for number, (_, values) in enumerate(rows, 1):
        if len(values) != len(names) or not np.isfinite(values).all():
            raise InputError(
                f"{path}, row {number}: {len(names)} finite numbers are due, it has {values}.",
                f"{path} {number}번째 줄: 유한한 숫자 {len(names)}개가 필요한데 {values}입니다.",
            )
    return names, rows


def _csv_rows(path: Path, text: str) -> tuple[list[str], list[tuple[str, list[float]]]]:
    try:
        table = list(csv.reader(text.splitlines()))
    except csv.Error as error:
        raise InputError(
            f"{path} is no CSV ({error}); write `file,LABEL,…` and one line an image below it.",
            f"{path}은(는) CSV가 아닙니다({error}). `file,레이블,…` 아래에 이미지마다 한 줄씩 쓰세요.",
        ) from error
    if not table or table[0][:1] != ["file"] or len(table[0]) < 2:
        raise InputError(
            f"{path} has no header `file,LABEL,…`; write one line an image below it.",
            f"{path}에 `file,레이블,…` 머리줄이 없습니다. 그 아래에 이미지마다 한 줄씩 쓰세요.",
        )
    rows = []
    for number, row in enumerate(table[1:], 2):
        try:
            rows.append((row[0], [float(value) for value in row[1:]]))
        except (ValueError, IndexError) as error:
            raise InputError(
                f"{path}, line {number}: `{','.join(row)[:80]}` is no file name and numbers.",
                f"{path} {number}번째 줄: `{','.join(row)[:80]}`이(가) 파일 이름과 숫자가 아닙니다.",
            ) from error
    return table[0][1:], rows


def _json_rows(path: Path, text: str) -> tuple[list[str], list[tuple[str, list[float]]]]:
    try:
        entries = json.loads(text)["labels"]
        rows = [
            (str(file), [float(v) for v in (values if isinstance(values, list) else [values])])
            for file, values in entries
        ]
        count = len(rows[0][1])
    except (ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError) as error:
        raise InputError(
            f'{path} is not StyleGAN\'s dataset.json ({{"labels": [["a.png", [0.1]], …]}}).',
            f'{path}은(는) StyleGAN의 dataset.json({{"labels": [["a.png", [0.1]], …]}})이 아닙니다.',
        ) from error
    return [f"label{n}" for n in range(count)], rows


def _image(path: Path, resolution: int) -> NDArray[np.uint8]:
    try:
        with Image.open(path) as picture:
            rgb = picture.convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InputError(f"{path} is no readable image.", f"{path}은(는) 읽을 수 있는 이미지가 아닙니다.") from error
    if rgb.width != rgb.height or rgb.width < resolution:
        raise InputError(
            f"{path} is {rgb.width}×{rgb.height}; it takes squares of at least {resolution}×{resolution}.",
            f"{path}이(가) {rgb.width}×{rgb.height}입니다. {resolution}×{resolution} 이상의 정사각형이어야 합니다.",
        )
    if rgb.width != resolution:
        rgb = rgb.resize((resolution, resolution), Image.Resampling.BOX)
    return np.asarray(rgb).transpose(2, 0, 1)
