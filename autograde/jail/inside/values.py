"""Values that go over the wire, and the arrays that both sides know by number.

A value becomes JSON; an array in it is named by its number in the heap, and keeps its identity.
Only numeric types are known, and every size has a limit.
"""

from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

LARGEST_BODY = 64 * 2**20
"""Bytes: what a check makes of an answer is a few times larger, and there are many answers."""

LARGEST_HELD = 256 * 2**20
"""Bytes of all arrays that one side keeps for the other."""

MOST_ARRAYS = 4096
DEEPEST = 24
MOST_VALUES = 200_000
LARGEST_INT = 2**63

_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_OTHERS = ("bool", "float16", "float32", "float64", "complex64", "complex128")
DTYPES = {np.dtype(name).str: np.dtype(name) for name in (*_INTEGERS, *_OTHERS)}
KNOWN = frozenset(DTYPES.values())


class WireError(Exception):
    """The other side sent what no honest one sends, or something that may not be sent."""


@dataclass(frozen=True)
class Opaque:
    """Stands for a value that is no number, array, text or collection of those."""

    kind: str
    text: str

    def __repr__(self) -> str:
        return self.text


class Heap:
    """The arrays that both sides know, by number; each side's own numbers have a sign.

    Parameters
    ----------
    sign : int
        1 for the judge, -1 for the jail: what each side gives the numbers of.
    """

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.count = 0
        self.arrays: dict[int, np.ndarray[Any, Any]] = {}
        self.numbers: dict[int, int] = {}
        self.contents: dict[int, Contents] = {}
        self.used: set[int] = set()
        self.recent: set[int] = set()
        self.current: set[int] = set()

    def number_of(self, array: np.ndarray[Any, Any]) -> int:
        """The number of `array`, a new one if it was never sent."""
        number = self.numbers.get(id(array))
        if number is None:
            self.count += 1
            number = self.sign * self.count
            self.keep(number, array, UNKNOWN)
        self.used.add(number)
        self.recent.add(number)
        return number

    def keep(self, number: int, array: np.ndarray[Any, Any], contents: Contents) -> None:
        """Remember `array` under a number, and what the other side has of it."""
        self.arrays[number] = array
        self.numbers[id(array)] = number
        self.contents[number] = contents

    def forget(self, number: int) -> None:
        """Let go of an array; if it is sent again, it counts as a new one."""
        array = self.arrays.pop(number)
        self.contents.pop(number)
        self.numbers.pop(id(array), None)

    def held(self) -> int:
        """How many bytes the other side's arrays have."""
        return sum(each.nbytes for n, each in self.arrays.items() if n * self.sign < 0)

    def idle(self, *, amid: bool = False) -> list[int]:
        """The arrays that nothing here holds but the heap, and that are not on their way.

        With `amid` only those that were packed or unpacked since the last look at all of them.

        In the jail none of the judge's: it may give one again, and then it must be the same array,
        for a function that remembers by the address what it was given.
        """
        # Two references: the heap's, and the one that is being counted.
        return [
            n
            for n in (self.current if amid else self.arrays)
            if (self.sign > 0 or n < 0)
            and n not in self.used
            and sys.getrefcount(self.arrays[n]) == 2
        ]

    def changes(self, *, recent: bool = False, amid: bool = False) -> tuple[list[Any], list[bytes]]:
        """What the other side does not have: number, dtype and shape of each array, and bytes.

        From now on it counts as sent.

        Parameters
        ----------
        recent : bool
            Whether to look only at arrays that were packed or unpacked since the last look.
        amid : bool
            Whether to look only at those packed or unpacked since the last look at all: what
            earlier calls were given has its turn when this one has ended.
        """
        heads, blobs = [], []
        known, new = self.contents, self.recent & self.arrays.keys()
        self.recent.clear()
        self.current = new | (self.current & self.arrays.keys() if amid or recent else set())
        for number in new if recent else self.current.copy() if amid else list(self.arrays):
            array = self.arrays[number]
            data = array.tobytes()
            now = contents_of(array, data)
            if now != known[number]:
                known[number] = now
                heads.append([number, array.dtype.str, array.shape])
                blobs.append(data)
        return heads, blobs


