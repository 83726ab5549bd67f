"""A population of random faces, drawn and measured: the folder that directions are found in.

Notable choices:
- Row i depends only on (seed, i): its z comes from a random stream of its own, and faces are mapped and drawn one at a
  time. So it does not matter how the work was cut up, stopped or continued.
- A folder holds `manifest.json` and chunks of rows in Parquet. The manifest carries the digest of every chunk; a chunk
  counts only once it is listed there. Nothing in the folder depends on the time or on the folder's place, so a run that
  was killed and continued ends in the same bytes as an undisturbed one.
- Drawing and measuring overlap. Chunks come from an engine, this process or others (`measuring`, `on_ray`), and are
  written here; which engine it was, and with how many threads, cannot be seen in the folder.

Knows nothing of how directions are found.
"""

import io
import json
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal, get_args

import arro3.core as arrow
import arro3.io
import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from ohlora import __version__
from ohlora.errors import InputError
from ohlora.face.attributes.landmarks import ATTRIBUTES, LandmarkScorer
from ohlora.face.attributes.quality import COLUMN as QUALITY
from ohlora.face.directions.measuring import PSI, Job, Measured, Team
from ohlora.face.directions.measuring import latent as latent
from ohlora.face.directions.measuring import latents_w as latents_w
from ohlora.face.generator import Generator
from ohlora.face.pixels import draw
from ohlora.face.source import Source
from ohlora.files import atomic_write, sha256_of
from ohlora.i18n import say
from ohlora.progress import bar

FORMAT = "ohlora-face-sample/1"
SIZE = 512
CHUNK = 64
Engine = Literal["local", "ray"]
ENGINES: tuple[str, ...] = get_args(Engine)
Wanted = Literal["landmarks", "all"]
WANTED: tuple[str, ...] = get_args(Wanted)
# Also in attributes.parsing, which is loaded only when they are asked for. A test keeps the two alike.
PARSED: tuple[str, ...] = ("hair_color", "hair_length", "background_mean", "background_std")
_MANIFEST = "manifest.json"


