"""Objects that both sides know: contexts and generators by their parts, modules by number.

A method of notebook 07 is examined on modules that the check made, and trusts. They stay with the
judge. The jail has others in their place: of the same class, with the same attributes, but their
methods ask the judge. What either side puts into an attribute goes along with the next message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from course_utils.autodiff.function import Context
from course_utils.chapters.ch07_networks import nn
from course_utils.measure import drawn

from .values import Packer, Unpacker, WireError

KINDS = {
    each.__name__: each
    for each in (nn.Parameter, nn.Module, nn.Linear, nn.Tanh, nn.ReLU, nn.Sequential)
}

NOT_ASKED = "evaluate"
"""It measures through a module as a whole, and these here have no inside."""

MOST_NUMBERS = 4096
"""Of one array in an attribute, or for a method: the judge computes with them."""

MOST_OBJECTS = 256

MOST_MODULES = 32
"""In a list that an answer made: the judge goes through it, and through the lists in it."""

Ask = Callable[[Mapping[str, Any], tuple[Any, ...], dict[str, Any]], Any]


def take_apart(value: Any) -> tuple[str, dict[str, Any]] | None:
    """Return the parts of an object that the other side can build again."""
    if isinstance(value, Context):
        return "Context", {k: v for k, v in vars(value).items() if not k.startswith("_")}
    if type(value) is nn.Parameter:
        return "Parameter", {"data": value.data, "grad": value.grad}
    if isinstance(value, np.random.Generator):
        state = value.bit_generator.state
        if state["bit_generator"] == "PCG64":
            numbers = {name: str(number) for name, number in state["state"].items()}
            return "Generator", {**numbers, "half": [state["has_uint32"], state["uinteger"]]}
    return None


def build(kind: str, parts: dict[str, Any]) -> Any:
    """Make an object of a kind that both sides know."""
    if kind == "Context":
        ctx = Context()
        for name, value in parts.items():
            if name.startswith("_"):
                raise ValueError(name)
            setattr(ctx, name, value)
        return ctx
    if kind == "Parameter":
        made = nn.Parameter(0.0)
        made.data, made.grad = parts["data"], parts["grad"]
        return made
    if kind == "Generator":
        half, spare = parts["half"]
        rng = np.random.Generator(np.random.PCG64(0))
        rng.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {name: int(parts[name]) for name in ("state", "inc")},
            "has_uint32": half,
            "uinteger": spare,
        }
        return rng
    raise ValueError(kind)


class Shared:
    """The modules and Parameters of one call, by number.

    Attributes
    ----------
    things : list
        The judge's own, or what stands in their places.
    attributes : list of list of str
        Which attributes of each are kept alike.
    """

    def __init__(self) -> None:
        self.things: list[Any] = []
        self.numbers: dict[int, int] = {}
        self.attributes: list[list[str]] = []

    def number(self, thing: Any) -> int | None:
        """Return the number of a thing that is shared already."""
        return self.numbers.get(id(thing))

    def share(self, thing: Any) -> None:
        """Give a thing the next number. It stays, so that no other has its address."""
        self.numbers[id(thing)] = len(self.things)
        self.things.append(thing)

    def take_apart(self, value: Any) -> tuple[str, dict[str, Any]] | None:
        """Return a shared thing's number, or the parts of something else."""
        number = self.number(value)
        return take_apart(value) if number is None else ("shared", {"number": number})

    def build(self, kind: str, parts: dict[str, Any]) -> Any:
        """Return the shared thing of a number, or make something else."""
        if kind != "shared":
            return build(kind, parts)
        number = parts["number"]
        if type(number) is not int or not 0 <= number < len(self.things):
            raise ValueError("no object has this number")
        return self.things[number]

    def state(self, packer: Packer) -> list[dict[str, Any]]:
        """Return what the attributes hold."""
        return [
            {name: packer.pack(vars(thing)[name]) for name in names if name in vars(thing)}
            for thing, names in zip(self.things, self.attributes, strict=True)
        ]

    def put(self, state: Any, unpacker: Unpacker) -> None:
        """Let the attributes hold what the other side says."""
        if not isinstance(state, list) or len(state) != len(self.things):
            raise WireError("not the attributes of every object")
        for thing, names, held in zip(self.things, self.attributes, state, strict=True):
            if not isinstance(held, dict) or not held.keys() <= set(names):
                raise WireError("attributes of no known form")
            for name, tree in held.items():
                value = unpacker.unpack(tree)
                if not same(vars(thing).get(name), value):
                    setattr(thing, name, limited(value))


