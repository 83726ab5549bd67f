"""What the calls recorded in a torch or NVIDIA pickle mean: storages, tensors, parameters, modules; all inert.

Facts about the formats come from PyTorch's `torch/serialization.py` and `torch/_utils.py`, and from NVIDIA's
`torch_utils/persistence.py`: a persistent object is `_reconstruct_persistent_obj(meta)`, where `meta` holds Python
source (`module_src`), the class name and the object's `__dict__` (`state`). The source is never compiled.
"""

import io
import math
import re
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from ohlora.checkpoint import _limits
from ohlora.checkpoint._pickle import Call, Global, Reader
from ohlora.checkpoint._refusal import refuse
from ohlora.checkpoint._tensor import ITEM_BYTES, Tensor, decode

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001

_STORAGES = {
    "Double": "float64",
    "Float": "float32",
    "Half": "float16",
    "BFloat16": "bfloat16",
    "Long": "int64",
    "Int": "int32",
    "Short": "int16",
    "Char": "int8",
    "Byte": "uint8",
    "Bool": "bool",
    "ComplexFloat": "complex64",
    "ComplexDouble": "complex128",
}
STORAGE_TYPES = {f"torch.{short}Storage": dtype for short, dtype in _STORAGES.items()} | {
    "torch.storage.UntypedStorage": "uint8",
    "torch.UntypedStorage": "uint8",
}

_DICTS = {
    "collections.OrderedDict",
    "collections.defaultdict",
    "builtins.dict",
    "dnnlib.util.EasyDict",
    "dnnlib.EasyDict",
    "pytorch_lightning.utilities.parsing.AttributeDict",
    "lightning_fabric.utilities.data.AttributeDict",
    "lightning.fabric.utilities.data.AttributeDict",
}
_DTYPES = {f"torch.{dtype}" for dtype in ITEM_BYTES}
_TENSORS = {
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_tensor_v3",
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
    "torch._tensor._rebuild_from_type_v2",
}
# Plain data that training scripts leave beside the weights.
INERT = {
    "argparse.Namespace",
    "torch.Size",
    "torch.device",
    "torch.Tensor",
    "torch.nn.parameter.Parameter",
    "builtins.set",
    "builtins.frozenset",
    "builtins.bytearray",
    "builtins.object",
    "builtins.complex",
    "builtins.list",
    "builtins.int",
    "builtins.float",
    "builtins.str",
    "builtins.bool",
    "builtins.slice",
    "_codecs.encode",
    "numpy.dtype",
    "numpy.ndarray",
    *(f"numpy.{core}.multiarray.{name}" for core in ("core", "_core") for name in ("scalar", "_reconstruct")),
    *(f"numpy.{core}.numeric._frombuffer" for core in ("core", "_core")),
    "copyreg._reconstructor",
    "copy_reg._reconstructor",
}
_PERSISTENT = "torch_utils.persistence._reconstruct_persistent_obj"
_STORAGE_FROM_BYTES = "torch.storage._load_from_bytes"
_NVIDIA = {_PERSISTENT, _STORAGE_FROM_BYTES}
_TORCH_MODULE = re.compile(
    r"torch\.nn\.modules\.[a-z_]+\.[A-Z][A-Za-z0-9]*"
)  # a class of torch's own; kept as plain data


@dataclass(eq=False)
class Storage:
    """A run of numbers of one type. `data` is there where the file is a plain pickle, else torch holds it."""

    dtype: str
    key: str
    numel: int
    data: memoryview | None = None

    @property
    def nbytes(self) -> int:
        return self.numel * ITEM_BYTES[self.dtype]


