"""Reads what `torch.save` wrote, zip or legacy: first checked without torch, then `torch.load(weights_only=True)`.

`weights_only` keeps a file from running code, but not from claiming 10¹² elements, from being a zip bomb, or from
building keys whose hash takes for ever. So the archive and its pickle are walked through by our own inert reader
first; only a file whose every storage is really there reaches torch.
"""

import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

from numpy.typing import NDArray

from ohlora.checkpoint import _limits
from ohlora.checkpoint._refusal import refuse
from ohlora.checkpoint._tensor import Tensor
from ohlora.checkpoint._torch_pickle import INERT, Storage, TorchPolicy, read_legacy
from ohlora.errors import MissingError
from ohlora.i18n import say
from ohlora.progress import bar


def read_zip(path: Path, stream: BinaryIO, size: int) -> Any:
    """The object in a torch zip archive, tensors as `Tensor`.

    Raises:
        InputError: not made by `torch.save`, compressed, cut off, or not data.
        MissingError: torch is not installed.
    """
    try:
        with zipfile.ZipFile(_Bounded(stream)) as archive:  # type: ignore[arg-type]
            entries = _checked_entries(archive, size)
            _check_pickle(archive, entries)
    except (zipfile.BadZipFile, ValueError, LookupError, RuntimeError, EOFError, struct.error) as error:
        raise refuse("is a damaged or cut-off zip archive; fetch it again", "zip이 손상되었거나 잘렸습니다") from error
    return _load(path, mmap=True)


def read_legacy_file(path: Path, stream: BinaryIO, size: int) -> Any:
    """The object in a file of torch before 1.6; as `read_zip`."""
    try:
        read_legacy(stream, size, TorchPolicy(nvidia=False))
    except (ValueError, TypeError, KeyError) as error:
        raise refuse("is a damaged torch file; fetch it again", "torch 파일이 손상되었습니다") from error
    return _load(path, mmap=False)


class _Bounded:
    """A stream that refuses to be read in one piece beyond what a real archive's directory takes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, count: int = -1) -> bytes:
        if count > _limits.MAX_ZIP_DIRECTORY_BYTES:
            raise zipfile.BadZipFile
        return self._stream.read(count)


def _checked_entries(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > _limits.MAX_ZIP_ENTRIES:
        raise refuse(f"holds {len(entries):,} zip entries", f"zip 항목이 {len(entries):,}개나 됩니다")
    for entry in entries:
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            raise refuse(
                f"is a compressed zip ({entry.filename[:100]}: {entry.compress_size:,} → {entry.file_size:,} bytes);"
                " torch.save never compresses, so it was not unpacked",
                f"압축된 zip입니다({entry.filename[:100]}: {entry.compress_size:,} → {entry.file_size:,}바이트)."
                " torch.save는 압축하지 않으므로 풀지 않았습니다",
            )
        if entry.flag_bits & 1:
            raise refuse("is an encrypted zip", "암호가 걸린 zip입니다")
    if sum(entry.file_size for entry in entries) > size:
        raise refuse("is a zip whose entries overlap", "zip 항목이 서로 겹칩니다")
    names = {entry.filename: entry for entry in entries}
    if len(names) < len(entries):
        raise refuse("is a zip that names an entry twice", "zip에 같은 이름의 항목이 있습니다")
    return names


def _check_pickle(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]) -> None:
    pickles = [name for name in entries if name.count("/") == 1 and name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise refuse(
            "is a zip archive but not one of torch.save (it has no data.pkl)",
            "zip이지만 torch.save가 만든 파일이 아닙니다(data.pkl 없음)",
        )
    folder = pickles[0].removesuffix("data.pkl")
    if f"{folder}constants.pkl" in entries:
        raise refuse(
            "is a TorchScript archive, which carries code; save the state dict instead",
            "코드가 들어 있는 TorchScript 파일입니다. state dict를 저장해 주세요",
        )
    if entries[pickles[0]].file_size > _limits.MAX_PICKLE_BYTES_IN_ZIP:
        raise refuse("has a data.pkl too large to be a description of tensors", "data.pkl이 너무 큽니다")
    if f"{folder}byteorder" in entries and archive.read(f"{folder}byteorder") != b"little":
        raise refuse("was saved on a big-endian computer", "빅 엔디언 컴퓨터에서 저장된 파일입니다")
    policy = TorchPolicy(nvidia=False)
    with archive.open(pickles[0]) as stream:
        policy.reader(stream, entries[pickles[0]].file_size).load()  # type: ignore[arg-type]
    for storage in policy.storages.values():
        _check_storage(storage, entries.get(f"{folder}data/{storage.key}"))
    with bar(say("checking", "확인 중"), len(entries), "entry") as progress:
        for entry in entries.values():
            _check_content(archive, entry)
            progress.update()


def _check_content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Reads an entry to its end, which compares its own header with the directory and its bytes with the checksum.

    torch maps storages into memory without either: a flipped bit, or a header that says where else to look, would be
    other weights in silence.
    """
    try:
        with archive.open(entry) as stream:
            while stream.read(1 << 20):
                pass
    except zipfile.BadZipFile as error:
        raise refuse(
            f"is damaged: {entry.filename[:100]} does not agree with its checksum; fetch it again",
            f"손상되었습니다. {entry.filename[:100]}이(가) 체크섬과 다릅니다. 다시 받아 주세요",
        ) from error


