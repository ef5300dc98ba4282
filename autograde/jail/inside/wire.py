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

import json
import os
import select
import struct
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from course_utils.measure.memo import copied

from .values import (
    DTYPES,
    LARGEST_BODY,
    LARGEST_HELD,
    MOST_ARRAYS,
    UNKNOWN,
    Heap,
    WireError,
    a_list,
    a_whole,
    contents_of,
)

MAGIC = b"BBH1"
HEAD = struct.Struct("<4sIQ")
LARGEST_TEXT = 8 * 2**20
MOST_SIZES = 32


class Gone(Exception):
    """The other side closed the connection: it ended, or was ended."""


class Late(Exception):
    """The other side did not answer before the deadline."""


def without_surrogates(tree: Any) -> Any:
    """Return what JSON stands for without halves of characters, which no file can hold."""
    return json.loads(json.dumps(tree, ensure_ascii=False).encode("utf-8", "replace"))


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
    allow : callable, optional
        ``allow(size)`` is told how many bytes are about to come, and raises `WireError` if they
        are too many.
    """

    def __init__(
        self,
        descriptor: int,
        sign: int,
        *,
        patient: bool = False,
        allow: Callable[[int], None] | None = None,
    ) -> None:
        self.descriptor = descriptor
        self.patient = patient
        self.allow = allow
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
        keep: bool = False,
        before: Sequence[bytes] = (),
    ) -> None:
        """Send `message`, made by a `Packer` on this heap, and every array that changed.

        Parameters
        ----------
        amid : bool
            Whether this is a question before the answer, or what answers it: what was packed for a
            message that is still to come is not dropped.
        keep : bool
            Whether nothing is dropped: the other side has answers ready that may name anything.
        before : sequence of bytes
            The arrays of the steps in `message`; see `Steps`.
        """
        self.settle()
        arrays, blobs = self.heap.changes(amid=amid)
        drop = [] if keep else self.heap.idle(amid=amid)
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
        if self.allow is not None:
            self.allow(length + size)
        # Not more is held than came: mostly there is nothing to count.
        if self.received + size > LARGEST_HELD and self.heap.held() + size > LARGEST_HELD:
            raise WireError("arrays that are too large together")
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
        for number, name, shape in a_list(entries):
            dtype = DTYPES[name]
            length = dtype.itemsize
            # Before they are multiplied: of a million numbers that takes minutes.
            if len(a_list(shape)) > MOST_SIZES:
                raise WireError("an array of too many dimensions")
            for size in shape:
                if type(size) is not int or not 0 <= size <= LARGEST_BODY:
                    raise WireError("an array of no possible shape")
                length *= size
            end = place + length
            if end > len(body):
                raise WireError("an array that is larger than its bytes")
            data = body[place:end]
            place = end
            sizes = tuple(shape)
            given: np.ndarray[Any, Any] = np.ndarray(sizes, dtype, data)
            now = contents_of(given, data)
            known = arrays.get(a_whole(number))
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
                contents[number] = contents_of(known, known.tobytes())
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
        self.left = a_list(steps)[::-1]
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
        for number in a_list(drop):
            if a_whole(number) not in heap.arrays:
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