Contents = tuple[tuple[int, ...] | None, np.dtype[Any] | None, bytes]
"""Shape, dtype and bytes of an array; of a large one a digest of them."""

UNKNOWN: Contents = (None, None, b"")
SHORT = 4096


def contents_of(array: np.ndarray[Any, Any], data: bytes) -> Contents:
    """Return what tells whether an array has changed."""
    if len(data) > SHORT:
        data = hashlib.blake2b(data, digest_size=16).digest()
    return array.shape, array.dtype, data


class Packer:
    """Turns one value, or a few, into JSON and arrays.

    Parameters
    ----------
    heap : Heap
    functions : callable, optional
        What to send for a callable: its number. Without it a callable is opaque.
    take_apart : callable, optional
        ``take_apart(value)`` returns a kind and a mapping for an object that the other
        side can build, None for any other.
    """

    def __init__(
        self,
        heap: Heap,
        functions: Callable[[Any], int] | None = None,
        take_apart: Callable[[Any], tuple[str, dict[str, Any]] | None] | None = None,
    ) -> None:
        self.heap = heap
        self.functions = functions
        self.take_apart = take_apart
        self.seen = 0
        self.text = 0

    @property
    def length(self) -> int:
        """About how many characters there are of what was packed."""
        return self.text + 20 * self.seen

    def pack(self, value: Any, depth: int = 0) -> Any:
        """Return `value` as JSON can hold it; arrays by their number in the heap."""
        self.seen += 1
        if depth > DEEPEST or self.seen > MOST_VALUES:
            raise WireError("the value has too many parts")
        kind = type(value)
        if kind is np.ndarray:  # nearly everything that is sent
            return self._array(value)
        if kind is tuple or kind is list:
            letter = "t" if kind is tuple else "l"
            return {letter: [self.pack(part, depth + 1) for part in value]}
        if value is None or value is True or value is False:
            return value
        if kind is str:
            self.text += len(value)
            return value
        if kind is int:
            if abs(value) >= LARGEST_INT:
                return {"o": ["int", f"a whole number of {value.bit_length()} bits"]}
            return value
        if kind is float:
            return {"f": value.hex() if math.isfinite(value) else repr(value)}
        if kind is complex:
            return {"c": [self.pack(value.real), self.pack(value.imag)]}
        if isinstance(value, np.generic):
            return self._scalar(value)
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, list | tuple):
            return {type_letter(value): [self.pack(part, depth + 1) for part in value]}
        if kind is set:
            return {"s": [self.pack(part, depth + 1) for part in value]}
        if isinstance(value, dict) and all(type(key) is str for key in value):
            return {"d": {key: self.pack(part, depth + 1) for key, part in value.items()}}
        parts = self.take_apart(value) if self.take_apart is not None else None
        if parts is not None:
            return {"k": [parts[0], {n: self.pack(v, depth + 1) for n, v in parts[1].items()}]}
        if self.functions is not None and callable(value):
            return {"call": self.functions(value)}
        return {"o": [type(value).__name__[:80], _short(value)]}

    def _scalar(self, value: np.generic) -> Any:
        array = np.asarray(value)
        if array.dtype.str not in DTYPES:
            if array.dtype.kind in "fc":  # a long double
                array = array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)
            else:
                return {"o": [type(value).__name__, _short(value)]}
        return {"n": [array.dtype.str, array.tobytes().hex()]}

    def _array(self, value: np.ndarray[Any, Any]) -> Any:
        if type(value) is not np.ndarray:
            value = np.asarray(value)
        if value.dtype not in KNOWN:
            if value.dtype.kind == "f":
                value = value.astype(np.float64)
            elif value.dtype.kind == "c":
                value = value.astype(np.complex128)
            elif value.dtype.kind == "O" and value.size <= 10_000:
                return {"objects": [list(value.shape), [self.pack(x, 1) for x in value.flat]]}
            else:
                return {"o": ["ndarray", f"an array of dtype {value.dtype}"]}
        return {"a": self.heap.number_of(value)}