def _check_storage(storage: Storage, entry: zipfile.ZipInfo | None) -> None:
    held = entry.file_size if entry else 0
    if held != storage.nbytes:
        raise refuse(
            f"claims {storage.numel:,} numbers ({storage.nbytes:,} bytes) in storage {storage.key[:40]}"
            f" and holds {held:,} bytes",
            f"저장소 {storage.key[:40]}에 숫자 {storage.numel:,}개({storage.nbytes:,}바이트)가 있다고 하지만"
            f" 실제로는 {held:,}바이트입니다",
        )


class _Data:
    """Stands for plain data of a training script (argparse.Namespace, numpy scalars): filled, never used."""

    def __init__(self, *args: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        pass


def _load(path: Path, mmap: bool) -> Any:
    try:
        import torch
    except ImportError as error:
        raise MissingError(
            "Reading .pt and .pth files needs torch: pip install 'ohlora[train]'",
            ".pt, .pth 파일을 읽으려면 torch가 필요합니다: pip install 'ohlora[train]'",
        ) from error
    own = {"torch", "_codecs", "builtins", "collections"}
    stand_ins = [(_Data, name) for name in INERT if name.split(".")[0] not in own]
    try:
        with torch.serialization.safe_globals(stand_ins), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's remarks on old pickles are nothing a user can act on
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)
    except OSError:
        raise
    except Exception as error:  # torch raises whatever comes; the file is refused whatever it was
        reason = _reason(error)
        raise refuse(
            f"is refused by torch.load(weights_only=True): {reason}",
            f"torch.load(weights_only=True)가 거부했습니다: {reason}",
        ) from error
    return _plain(content, {})


def _reason(error: Exception) -> str:
    """The first sentence of what torch says, without its advice to load the file without protection."""
    said = str(error).rpartition("WeightsUnpickler error:")[2].strip() or type(error).__name__
    return said.split("\n")[0].split(". ")[0][:200]


def _plain(value: Any, seen: dict[int, Any], depth: int = 0) -> Any:
    """The same structure with `Tensor` for torch's tensors, and dicts for its dicts.

    A dict that hangs in several places is walked through once: shared ones can be nested to 2⁶⁰ paths.
    """
    import torch

    if isinstance(value, torch.Tensor):
        return _tensor(value)
    if not isinstance(value, dict) or depth > _limits.MAX_DEPTH:
        return value
    if id(value) not in seen:
        seen[id(value)] = {}
        seen[id(value)].update((key, _plain(inner, seen, depth + 1)) for key, inner in value.items())
    return seen[id(value)]


def _tensor(value: Any) -> Tensor:
    import torch

    def read() -> NDArray:
        plain = value.detach()
        if plain.dtype in (torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2):
            plain = plain.float()
        return plain.contiguous().numpy().copy()

    return Tensor(str(value.dtype).removeprefix("torch."), tuple(value.shape), read)
