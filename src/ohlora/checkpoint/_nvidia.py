"""Reads NVIDIA's StyleGAN2-ADA and StyleGAN3 `.pkl`: modules become tensors by name and their settings, nothing runs.

The layout (NVlabs/stylegan2-ada-pytorch, `torch_utils/persistence.py`): a dict with `G`, `D`, `G_ema`, each a
persistent object whose state is the `__dict__` of a `torch.nn.Module`: `_parameters`, `_buffers`, `_modules`, plain
attributes, and `_init_args`/`_init_kwargs` of the constructor.
"""

from pathlib import Path
from typing import Any, BinaryIO

from ohlora.checkpoint import _limits
from ohlora.checkpoint._pickle import Call
from ohlora.checkpoint._refusal import refuse
from ohlora.checkpoint._tensor import Tensor, decode
from ohlora.checkpoint._torch_pickle import Module, TorchPolicy, View

Attributes = dict[str, dict[str, Any]]
_KINDS = ("_parameters", "_buffers", "_modules")
_LONGEST_VALUE = 64


def read_nvidia(path: Path, stream: BinaryIO, size: int) -> Any:
    """The object in a plain pickle; tensors as `Tensor`, modules as (class name, tensors by name, attributes by module).

    Raises:
        InputError: it asks for a name that is no data, or is damaged.
    """
    content = TorchPolicy(nvidia=True).reader(stream, size).load()
    if stream.read(1):
        raise refuse("goes on after the end of its pickle", "피클이 끝난 뒤에 다른 내용이 이어집니다")
    return _plain(content, {})


class Network:
    """One network of the file.

    Attributes:
        class_name: as it was when pickled ("Generator").
        tensors: by the name it has in a state dict.
        attributes: plain values by the name of the module that held them ("" for the network itself).
        arguments: what its constructor was called with.
    """

    def __init__(self, module: Module) -> None:
        self.class_name = module.class_name
        self.tensors: dict[str, Tensor] = {}
        self.attributes: Attributes = {}
        self._left = _limits.MAX_TENSORS
        self._walk(module.state, "", 0)
        keywords = module.state.get("_init_kwargs")
        self.arguments = _values(keywords) if isinstance(keywords, dict) else {}

    def _walk(self, state: dict[str, Any], prefix: str, depth: int) -> None:
        # A module that hangs in many places is walked through at each: bounded, for they can be nested to 2⁶⁰.
        self._left -= len(state) + sum(len(_entries(state, kind)) for kind in _KINDS)
        if depth > _limits.MAX_DEPTH or self._left < 0:
            raise refuse("nests its modules without end", "모듈이 끝없이 겹쳐 있습니다")
        self.attributes[prefix.rstrip(".")] = _values(state)
        skipped = state.get("_non_persistent_buffers_set")
        skipped = skipped if isinstance(skipped, list) else []
        for kind in _KINDS[:2]:
            for name, value in _entries(state, kind):
                if isinstance(value, View) and name not in skipped:
                    self.tensors[_joined(prefix, name)] = value.tensor()
        for name, value in _entries(state, "_modules"):
            inner = _state_of(value)
            if inner is not None:
                self._walk(inner, f"{_joined(prefix, name)}.", depth + 1)


def _joined(prefix: str, name: Any) -> str:
    """The name of a tensor or module in its network."""
    text = name if isinstance(name, str) else str(name)[:20]
    if len(prefix) + len(text) > _limits.MAX_NAME:
        raise refuse(
            f"gives a tensor a name of over {_limits.MAX_NAME} characters",
            f"텐서 이름이 {_limits.MAX_NAME}자를 넘습니다",
        )
    return prefix + text


def _entries(state: dict[str, Any], kind: str) -> list[tuple[str, Any]]:
    entries = state.get(kind)
    return list(entries.items()) if isinstance(entries, dict) else []


def _state_of(value: Any) -> dict[str, Any] | None:
    """The `__dict__` of a module, NVIDIA's or torch's own."""
    state = value.state if isinstance(value, Module | Call) else None
    return state if isinstance(state, dict) else None


def _values(state: dict[str, Any]) -> dict[str, Any]:
    """The plain values of a module's `__dict__`; numpy scalars as numbers."""
    values: dict[str, Any] = {}
    for name, value in state.items():
        number = _number(value)
        if isinstance(number, int | float | str | bool | type(None)):
            values[str(name)] = number
        elif not isinstance(number, list | tuple | dict) or len(number) > _LONGEST_VALUE:
            continue
        elif not isinstance(number, dict):
            values[str(name)] = [n for n in number if isinstance(n, int | float | str)]
        elif str(name).endswith("kwargs"):
            values[str(name)] = {str(k): v for k, v in number.items() if isinstance(v, int | float | str | bool | list)}
    return values


def _number(value: Any) -> Any:
    """`numpy.core.multiarray.scalar(dtype, bytes)` as the number it is."""
    if not isinstance(value, Call) or not value.name.endswith("multiarray.scalar") or len(value.args) != 2:
        return value
    dtype, data = value.args
    kinds = {"f8": "float64", "f4": "float32", "i8": "int64", "i4": "int32", "b1": "bool"}
    kind = kinds.get(str(dtype.args[0])) if isinstance(dtype, Call) and dtype.args else None
    if kind is None or not isinstance(data, bytes):
        return value
    return decode(data, kind)[0].item()


def _plain(value: Any, seen: dict[int, Any], depth: int = 0) -> Any:
    if isinstance(value, View):
        return value.tensor()
    if isinstance(value, Module):
        if id(value) not in seen:
            seen[id(value)] = Network(value)
        return seen[id(value)]
    if not isinstance(value, dict) or depth > _limits.MAX_DEPTH:
        return value
    if id(value) not in seen:
        seen[id(value)] = {}
        seen[id(value)].update((key, _plain(inner, seen, depth + 1)) for key, inner in value.items())
    return seen[id(value)]