def type_letter(value: list[Any] | tuple[Any, ...]) -> str:
    """Tell lists from tuples."""
    return "t" if isinstance(value, tuple) else "l"


def _short(value: Any) -> str:
    try:
        return repr(value)[:200]
    except Exception:  # a class's own repr may do anything
        return f"a {type(value).__name__}"


class Unpacker:
    """Turns JSON from the other side into values.

    Parameters
    ----------
    heap : Heap
    functions : callable, optional
        Makes a callable of a number. Without it a callable is refused.
    build : callable, optional
        ``build(kind, parts)`` makes an object. Without it an object is refused.
    """

    def __init__(
        self,
        heap: Heap,
        functions: Callable[[int], Any] | None = None,
        build: Callable[[str, dict[str, Any]], Any] | None = None,
    ) -> None:
        self.heap = heap
        self.functions = functions
        self.build = build
        self.seen = 0
        self.size = 0

    def unpack(self, tree: Any, depth: int = 0) -> Any:
        """Return the value that `tree` stands for."""
        self.seen += 1
        if depth > DEEPEST or self.seen > MOST_VALUES:
            raise WireError("a value with too many parts")
        if type(tree) is not dict:
            if tree is None or isinstance(tree, bool | str):
                return tree
            if isinstance(tree, int):
                if abs(tree) >= LARGEST_INT:
                    raise WireError("a whole number that is too large")
                return tree
            raise WireError("a value of no known form")
        if len(tree) != 1:
            raise WireError("a value of no known form")
        ((kind, held),) = tree.items()
        try:
            return self._one(kind, held, depth)
        except (ValueError, TypeError, KeyError, OverflowError, AttributeError) as error:
            raise WireError(f"a malformed value of kind {kind[:20]!r}") from error

    def _one(self, kind: str, held: Any, depth: int) -> Any:
        if kind == "a":
            array = self.heap.arrays[a_whole(held)]
            self.heap.recent.add(held)
            # A list may hold one array many times, and whoever stacks it makes copies.
            self.size += array.nbytes
            if self.size > LARGEST_BODY:
                raise WireError("arrays that are too large together")
            return array
        if kind == "f":
            return _float(held)
        if kind == "c":
            real, imag = held
            return complex(_float(real["f"]), _float(imag["f"]))
        if kind == "n":
            name, data = held
            return np.frombuffer(bytes.fromhex(data), dtype=DTYPES[name], count=1)[0]
        if kind in ("l", "t"):
            parts = [self.unpack(part, depth + 1) for part in a_list(held)]
            return tuple(parts) if kind == "t" else parts
        if kind == "s":
            return {self.unpack(part, depth + 1) for part in a_list(held)}
        if kind == "d":
            if not isinstance(held, dict):
                raise WireError("a mapping of no known form")
            return {key: self.unpack(part, depth + 1) for key, part in held.items()}
        if kind == "objects":
            shape, parts = held
            values = [self.unpack(part, depth + 1) for part in a_list(parts)]
            array = np.empty(len(values), dtype=object)
            array[:] = values
            return array.reshape([a_whole(size) for size in a_list(shape)])
        if kind == "call" and self.functions is not None:
            return self.functions(a_whole(held))
        if kind == "k" and self.build is not None:
            name, parts = held
            return self.build(name, {n: self.unpack(v, depth + 1) for n, v in parts.items()})
        if kind == "o":
            name, text = held
            if not (isinstance(name, str) and isinstance(text, str)):
                raise WireError("an opaque value of no known form")
            return Opaque(name[:80], text[:200])
        raise WireError(f"a value of the unknown kind {kind[:20]!r}")


def _float(text: Any) -> float:
    if not isinstance(text, str) or len(text) > 40:
        raise WireError("a number of no known form")
    return float(text) if text in ("nan", "inf", "-inf") else float.fromhex(text)


def a_whole(value: Any) -> int:
    """Return what must be a whole number."""
    if type(value) is not int:
        raise WireError("a whole number was expected")
    return value


def a_list(value: Any) -> list[Any]:
    """Return what must be a list."""
    if not isinstance(value, list):
        raise WireError("a list was expected")
    return value