@dataclass(eq=False)
class View:
    """A tensor as the pickle describes it: a view of a storage, checked to lie inside."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    dtype: str

    def tensor(self) -> Tensor:
        """The same as a `Tensor`; only where the storage's bytes are at hand."""
        return Tensor(self.dtype, self.shape, self._read)

    def _read(self) -> NDArray:
        if self.storage.data is None:
            raise refuse("keeps a storage outside the file", "저장소가 파일 안에 없습니다")
        size = ITEM_BYTES[self.dtype]
        data = self.storage.data[self.offset * size :]
        flat = decode(data[: len(data) // size * size], self.dtype)
        if self.numel == 0:
            return np.zeros(self.shape, flat.dtype)
        strides = tuple(step * flat.itemsize for step in self.stride)
        return np.array(as_strided(flat, self.shape, strides, writeable=False), order="C")

    @property
    def numel(self) -> int:
        return math.prod(self.shape)


@dataclass(eq=False)
class Module:
    """An object of NVIDIA's pickle: its class's name and its `__dict__`, as plain data."""

    class_name: str
    state: dict[str, Any]


class TorchPolicy:
    """The names a torch file may ask for and what stands for their results.

    Args:
        nvidia: also accept NVIDIA's persistent objects and storages kept as bytes inside the pickle.
    """

    def __init__(self, nvidia: bool) -> None:
        self.nvidia = nvidia
        self.storages: dict[str, Storage] = {}
        self._budget = 0  # bytes and entries that may be copied: a string can be passed a million times

    def reader(self, stream: BinaryIO, size: int) -> Reader:
        """A pickle reader that follows this policy."""
        self._budget = size * _limits.MAX_EXPANSION
        return Reader(stream, size, self.allowed, self.call, self.persistent)

    def allowed(self, name: str) -> None:
        """Raises InputError where `name` is not data."""
        known = name in _DICTS or name in _TENSORS or name in INERT or name in STORAGE_TYPES or name in _DTYPES
        if known or (self.nvidia and (name in _NVIDIA or _TORCH_MODULE.fullmatch(name))):
            return
        if name.startswith("dnnlib.tflib"):
            raise refuse(
                f"asks for `{name}`: it is a TensorFlow pickle; convert it to PyTorch with NVIDIA's legacy.py first",
                f"`{name}`을(를) 요구하는 TensorFlow 피클입니다. NVIDIA의 legacy.py로 PyTorch 형식으로 바꿔 주세요",
            )
        raise refuse(
            f"asks for `{name}`, which is no data, so nothing of it was read or run;"
            " save the plain state dict again (torch.save(model.state_dict(), …))",
            f"데이터가 아닌 `{name}`을(를) 요구하여, 읽거나 실행하지 않았습니다."
            " state dict만 다시 저장해 주세요(torch.save(model.state_dict(), …))",
        )

    def persistent(self, pid: Any) -> Storage:
        """The storage a persistent id of torch stands for: ("storage", type, key, device, numel[, view])."""
        if not isinstance(pid, tuple) or len(pid) < 5 or pid[0] != "storage" or not isinstance(pid[1], Global):
            raise ValueError
        if pid[1].name not in STORAGE_TYPES or (len(pid) > 5 and pid[5] is not None):
            raise ValueError
        key, numel = str(pid[2]), pid[4]
        if type(numel) is not int or numel < 0:
            raise ValueError
        storage = self.storages.setdefault(key, Storage(STORAGE_TYPES[pid[1].name], key, numel))
        if (storage.dtype, storage.numel) != (STORAGE_TYPES[pid[1].name], numel):
            raise refuse(f"describes storage {key} in two ways", f"저장소 {key}을(를) 서로 다르게 설명합니다")
        return storage

    def call(self, name: str, args: tuple) -> Any:
        """What stands for the result of a call."""
        if name in _DICTS:
            return self._dict(args)
        if name in _TENSORS:
            return _view(name, args)
        if name in ("builtins.set", "builtins.frozenset"):
            return args[0] if args and isinstance(args[0], list) else []
        if name == "_codecs.encode":
            return self._bytes(args)
        if name == _STORAGE_FROM_BYTES and isinstance(args[0], bytes):
            self._spend(len(args[0]))  # the same bytes can be handed over again and again
            return _storage_of_bytes(args[0])
        if name == _PERSISTENT:
            return _module(args)
        return Call(name, args)

    def _spend(self, amount: int) -> None:
        self._budget -= amount
        if self._budget < 0:
            raise ValueError

    def _bytes(self, args: tuple) -> bytes:
        """Protocols up to 2 write bytes as a text and its encoding."""
        text, encoding = args
        if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
            raise ValueError
        self._spend(len(text))
        return text.encode("latin1")

    def _dict(self, args: tuple) -> dict:
        filled = [a for a in args if not isinstance(a, Global) and a != [] and a != {}]
        if not filled:
            return {}
        if len(filled) > 1 or not isinstance(filled[0], list):
            raise ValueError
        self._spend(len(filled[0]))
        return {key: value for key, value in filled[0] if isinstance(key, str)}


def _module(args: tuple) -> Module:
    meta = args[0]
    if not isinstance(meta, dict) or not isinstance(meta.get("state"), dict):
        raise ValueError
    return Module(str(meta.get("class_name")), meta["state"])


def _view(name: str, args: tuple) -> View:
    short = name.rsplit(".", 1)[1]
    if short.startswith("_rebuild_parameter"):
        if not isinstance(args[0], View):
            raise ValueError
        return args[0]
    if short == "_rebuild_from_type_v2":
        function, _, inner, _ = args
        if not isinstance(function, Global) or function.name not in _TENSORS or not isinstance(inner, tuple):
            raise ValueError
        if function.name == name:
            raise ValueError
        return _view(function.name, inner)
    storage, offset, shape, stride = args[:4]
    if not isinstance(storage, Storage):
        raise ValueError
    dtype = args[6].name.removeprefix("torch.") if short == "_rebuild_tensor_v3" else storage.dtype
    return _checked(View(storage, offset, _ints(shape), _ints(stride), dtype))


def _ints(value: Any) -> tuple[int, ...]:
    if isinstance(value, Call) and value.name == "torch.Size":
        value = value.args[0]
    if not isinstance(value, tuple | list) or len(value) > _limits.MAX_DIMENSIONS:
        raise ValueError
    if any(type(n) is not int or n < 0 for n in value):
        raise ValueError
    return tuple(value)


def _checked(view: View) -> View:
    if type(view.offset) is not int or view.offset < 0 or len(view.shape) != len(view.stride):
        raise ValueError
    last = view.offset + sum((n - 1) * step for n, step in zip(view.shape, view.stride, strict=True))
    if view.numel and (last + 1) * ITEM_BYTES[view.dtype] > view.storage.nbytes:
        raise refuse(
            f"describes a tensor of shape {view.shape} in a storage of {view.storage.nbytes:,} bytes",
            f"{view.storage.nbytes:,}바이트 저장소에 {view.shape} 모양의 텐서가 있다고 되어 있습니다",
        )
    return view


def read_legacy(data: BinaryIO, size: int, policy: TorchPolicy) -> tuple[Any, dict[str, Storage]]:
    """Reads torch's format from before 1.6: header pickles, the object, the keys, then the storages' raw bytes.

    Args:
        data: positioned at the start; size: where it ends.

    Returns:
        The object and its storages, each checked to be there in full and holding where its bytes lie.
    """
    reader = policy.reader(data, size)
    if reader.load() != LEGACY_MAGIC or reader.load() != _LEGACY_PROTOCOL:
        raise ValueError
    system = reader.load()
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise refuse("was saved on a big-endian computer", "빅 엔디언 컴퓨터에서 저장된 파일입니다")
    content, keys = reader.load(), reader.load()
    if not isinstance(keys, list) or not {str(k) for k in keys} <= set(policy.storages):
        raise ValueError
    for key in map(str, keys):
        storage = policy.storages[key]
        header = data.read(8)
        if len(header) < 8 or struct.unpack("<q", header)[0] != storage.numel:
            raise _cut_off(size)
        start = data.tell()
        if start + storage.nbytes > size:
            raise _cut_off(size)
        if isinstance(data, io.BytesIO):
            storage.data = data.getbuffer()[start : start + storage.nbytes]
        data.seek(start + storage.nbytes)
    return content, policy.storages


def _storage_of_bytes(data: bytes) -> Storage:
    content, _ = read_legacy(io.BytesIO(data), len(data), TorchPolicy(nvidia=False))
    if not isinstance(content, Storage) or content.data is None:
        raise ValueError
    return content


def _cut_off(size: int) -> Exception:
    return refuse(
        f"is cut off: its tensors need more than its {size:,} bytes; fetch it again",
        f"{size:,}바이트에서 잘렸습니다. 다시 받아 주세요",
    )
