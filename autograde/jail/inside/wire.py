"""What goes between the judge and the jail: JSON and raw array bytes, nothing that is run.

A *frame* is a fixed head, a JSON text and the bytes of arrays. Both sides keep a
*heap* of the arrays that went over the wire: an array keeps its identity, and a
change made in place on one side is made on the other with the next frame. So a
proxy of a function shows what the function does to its arguments, and what it
keeps from call to call, as the function itself would.

Reading is strict, since the other side may be anybody: every size has a limit, only
numeric types are known, and what does not fit is a `WireError`.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import select
import struct
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.measure.memo import copied

MAGIC = b"BBH1"
HEAD = struct.Struct("<4sIQ")

LARGEST_TEXT = 8 * 2**20
LARGEST_BODY = 64 * 2**20
"""Bytes: what a check makes of an answer is a few times larger, and there are many answers."""

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


class Gone(Exception):
    """The other side closed the connection: it ended, or was ended."""


class Late(Exception):
    """The other side did not answer before the deadline."""


@dataclass(frozen=True)
class Opaque:
    """Stands for a value that is no number, array, text or collection of those."""

    kind: str
    text: str

    def __repr__(self) -> str:
        return self.text


# ------------------------------------------------------------------ values


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

    def idle(self) -> list[int]:
        """The arrays that nothing here holds but the heap, and that are not on their way.

        In the jail none of the judge's: it may give one again, and then it must be the same array,
        for a function that remembers by the address what it was given.
        """
        # Two references: the heap's, and the one that is being counted.
        return [
            n
            for n in self.arrays
            if (self.sign > 0 or n < 0)
            and n not in self.used
            and sys.getrefcount(self.arrays[n]) == 2
        ]

    def changes(self, *, recent: bool = False) -> tuple[list[Any], list[bytes]]:
        """What the other side does not have: number, dtype and shape of each array, and bytes.

        From now on it counts as sent.

        Parameters
        ----------
        recent : bool
            Whether to look only at arrays that were packed or unpacked since the last look.
        """
        heads, blobs = [], []
        known = self.contents
        numbers = [n for n in self.recent if n in self.arrays] if recent else list(self.arrays)
        self.recent.clear()
        for number in numbers:
            array = self.arrays[number]
            data = array.tobytes()
            now = _contents(array, data)
            if now != known[number]:
                known[number] = now
                heads.append([number, array.dtype.str, array.shape])
                blobs.append(data)
        return heads, blobs


Contents = tuple[tuple[int, ...] | None, np.dtype[Any] | None, bytes]
"""Shape, dtype and bytes of an array; of a large one a digest of them."""

UNKNOWN: Contents = (None, None, b"")
SHORT = 4096


def _contents(array: np.ndarray[Any, Any], data: bytes) -> Contents:
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
            array = self.heap.arrays[_whole(held)]
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
            parts = [self.unpack(part, depth + 1) for part in _list(held)]
            return tuple(parts) if kind == "t" else parts
        if kind == "s":
            return {self.unpack(part, depth + 1) for part in _list(held)}
        if kind == "d":
            if not isinstance(held, dict):
                raise WireError("a mapping of no known form")
            return {key: self.unpack(part, depth + 1) for key, part in held.items()}
        if kind == "objects":
            shape, parts = held
            values = [self.unpack(part, depth + 1) for part in _list(parts)]
            array = np.empty(len(values), dtype=object)
            array[:] = values
            return array.reshape([_whole(size) for size in _list(shape)])
        if kind == "call" and self.functions is not None:
            return self.functions(_whole(held))
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


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise WireError("a whole number was expected")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise WireError("a list was expected")
    return value


def without_surrogates(tree: Any) -> Any:
    """Return what JSON stands for without halves of characters, which no file can hold."""
    return json.loads(json.dumps(tree, ensure_ascii=False).encode("utf-8", "replace"))


# ------------------------------------------------------------------ frames

_as_json = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode


class Channel:
    """One end of a connection: sends and receives frames.

    Parameters
    ----------
    descriptor : int
        A connected stream socket.
    sign : int
        As for `Heap`.
    patient : bool
        Whether to wait for ever, whatever the deadlines: then nothing has to be asked first.
    """

    def __init__(self, descriptor: int, sign: int, *, patient: bool = False) -> None:
        self.descriptor = descriptor
        self.patient = patient
        self.heap = Heap(sign)
        self.received = 0
        self.ahead = bytearray()
        self.polls: dict[int, select.poll] = {}
        self.steps: Steps | None = None
        os.set_blocking(descriptor, patient)

    def close(self) -> None:
        """Close the connection; the other side reads its end."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def send(
        self,
        message: Mapping[str, Any],
        deadline: float | None = None,
        *,
        amid: bool = False,
        before: Sequence[bytes] = (),
    ) -> None:
        """Send `message`, made by a `Packer` on this heap, and every array that changed.

        Parameters
        ----------
        amid : bool
            Whether this is a question before the answer, or what answers it: what was packed for a
            message that is still to come is not dropped.
        before : sequence of bytes
            The arrays of the steps in `message`; see `Steps`.
        """
        self.settle()
        arrays, blobs = self.heap.changes()
        drop = self.heap.idle()
        for number in drop:
            self.heap.forget(number)
        if not amid:
            self.heap.used.clear()
        self._write({**message, "arrays": arrays, "drop": drop}, [*before, *blobs], deadline)

    def sign(self) -> None:
        """Tell the other side to go on waiting; no array goes with it."""
        self._write({"alive": True, "arrays": [], "drop": []}, [], None)

    def _write(
        self, message: Mapping[str, Any], blobs: Sequence[bytes], deadline: float | None
    ) -> None:
        text = _as_json(message).encode()
        size = sum(map(len, blobs))
        if len(text) > LARGEST_TEXT or size > LARGEST_BODY:
            raise WireError("the message is too large")
        data = memoryview(b"".join([HEAD.pack(MAGIC, len(text), size), text, *blobs]))
        while data:
            try:
                data = data[os.write(self.descriptor, data[: 2**20]) :]
            except BlockingIOError:
                self._wait(select.POLLOUT, deadline)
            except (BrokenPipeError, ConnectionResetError) as error:
                raise Gone from error

    def settle(self) -> None:
        """Take what is left of the last message's steps."""
        if self.steps is not None:
            self.steps.finish()

    def receive(self, deadline: float | None = None) -> dict[str, Any]:
        """Return the next message; its arrays are in the heap, but for those of its steps.

        Raises
        ------
        Gone, Late, WireError
        """
        self.settle()
        magic, length, size = HEAD.unpack(self._read(HEAD.size, deadline))
        if magic != MAGIC or length > LARGEST_TEXT or size > LARGEST_BODY:
            raise WireError("a frame with a wrong head")
        text, body = self._read(length, deadline), self._read(size, deadline)
        try:
            message = json.loads(text.decode("utf-8"))
            if b"\\u" in text and b"\\ud" in text.lower():
                message = without_surrogates(message)
            if not isinstance(message, dict):
                raise WireError("a frame that holds no message")
            last = message.pop("arrays"), message.pop("drop")
            self.steps = Steps(self, message.pop("steps", []), last, body)
            if not self.steps.left:
                self.settle()
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise WireError("a frame that cannot be read") from error
        return message

    def take(self, entries: Any, body: bytes, place: int) -> int:
        """Put arrays into the heap, whose bytes begin at `place`; return where they end."""
        heap = self.heap
        arrays, contents = heap.arrays, heap.contents
        for number, name, shape in _list(entries):
            dtype = DTYPES[name]
            length = dtype.itemsize
            for size in _list(shape):
                if type(size) is not int or size < 0:
                    raise WireError("an array of no possible shape")
                length *= size
            end = place + length
            if end > len(body) or len(shape) > 32:
                raise WireError("an array that is larger than its bytes")
            data = body[place:end]
            place = end
            sizes = tuple(shape)
            given: np.ndarray[Any, Any] = np.ndarray(sizes, dtype, data)
            now = _contents(given, data)
            known = arrays.get(_whole(number))
            if known is None:
                # Only the other side's own numbers: it cannot name what it was never given.
                if number * heap.sign >= 0:
                    raise WireError("an array with a number that is not its own")
                if len(arrays) >= MOST_ARRAYS:
                    raise WireError("too many arrays")
                heap.keep(number, given.copy(), now)
                continue
            if known.shape != sizes or known.dtype != dtype:
                raise WireError("an array that changed its shape")
            if known.flags.writeable:
                known[...] = given
                contents[number] = now
            else:
                contents[number] = _contents(known, known.tobytes())
        return place

    def _read(self, size: int, deadline: float | None) -> bytes:
        while len(self.ahead) < size:
            if not self.patient:  # the other side has hardly ever answered already
                self._wait(select.POLLIN, deadline)
            try:
                wanted = max(size - len(self.ahead), 65536)
                part = os.read(self.descriptor, min(wanted, 2**20))
            except BlockingIOError:
                continue
            except ConnectionResetError as error:
                raise Gone from error
            if not part:
                raise Gone
            self.ahead += part
        self.received += size
        data = bytes(self.ahead[:size])
        del self.ahead[:size]
        return data

    def _wait(self, event: int, deadline: float | None) -> None:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise Late
        poll = self.polls.get(event)
        if poll is None:
            poll = self.polls[event] = select.poll()
            poll.register(self.descriptor, event)
        if not poll.poll(None if left is None else 1000 * left):
            raise Late


