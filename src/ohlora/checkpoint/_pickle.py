"""Reads a pickle without running it: what it would call is written down, never called.

Python's own unpickler calls whatever a file names, and even a well-behaved file can make it allocate or hash without
end. Here `pickletools` decodes the operations and a small stack machine builds plain dicts, lists, numbers and
`Call` records. Dictionary keys must be plain values (the hash of nested tuples takes exponential time), nothing is
copied, and the number of operations is bounded; so reading takes time and memory linear in the file.
Knows nothing of tensors: `_torch_pickle` gives the records their meaning.
"""

import pickletools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ohlora.checkpoint import _limits
from ohlora.checkpoint._refusal import refuse


@dataclass(eq=False)
class Global:
    """A name the pickle asks for: `module.name`. It is never looked up."""

    name: str


@dataclass(eq=False)
class Call:
    """A call the pickle asks for: recorded, never made. `state` and `items` are what it would be filled with."""

    name: str
    args: tuple
    state: Any = None
    items: list = field(default_factory=list)


class _Bounded:
    """A stream that refuses to allocate for bytes it does not have."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream, self._size = stream, size

    def read(self, count: int) -> bytes:
        if count > self._size - self._stream.tell():
            raise EOFError
        return self._stream.read(count)

    def readline(self) -> bytes:
        return self._stream.readline(_LONGEST_LINE)


class _Mark:
    pass


_LONGEST_LINE = 65_536


_MARK = _Mark()
_PLAIN = (str, int, float, bytes, bool, type(None))
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_VALUES = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
}
_EMPTY: dict[str, Callable[[], Any]] = {
    "EMPTY_TUPLE": tuple,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_SET": list,
}


class Reader:
    """Reads one pickle after another from a stream.

    Args:
        stream: positioned at the first operation.
        size: where the stream ends; longer strings are refused before they are read.
        allowed: given a name the pickle asks for, raises where it is not data.
        call: given the name and arguments of a call, returns what stands for its result (a `Call`, or plain data).
            It must neither copy nor run anything.
        persistent: given the id of a persistent object, returns what stands for it.
    """

    def __init__(
        self,
        stream: BinaryIO,
        size: int,
        allowed: Callable[[str], None],
        call: Callable[[str, tuple], Any],
        persistent: Callable[[Any], Any],
    ) -> None:
        self._stream = _Bounded(stream, size)
        self._allowed, self._call, self._persistent = allowed, call, persistent
        self._left = _limits.MAX_PICKLE_OPERATIONS

    def load(self) -> Any:
        """Reads the next pickle.

        Raises:
            InputError: it asks for a name that is not data, or is damaged, or too long.
        """
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        try:
            for operation, argument, _ in self._operations():
                if operation == "STOP":
                    return self._stack.pop()
                self._run(operation, argument)
        except (IndexError, KeyError, ValueError, TypeError, EOFError, RecursionError, OverflowError, MemoryError) as e:
            raise _damaged() from e
        raise _damaged()

    def _operations(self) -> Iterator[tuple[str, Any, int | None]]:
        for code, argument, position in pickletools.genops(self._stream):  # type: ignore[arg-type]
            self._left -= 1
            if self._left < 0:
                raise refuse(
                    f"holds more than {_limits.MAX_PICKLE_OPERATIONS:,} pickle operations, far more than any network",
                    f"피클 명령이 {_limits.MAX_PICKLE_OPERATIONS:,}개를 넘어 신경망 파일로 볼 수 없습니다",
                )
            yield code.name, argument, position

    def _run(self, operation: str, argument: Any) -> None:
        push = self._stack.append
        if operation in _VALUES:
            push(argument)
        elif operation in _CONSTANTS:
            push(_CONSTANTS[operation])
        elif operation in _EMPTY:
            push(_EMPTY[operation]())
        elif operation in ("PROTO", "FRAME"):
            pass
        elif operation == "MARK":
            push(_MARK)
        elif operation in ("PUT", "BINPUT", "LONG_BINPUT"):
            self._memo[argument] = self._stack[-1]
        elif operation == "MEMOIZE":
            self._memo[len(self._memo)] = self._stack[-1]
        elif operation in ("GET", "BINGET", "LONG_BINGET"):
            push(self._memo[argument])
        else:
            self._run_structure(operation, argument)

    def _run_structure(self, operation: str, argument: Any) -> None:
        stack = self._stack
        if operation in ("TUPLE1", "TUPLE2", "TUPLE3"):
            count = int(operation[-1])
            parts = tuple(stack[-count:])
            if len(parts) < count or _MARK in parts:
                raise IndexError
            stack[-count:] = [parts]
        elif operation == "TUPLE":
            stack.append(tuple(self._since_mark()))
        elif operation in ("LIST", "FROZENSET"):
            stack.append(self._since_mark())
        elif operation == "DICT":
            stack.append(self._fill({}, self._since_mark()))
        elif operation == "APPEND":
            item = stack.pop()
            self._extend(stack[-1], [item])
        elif operation in ("APPENDS", "ADDITEMS"):
            items = self._since_mark()
            self._extend(stack[-1], items)
        elif operation == "SETITEM":
            value, key = stack.pop(), stack.pop()
            self._fill(stack[-1], [key, value])
        elif operation == "SETITEMS":
            pairs = self._since_mark()
            self._fill(stack[-1], pairs)
        elif operation == "POP":
            stack.pop()
        elif operation == "POP_MARK":
            self._since_mark()
        elif operation == "DUP":
            stack.append(stack[-1])
        else:
            self._run_object(operation, argument)

    def _run_object(self, operation: str, argument: Any) -> None:
        stack = self._stack
        if operation == "GLOBAL":
            stack.append(self._global(*argument.split(" ", 1)))
        elif operation == "STACK_GLOBAL":
            name, module = stack.pop(), stack.pop()
            stack.append(self._global(module, name))
        elif operation == "INST":
            function = self._global(*argument.split(" ", 1))
            stack.append(self._make(function, tuple(self._since_mark())))
        elif operation == "OBJ":
            function, *arguments = self._since_mark()
            stack.append(self._make(function, tuple(arguments)))
        elif operation in ("REDUCE", "NEWOBJ"):
            args, function = stack.pop(), stack.pop()
            stack.append(self._make(function, args))
        elif operation == "NEWOBJ_EX":
            keywords, args, function = stack.pop(), stack.pop(), stack.pop()
            if keywords:
                raise ValueError
            stack.append(self._make(function, args))
        elif operation == "BUILD":
            state = stack.pop()
            if isinstance(stack[-1], Call):
                stack[-1].state = state
            elif not isinstance(stack[-1], dict):  # a state dict's `_metadata` is set this way: of no use here
                raise ValueError
        elif operation == "BINPERSID":
            stack.append(self._persistent(stack.pop()))
        elif operation == "PERSID":
            stack.append(self._persistent(argument))
        else:
            raise refuse(
                f"uses the pickle operation {operation}, which no weight file needs; it was not run",
                f"가중치 파일에 쓰이지 않는 피클 명령 {operation}이(가) 들어 있어 실행하지 않았습니다",
            )

    def _since_mark(self) -> list[Any]:
        for index in range(len(self._stack) - 1, -1, -1):
            if self._stack[index] is _MARK:
                items = self._stack[index + 1 :]
                del self._stack[index:]
                return items
        raise IndexError

    @staticmethod
    def _extend(target: Any, items: list[Any]) -> None:
        if isinstance(target, Call):
            target.items.extend(items)
        elif isinstance(target, list):
            target.extend(items)
        else:
            raise ValueError

    @staticmethod
    def _fill(target: Any, flat: list[Any]) -> Any:
        if isinstance(target, Call):
            target.items.extend(flat)
            return target
        if not isinstance(target, dict) or len(flat) % 2:
            raise ValueError
        for key, value in zip(flat[::2], flat[1::2], strict=True):
            plain = isinstance(key, _PLAIN) or (isinstance(key, tuple) and all(isinstance(k, _PLAIN) for k in key))
            if not plain:
                raise ValueError
            if isinstance(key, str) and key in target:
                raise refuse(f"names `{key[:200]}` twice", f"`{key[:200]}`이(가) 두 번 나옵니다")
            target[key] = value
        return target

    def _global(self, module: Any, name: Any) -> Global:
        if not isinstance(module, str) or not isinstance(name, str):
            raise ValueError
        # Protocols up to 2 name Python 2's module of built-ins.
        full = f"{'builtins' if module == '__builtin__' else module}.{name}"
        self._allowed(full)
        return Global(full)

    def _make(self, function: Any, args: Any) -> Any:
        if not isinstance(function, Global) or not isinstance(args, tuple):
            raise ValueError
        return self._call(function.name, args)


def _damaged() -> Exception:
    return refuse(
        "is cut off or damaged in its pickle; fetch it again",
        "피클 부분이 잘렸거나 손상되었습니다. 다시 받아 주세요",
    )