@dataclass
class Manifest:
    """What a sample folder says of itself.

    fingerprint: of the weights. pictures: digest of fixed pictures as this processor draws them at this precision, or "".
    attributes: those every measured face has. extra: further columns: the quality, and what was asked for.
    chunks: file name → {"rows", "lost", "sha256"}, in order of rows.
    population: once all rows are there, column → {"mean", "std", "faces"}, raw units: what σ is for every attribute.
    """

    format: str
    generator: str
    fingerprint: str
    pictures: str
    precision: str
    size: int
    seed: int
    psi: float
    count: int
    attributes: list[str]
    versions: dict[str, str]
    command: str
    extra: list[str] = field(default_factory=list)
    chunks: dict[str, dict[str, Any]] = field(default_factory=dict)
    population: dict[str, dict[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """The measured rows of a folder; faces that could not be measured are left out.

    rows (N,) row numbers; z, w (N, 512) float32, w as drawn (truncated); values (N, A) raw attributes as `manifest`
    names them; extra: `manifest.extra` → (N,), NaN where a face has no such thing (no hair, no background).
    """

    manifest: Manifest
    rows: NDArray[np.int64]
    z: NDArray[np.float32]
    w: NDArray[np.float32]
    values: NDArray[np.float64]
    extra: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        return sum(chunk["lost"] for chunk in self.manifest.chunks.values())


def sample(
    folder: Path,
    generator: Generator,
    count: int,
    seed: int,
    *,
    psi: float = PSI,
    size: int = SIZE,
    attributes: Wanted = "landmarks",
    source: Source | None = None,
    engine: Engine = "local",
    workers: int | None = None,
) -> dict[str, Any]:
    """Draws and measures `count` faces into `folder`, or goes on where an earlier call was stopped.

    Args:
        attributes: "landmarks", or "all": hair and background too, which needs torch and takes five times as long.
        source: what `generator` was loaded from, so that more of it can be loaded: needed for "ray", and for drawing
            with several at once.
        engine: "local" works in this process, "ray" in others, here or on the machines of RAY_ADDRESS.
        workers: "local": drawers at once, see `measuring.Team`; "ray": processes, one a core by default.

    Returns `{"count", "seconds", "lost", "directory"}`: rows in the folder now, seconds this call took, rows without
    exactly one face. A folder that already holds more rows is left as it is.

    Raises:
        InputError: the folder belongs to another generator, precision, seed or setting, is damaged, or is in use.
        MissingError: torch or Ray is needed and not installed.
    """
    start = time.perf_counter()
    if count < 1:
        raise InputError(f"--count must be at least 1, not {count}", f"--count는 1 이상이어야 하는데 {count}입니다")
    fresh = Manifest(
        format=FORMAT,
        generator=generator.name,
        fingerprint=generator.fingerprint(),
        pictures=getattr(generator, "image_fingerprint", str)(),
        precision=generator.precision,
        size=size,
        seed=seed,
        psi=psi,
        count=count,
        attributes=list(ATTRIBUTES),
        versions=versions("torch") if attributes == "all" else versions(),
        command=f"ohlora face sample --count {count} --seed {seed} --precision {generator.precision}"
        + (" --attributes all" if attributes == "all" else ""),
        extra=[QUALITY, *(PARSED if attributes == "all" else ())],
    )
    _prepare(folder)
    try:
        with FileLock(folder / ".lock", timeout=0):
            manifest = _continued(folder, fresh)
            _remove_leftovers(folder)
            _fill(folder, manifest, generator, source, engine, workers)
            _note_population(folder, manifest)
    except Timeout as error:
        raise InputError(
            f"another process is sampling into {folder}; wait for it, or choose another folder with -o",
            f"다른 프로세스가 {folder}에 쓰고 있습니다. 기다리거나 -o로 다른 폴더를 고르세요",
        ) from error
    return {
        "count": sum(chunk["rows"] for chunk in manifest.chunks.values()),
        "seconds": round(time.perf_counter() - start, 3),
        "lost": sum(chunk["lost"] for chunk in manifest.chunks.values()),
        "directory": str(folder),
    }


def load_sample(folder: Path, generator: Generator | None = None, least_quality: float = 0.0) -> Sample:
    """Reads a sample folder; every chunk must be there, whole, and as its digest says.

    Args:
        generator: refuse the folder unless it was drawn by exactly this generator at this precision.
        least_quality: leave out faces below it (`attributes.quality`; 0.5 is a usual choice).

    Raises:
        InputError: not a sample folder, unfinished, damaged, values that are not finite, or of another generator.
    """
    manifest = _read_manifest(folder)
    if generator is not None:
        _refuse_difference(folder, "generator", manifest.generator, generator.name)
        _refuse_difference(folder, "fingerprint", manifest.fingerprint, generator.fingerprint())
    have = sum(chunk["rows"] for chunk in manifest.chunks.values())
    if have < manifest.count:
        raise InputError(
            f"{folder} holds {have} of {manifest.count} faces; finish it with: {manifest.command} -o {folder}",
            f"{folder}에는 {manifest.count}개 중 {have}개의 얼굴만 있습니다. 마저 하기: {manifest.command} -o {folder}",
        )
    parts = [_read_chunk(folder / name, chunk, manifest) for name, chunk in manifest.chunks.items()]
    rows, z, w, values, extra = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    measured = ~np.isnan(values).any(axis=1)
    if least_quality > 0:
        measured &= _quality(folder, manifest, extra) >= least_quality
    named = {name: extra[measured, column] for column, name in enumerate(manifest.extra)}
    some = [column[~np.isnan(column)] for column in named.values()]
    for name, array in (("z", z), ("w", w), ("attribute", values[measured]), *zip(named, some, strict=True)):
        if not np.isfinite(array).all():
            raise InputError(
                f"{folder} holds {name} values that are not finite numbers; sample into a new folder",
                f"{folder}에 유한하지 않은 {name} 값이 있습니다. 새 폴더에 다시 표집하세요",
            )
    return Sample(manifest, rows[measured], z[measured], w[measured], values[measured], named)


def population(values: NDArray) -> tuple[float, float]:
    """Mean and standard deviation of a column of a sample, over the faces that have it."""
    return float(np.nanmean(values)), float(np.nanstd(values))


def draw_and_measure(
    generator: Generator,
    scorer: LandmarkScorer,
    latents: Sequence[NDArray] | NDArray,
    size: int | None = None,
    done: Callable[[], object] = lambda: None,
) -> NDArray[np.float64]:
    """Values (N, 6) of the faces of latents, each (w_dim,) or (num_ws, w_dim); NaN where there is not one face.

    One thread draws while another measures. `done` is called after each face.
    """
    waiting: queue.Queue[NDArray[np.uint8] | None] = queue.Queue(maxsize=4)
    rows: list[NDArray[np.float64]] = []
    failed: list[BaseException] = []

    def measure() -> None:
        try:
            while (rgb := waiting.get()) is not None:
                rows.append(scorer.measure_all([rgb]))
                done()
        except BaseException as error:
            failed.append(error)
            while waiting.get() is not None:
                pass

    worker = threading.Thread(target=measure, name="measure", daemon=True)
    worker.start()
    try:
        for w in latents:
            if failed:
                break
            waiting.put(draw(generator, w, size))
    finally:
        waiting.put(None)
        worker.join()
    if failed:
        raise failed[0]
    return np.concatenate(rows) if rows else np.empty((0, len(ATTRIBUTES)))


def versions(*more: str) -> dict[str, str]:
    """Versions of what a measured face depends on."""
    try:
        return {"ohlora": __version__, **{name: version(name) for name in ("openvino", "mediapipe", "numpy", *more)}}
    except PackageNotFoundError as error:
        from ohlora.face.attributes.parsing import torch_missing

        raise torch_missing() from error


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"cannot make the folder {folder}: {reason}", f"{folder} 폴더를 만들 수 없습니다: {reason}"
        ) from error
    if not (folder / _MANIFEST).exists() and any(path.name != ".lock" for path in folder.iterdir()):
        raise InputError(
            f"{folder} holds other files and is not a sample folder; choose an empty folder with -o",
            f"{folder}에는 다른 파일이 있고 표본 폴더가 아닙니다. -o로 빈 폴더를 고르세요",
        )


def _continued(folder: Path, fresh: Manifest) -> Manifest:
    """The manifest to go on with: `fresh`, with the chunks of the folder if it belongs to the same run."""
    if not (folder / _MANIFEST).exists():
        _write_manifest(folder, fresh)
        return fresh
    old = _read_manifest(folder)
    for name in ("generator", "fingerprint", "precision", "pictures", "size", "seed", "psi", "attributes", "extra"):
        _refuse_difference(folder, name, getattr(old, name), getattr(fresh, name))
    if old.versions != fresh.versions:
        raise InputError(
            f"{folder} was begun with {_listed(old.versions)}, this is {_listed(fresh.versions)}: "
            "rows would not be alike; choose another folder with -o",
            f"{folder}은(는) {_listed(old.versions)}(으)로 시작했고 지금은 {_listed(fresh.versions)}입니다. "
            "행이 달라지므로 -o로 다른 폴더를 고르세요",
        )
    if old.count >= fresh.count:
        return old
    fresh.chunks = old.chunks
    _write_manifest(folder, fresh)
    return fresh


def _remove_leftovers(folder: Path) -> None:
    for path in folder.glob(".*.tmp"):  # of a process that was killed while it wrote
        path.unlink(missing_ok=True)


def _fill(
    folder: Path, manifest: Manifest, generator: Generator, source: Source | None, engine: Engine, workers: int | None
) -> None:
    """Draws every chunk that is missing, short or damaged."""
    open_chunks = [
        (first, rows)
        for first, rows in _layout(manifest.count)
        if not _whole(folder / _chunk_name(first), manifest.chunks.get(_chunk_name(first)), rows)
    ]
    if not open_chunks:
        return
    todo = sum(rows for _, rows in open_chunks)
    text = say("Drawing and measuring faces", "얼굴을 그리고 재는 중")
    job = Job(manifest.seed, manifest.psi, manifest.size, PARSED[0] in manifest.extra)
    with ExitStack() as stack:
        progress = stack.enter_context(bar(text, manifest.count, "face", initial=manifest.count - todo))
        if engine == "ray":
            from ohlora.face.directions.on_ray import Workers

            assert source is not None, "another process needs to know what to load"
            here = (manifest.fingerprint, manifest.pictures)
            machine: Any = stack.enter_context(Workers(source, job, here, workers))
        else:
            machine = stack.enter_context(Team(generator, source, job, workers))
        for first, measured in machine.work(open_chunks, progress.update):
            _keep(folder, manifest, first, measured)


def _note_population(folder: Path, manifest: Manifest) -> None:
    found = load_sample(folder)
    columns = {**dict(zip(manifest.attributes, found.values.T, strict=True)), **found.extra}
    noted = {}
    for name, values in columns.items():
        faces = int((~np.isnan(values)).sum())
        if faces:
            mean, std = population(values)
            noted[name] = {"mean": mean, "std": std, "faces": faces}
    if noted != manifest.population:
        manifest.population = noted
        _write_manifest(folder, manifest)


def _keep(folder: Path, manifest: Manifest, first: int, measured: Measured) -> None:
    """Writes a chunk, and lists it once it is safe on the disk."""
    name = _chunk_name(first)
    rows = np.arange(first, first + len(measured.z))
    columns = [*manifest.attributes, *manifest.extra]
    with atomic_write(folder / name) as file:
        file.write(_parquet(rows, measured.z, measured.w, measured.values, columns))
    manifest.chunks[name] = {
        "rows": len(rows),
        "lost": int(np.isnan(measured.values[:, : len(manifest.attributes)]).any(axis=1).sum()),
        "sha256": sha256_of(folder / name),
    }
    manifest.chunks = dict(sorted(manifest.chunks.items()))
    _write_manifest(folder, manifest)


def _quality(folder: Path, manifest: Manifest, extra: NDArray) -> NDArray[np.float64]:
    if QUALITY not in manifest.extra:
        raise InputError(
            f"{folder} was sampled before quality was measured; sample into a new folder",
            f"{folder}은(는) 품질을 재기 전에 표집되었습니다. 새 폴더에 다시 표집하세요",
        )
    return extra[:, manifest.extra.index(QUALITY)]


def _layout(count: int) -> Iterator[tuple[int, int]]:
    """First row and number of rows of every chunk."""
    for first in range(0, count, CHUNK):
        yield first, min(CHUNK, count - first)


def _chunk_name(first: int) -> str:
    return f"rows-{first:08d}.parquet"


def _whole(path: Path, listed: dict[str, Any] | None, rows: int) -> bool:
    return bool(listed and listed["rows"] == rows and path.is_file() and sha256_of(path) == listed["sha256"])


def _parquet(
    rows: NDArray, z: NDArray, w: NDArray, values: NDArray, names: Sequence[str] = (*ATTRIBUTES, QUALITY)
) -> bytes:
    """One chunk as Parquet bytes; an attribute that was not measured is a null."""
    columns: dict[str, Any] = {
        "row": arrow.Array.from_numpy(rows.astype(np.int64)),
        "z": arrow.fixed_size_list_array(arrow.Array.from_numpy(z.reshape(-1)), z.shape[1]),
        "w": arrow.fixed_size_list_array(arrow.Array.from_numpy(np.ascontiguousarray(w).reshape(-1)), w.shape[1]),
    }
    for name, column in zip(names, values.T, strict=True):
        cells = [None if np.isnan(value) else float(value) for value in column]
        columns[name] = arrow.Array(cells, arrow.DataType.float64())
    file = io.BytesIO()
    table = arrow.Table.from_pydict(columns)
    arro3.io.write_parquet(table, file, compression="zstd(1)", dictionary_enabled=False)
    return file.getvalue()


def _read_chunk(path: Path, listed: dict[str, Any], manifest: Manifest) -> tuple[NDArray, ...]:
    # The digest is checked first: the Parquet reader panics on damaged files instead of raising an error.
    if not _whole(path, listed, listed["rows"]):
        raise InputError(
            f"{path} is missing, cut short or changed; mend it with: {manifest.command} -o {path.parent}",
            f"{path}이(가) 없거나 잘렸거나 바뀌었습니다. 고치기: {manifest.command} -o {path.parent}",
        )
    table = arro3.io.read_parquet(path).read_all()
    count = listed["rows"]

    def matrix(name: str) -> NDArray[np.float32]:
        return np.asarray(arrow.list_flatten(table.column(name).combine_chunks())).reshape(count, -1)

    def numbers(names: Sequence[str]) -> NDArray[np.float64]:
        columns = [np.array(table.column(name).to_pylist(), np.float64) for name in names]
        return np.stack(columns, axis=1) if columns else np.empty((count, 0))

    rows = np.asarray(table.column("row").combine_chunks())
    return rows, matrix("z"), matrix("w"), numbers(manifest.attributes), numbers(manifest.extra)


def _read_manifest(folder: Path) -> Manifest:
    path = folder / _MANIFEST
    if not path.is_file():
        raise InputError(
            f"{folder} is not a sample folder (no {_MANIFEST}); make one with: ohlora face sample --count 6000 --seed 0 -o {folder}",
            f"{folder}은(는) 표본 폴더가 아닙니다({_MANIFEST} 없음). 만들기: ohlora face sample --count 6000 --seed 0 -o {folder}",
        )
    try:
        manifest = Manifest(**json.loads(path.read_text(encoding="utf-8")))
        expected = dict(_layout(manifest.count))
        known = {_chunk_name(first): rows for first, rows in expected.items()}
        sound = manifest.format == FORMAT and all(
            set(chunk) == {"rows", "lost", "sha256"} and 0 < chunk["rows"] <= known[name]
            for name, chunk in manifest.chunks.items()
        )
    except (ValueError, TypeError, KeyError, AttributeError, OSError):
        sound = False
    if not sound:
        raise InputError(
            f"{path} is damaged or was edited; sample into a new folder",
            f"{path}이(가) 손상되었거나 편집되었습니다. 새 폴더에 다시 표집하세요",
        )
    return manifest


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    with atomic_write(folder / _MANIFEST, "w") as file:
        json.dump(asdict(manifest), file, ensure_ascii=False, indent=1)
        file.write("\n")


def _refuse_difference(folder: Path, what: str, theirs: object, ours: object) -> None:
    if theirs != ours:
        shorter = [
            f"{value[:12]}…" if isinstance(value, str) and len(value) > 40 else value for value in (theirs, ours)
        ]
        raise InputError(
            f"{folder} was sampled with {what} {shorter[0]}, not {shorter[1]}; choose another folder",
            f"{folder}의 표본은 {what}이(가) {shorter[1]}이(가) 아니라 {shorter[0]}입니다. 다른 폴더를 고르세요",
        )


def _listed(items: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in items.items())