class Steps:
    """Answers that came in one message, each with the arrays that had changed by then.

    What a call does to the arrays it was given, or returns, is seen as it was after that call, not
    after all of them. So the arrays of a step are taken when it is its turn, and those of the
    message itself after the last; it also has what calls did to the arrays of others.
    Who sends or receives something before that takes all that is left.

    Attributes
    ----------
    read : callable
        What a step comes to, called when its arrays are there.
    """

    def __init__(self, channel: Channel, steps: Any, last: tuple[Any, Any], body: bytes) -> None:
        self.channel = channel
        self.left = _list(steps)[::-1]
        self.last: tuple[Any, Any] | None = last
        self.body = body
        self.place = 0
        self.read: Callable[[dict[str, Any]], Any] = dict
        self.ready: list[Any] = []

    def each(self) -> Iterator[Any]:
        """Yield what each step comes to.

        Raises
        ------
        WireError
        """
        while self.left or self.ready:
            yield self.ready.pop(0) if self.ready else self._next()
        self.finish()

    def finish(self) -> None:
        """Take all that is left."""
        if self.last is None:
            return
        (arrays, drop), self.last = self.last, None
        while self.left:
            self.ready.append(copied(self._next()))  # before the next step changes it
        self._take(arrays)
        if self.place != len(self.body):
            raise WireError("bytes that belong to no array")
        heap = self.channel.heap
        for number in _list(drop):
            if _whole(number) not in heap.arrays:
                raise WireError("an array that is not there cannot be dropped")
            if number in heap.used and number * heap.sign > 0:
                heap.contents[number] = UNKNOWN  # a message to come names it: it goes with that
            else:
                heap.forget(number)

    def _next(self) -> Any:
        step = self.left.pop()
        if not isinstance(step, dict):
            raise WireError("a step of no known form")
        self._take(step.pop("arrays", None))
        return self.read(step)

    def _take(self, entries: Any) -> None:
        try:
            self.place = self.channel.take(entries, self.body, self.place)
        except (ValueError, KeyError, TypeError) as error:
            raise WireError("arrays that cannot be read") from error
