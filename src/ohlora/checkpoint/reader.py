"""Reads a weight file: which format, which parts, which tensors; strictly, and without running any of it.

A file is one or several `Part`s: a training checkpoint holds a generator, its moving average, a discriminator,
optimisers. Knows nothing of architectures; `architectures` says what a part fits.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from ohlora.checkpoint import _limits
from ohlora.checkpoint._nvidia import Network, read_nvidia
from ohlora.checkpoint._refusal import naming, refuse, refuse_special
from ohlora.checkpoint._safetensors import read_safetensors
from ohlora.checkpoint._tensor import ITEM_BYTES, Tensor
from ohlora.checkpoint._torch_file import read_legacy_file, read_zip
from ohlora.checkpoint._torch_pickle import LEGACY_MAGIC
from ohlora.i18n import say
from ohlora.progress import bar

Format = Literal["safetensors", "torch-zip", "torch-legacy", "nvidia-pickle"]


@dataclass
class Part:
    """Tensors that stand together in a file.

    Attributes:
        path: where in the file, keys joined by dots; "" for the file itself.
        tensors: by name.
        attributes: of an NVIDIA pickle, plain values by module name; else empty.
        arguments: of an NVIDIA pickle, what the constructor was called with; else empty.
        class_name: of an NVIDIA pickle, else "".
    """

    path: str
    tensors: dict[str, Tensor]
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    class_name: str = ""

    def read(self, name: str) -> NDArray:
        """The numbers of one tensor, contiguous; bfloat16 as float32."""
        return self.tensors[name].read()


@dataclass
class WeightFile:
    """What a file holds. Tensors are read when asked for."""

    path: Path
    format: Format
    size: int
    sha256: str
    parts: list[Part]
    metadata: Mapping[str, str]


def read(path: Path) -> WeightFile:
    """Reads safetensors, `torch.save` files (zip and legacy) and NVIDIA's `.pkl`.

    Nothing embedded is executed; every claim about sizes is checked before memory is allocated.

    Raises:
        InputError: no such format, damaged, cut off, or it asks for more than data; one sentence says what and where.
        MissingError: a torch file, and torch is not installed.
    """
    with naming(path):
        refuse_special(path)
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            if size > _limits.MAX_FILE_BYTES:
                raise refuse(
                    f"holds {size:,} bytes, more than the {_limits.MAX_FILE_BYTES:,} a generator's file may have",
                    f"{size:,}바이트로, 생성기 파일의 한도 {_limits.MAX_FILE_BYTES:,}바이트를 넘습니다",
                )
            stream.seek(0)
            kind = _format(stream, size)
            content, metadata = _read(kind, path, stream, size)
            parts = _bounded(_parts(content, "", set()), size)
            return WeightFile(path, kind, size, _digest(path, size), parts, metadata)


def header(path: Path) -> dict[str, Tensor]:
    """Names, types and shapes of all tensors of a safetensors file or a `torch.save` file of any size.

    Neither their numbers are read nor a digest computed; every claim of the header is checked as in `read`.

    Raises:
        InputError: as `read`; also where an NVIDIA pickle is given.
        MissingError: a torch file, and torch is not installed.
    """
    with naming(path):
        refuse_special(path)
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(0)
            kind = _format(stream, size)
            if kind == "nvidia-pickle":
                raise refuse("is a pickle, which is not read here", "피클이라 여기서는 읽지 않습니다")
            content, _ = _read(kind, path, stream, size)
            parts = _bounded(_parts(content, "", set()), size)
            return {name: tensor for part in parts for name, tensor in part.tensors.items()}


def _digest(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream, bar(say("digest", "다이제스트"), size, "B") as progress:
        while block := stream.read(1 << 22):
            digest.update(block)
            progress.update(len(block))
    return digest.hexdigest()


def _read(kind: Format, path: Path, stream: BinaryIO, size: int) -> tuple[Any, Mapping[str, str]]:
    if kind == "safetensors":
        return read_safetensors(path, stream, size)
    if kind == "torch-zip":
        return read_zip(path, stream, size), {}
    if kind == "torch-legacy":
        return read_legacy_file(path, stream, size), {}
    return read_nvidia(path, stream, size), {}


def _format(stream: BinaryIO, size: int) -> Format:
    head = stream.read(512)
    stream.seek(0)
    if not head:
        raise refuse("is empty; fetch it again", "빈 파일입니다. 다시 받아 주세요")
    # First, for the length before a safetensors header may begin with any byte, a pickle's 0x80 among them.
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= size - 8:
        return "safetensors"
    if head.startswith(b"PK\x03\x04"):
        return "torch-zip"
    if head[:1] == b"\x80":
        magic = b"\x8a\x0a" + LEGACY_MAGIC.to_bytes(10, "little") + b"."
        return "torch-legacy" if head[2 : 2 + len(magic)] == magic else "nvidia-pickle"
    if head[8:9] == b"{" and size > 9:
        return "safetensors"
    raise _unknown(head)


def _unknown(head: bytes) -> Exception:
    if head.startswith(b"version https://git-lfs"):
        return refuse(
            "is a Git LFS pointer, not the weights; run `git lfs pull` where it came from",
            "가중치가 아니라 Git LFS 포인터입니다. 받은 곳에서 `git lfs pull`을 실행하세요",
        )
    if head.lstrip()[:5].lower() in (b"<!doc", b"<html"):
        return refuse(
            "is a web page, not weights; download the file itself", "웹 페이지입니다. 파일 자체를 내려받으세요"
        )
    if head[257:262] == b"ustar":
        return refuse(
            "is a tar archive; unpack it and name the weight file inside",
            "tar 묶음입니다. 풀어서 안의 가중치 파일을 지정하세요",
        )
    if head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf", b"Rar!")):
        return refuse(
            "is a compressed archive; unpack it and name the weight file inside",
            "압축 파일입니다. 풀어서 안의 가중치 파일을 지정하세요",
        )
    if all(byte >= 9 and byte != 127 for byte in head):
        return refuse("is a text file, not weights", "가중치가 아니라 텍스트 파일입니다")
    return refuse(
        f"is none of safetensors, a torch.save file (.pt, .pth) or NVIDIA's .pkl (it begins with {head[:4].hex(' ')})",
        f"safetensors, torch.save(.pt, .pth), NVIDIA .pkl 어느 것도 아닙니다(처음 바이트 {head[:4].hex(' ')})",
    )


def _parts(content: Any, path: str, seen: set[int], depth: int = 0) -> Iterator[Part]:
    if isinstance(content, Network):
        yield Part(path, content.tensors, content.attributes, content.arguments, content.class_name)
        return
    if not isinstance(content, dict) or id(content) in seen or depth > _limits.MAX_DEPTH:
        return
    seen.add(id(content))
    own = {str(key): value for key, value in content.items() if isinstance(value, Tensor)}
    if own:
        yield Part(path, own)
    for key, value in content.items():
        if isinstance(value, dict | Network):
            inner = f"{path}.{str(key)[: _limits.MAX_NAME + 1]}" if path else str(key)[: _limits.MAX_NAME + 1]
            if len(inner) > _limits.MAX_NAME:
                raise refuse(
                    f"names a part of itself with over {_limits.MAX_NAME} characters",
                    f"이름이 {_limits.MAX_NAME}자를 넘는 부분이 있습니다",
                )
            yield from _parts(value, inner, seen, depth + 1)


def _bounded(parts: Iterator[Part], size: int) -> list[Part]:
    """All parts, given up as soon as they add up to too much: one network can hang in a file a million times."""
    found, count, total = [], 0, 0
    for part in parts:
        for name, tensor in part.tensors.items():
            if len(name) > _limits.MAX_NAME or not (part.path + name).isprintable():
                raise refuse(
                    f"has a tensor whose name is no name ({name[:100]!r})",
                    f"이름으로 볼 수 없는 텐서 이름이 있습니다({name[:100]!r})",
                )
            if tensor.dtype not in ITEM_BYTES:
                raise refuse(
                    f"holds tensors of the type {tensor.dtype}, which is not read",
                    f"{tensor.dtype} 자료형은 읽지 않습니다",
                )
            total += tensor.nbytes
        found.append(part)
        count += len(part.tensors)
        if count > _limits.MAX_TENSORS or total > size * _limits.MAX_EXPANSION + _limits.EXPANSION_SLACK:
            raise refuse(
                f"holds {count:,} tensors or more that would unfold to {total:,} bytes out of {size:,}",
                f"{size:,}바이트 파일의 텐서 {count:,}개 이상이 {total:,}바이트로 불어납니다",
            )
    if not count:
        raise refuse("holds no tensors", "텐서가 하나도 없습니다")
    return found


def is_finite(values: NDArray) -> bool:
    """Whether no number is NaN or infinite; integers always are."""
    return values.dtype.kind not in "fc" or bool(np.isfinite(values).all())