class Owned(Shared):
    """The judge's side.

    Attributes
    ----------
    described : list of dict
        What the other side needs to make something in the place of each.
    """

    def __init__(self) -> None:
        super().__init__()
        self.described: list[dict[str, Any]] = []

    def take_apart(self, value: Any) -> tuple[str, dict[str, Any]] | None:
        """Share whatever module or Parameter is sent; a function that was drawn has parts."""
        if type(value) is drawn.Drawn:
            return "Drawn", {"kind": value.kind, "numbers": value.numbers}
        if isinstance(value, nn.Module | nn.Parameter) and self.number(value) is None:
            if len(self.things) == MOST_OBJECTS:
                raise WireError("too many objects")
            names = [name for name, held in vars(value).items() if name[0] != "_" and is_data(held)]
            self.share(value)
            self.attributes.append(names)
            self.described.append(
                {
                    "kind": next(k.__name__ for k in type(value).__mro__ if k in KINDS.values()),
                    "name": type(value).__name__,
                    "methods": list(methods_of(value)),
                    "attributes": names,
                }
            )
        return super().take_apart(value)

    def call(self, number: Any, method: Any, args: Any, keywords: Any) -> Any:
        """Call a method for the other side."""
        if type(number) is not int or not 0 <= number < len(self.things):
            raise WireError("a method of no object that was given")
        thing = self.things[number]
        if method not in self.described[number]["methods"]:
            raise WireError("a method that was not offered")
        return getattr(thing, method)(*limited(args), **limited(keywords))


class InPlace(Shared):
    """The jail's side.

    Parameters
    ----------
    ask : callable
        Asks the judge.
    """

    def __init__(self, ask: Ask) -> None:
        super().__init__()
        self.ask = ask

    def build(self, kind: str, parts: dict[str, Any]) -> Any:
        """Make also a function that the judge has drawn: here it need not be asked for."""
        if kind == "Drawn":
            return drawn.KINDS[parts["kind"]](*parts["numbers"])
        return super().build(kind, parts)

    def add(self, described: list[dict[str, Any]]) -> None:
        """Make something in the place of each object that is not here yet."""
        for each in described[len(self.things) :]:
            number = len(self.things)
            body = {name: self._method(number, name) for name in each["methods"]}
            kind = KINDS[each["kind"]]
            if issubclass(kind, nn.Module):
                body[NOT_ASKED] = nn.Module.evaluate
            made: Any = type(each["name"], (kind,), body)
            self.share(object.__new__(made))
            self.attributes.append(each["attributes"])

    def _method(self, number: int, name: str) -> Callable[..., Any]:
        def method(self: Any, *args: Any, **keywords: Any) -> Any:
            return ask({"ask": "method", "object": number, "name": name}, args, keywords)

        ask = self.ask
        method.__name__ = name
        return method


def methods_of(thing: Any) -> Iterator[str]:
    """Yield the names of the methods that the other side may call."""
    if isinstance(thing, nn.Module):
        yield "__call__"
        for name in dir(thing):
            if not name.startswith("_") and name != NOT_ASKED:
                value = getattr(thing, name)
                if callable(value) and not isinstance(value, type | nn.Module):
                    yield name


def is_data(value: Any) -> bool:
    """Tell whether an attribute holds what goes over the wire."""
    if isinstance(value, list | tuple):
        return all(map(is_data, value))
    known = np.ndarray | np.generic | float | int | str | None | nn.Module | nn.Parameter
    return isinstance(value, known)


def same(one: Any, other: Any) -> bool:
    """Tell whether nothing was put into an attribute; what an array holds is kept alike anyway."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
    return one is other


def limited(value: Any) -> Any:
    """Return what is small enough to be computed with.

    Raises
    ------
    ValueError
    """
    if isinstance(value, np.ndarray) and value.size > MOST_NUMBERS:
        raise ValueError(f"an array of {value.size} numbers, where a few dozen are expected")
    parts = value.values() if isinstance(value, dict) else value
    parts = [*parts] if isinstance(value, dict | list | tuple) else []
    if isinstance(value, nn.Parameter):  # its arrays: what else it holds may be itself
        parts = [each for each in vars(value).values() if isinstance(each, np.ndarray)]
    if sum(isinstance(each, nn.Module) for each in parts) > MOST_MODULES:
        raise ValueError("more modules than there is a use for")
    for each in parts:
        limited(each)
    return value
