"""Which sizes are tried: drawn anew in every check.

A size of its own for each name leaves no factor ambiguous, and what is wrong at one size only is
met sooner or later, as no check tries the same ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

SMALL = range(2, 10)
SQUARE = range(3, 9)
LARGE = range(17, 41)
USUAL = 32  # where code is special more often than elsewhere: every third large size


def different(
    generic: Mapping[str, int], least: Mapping[str, int], rng: np.random.Generator, *, ordered: bool
) -> dict[str, int]:
    """Draw a small size for each name, no two alike.

    Parameters
    ----------
    generic, least : mapping
        The author's own sizes, and the smallest sensible ones where that is not 1.
    rng : Generator
    ordered : bool
        Whether what is larger in `generic` is to be larger here, as a signal beside its filter.
    """
    names = _by_size(generic)
    pool = range(SMALL.start, max(SMALL.stop, SMALL.start + len(names)))
    drawn = [pool[k] for k in rng.permutation(len(pool))[: len(names)]]
    return _apart(dict(zip(names, sorted(drawn) if ordered else drawn, strict=True)), least)


def one_large(
    generic: Mapping[str, int],
    least: Mapping[str, int],
    rng: np.random.Generator,
    *,
    batch: str | None,
    ordered: bool,
) -> dict[str, int]:
    """Draw sizes as `different` does, and one above 16: every other time that of the batch."""
    found = different(generic, least, rng, ordered=ordered)
    names = list(found)
    which = names[-1] if ordered else names[int(rng.integers(len(names)))]
    if batch in found and rng.random() < 0.5:
        which = str(batch)
    large = USUAL if rng.random() < 1 / 3 else int(rng.integers(LARGE.start, LARGE.stop))
    return _apart({**found, which: large}, least)


def larger(
    generic: Mapping[str, int], least: Mapping[str, int], rng: np.random.Generator
) -> dict[str, int]:
    """Draw a size above the generic one for each name, no two alike.

    What is cut off at the generic sizes shows where every size is above them.
    """
    most = 2 if len(generic) > 3 else 5  # many sizes make many entries
    found, last = {}, 0
    for name in _by_size(generic):
        last = max(generic[name], last) + int(rng.integers(1, most + 1))
        found[name] = last
    return _apart(found, least)


def alike(names: Sequence[str], least: Mapping[str, int], rng: np.random.Generator) -> int:
    """Draw one size for all of `names`; many of them make many entries."""
    stop = SQUARE.stop if len(names) < 4 else SQUARE.start + 2
    return max(int(rng.integers(SQUARE.start, stop)), *(least.get(name, 1) for name in names))


def _by_size(generic: Mapping[str, int]) -> list[str]:
    return sorted(generic, key=lambda name: generic[name])


def _apart(sizes: Mapping[str, int], least: Mapping[str, int]) -> dict[str, int]:
    """Raise sizes to the smallest sensible ones, and until no two are alike."""
    found: dict[str, int] = {}
    for name, size in sizes.items():
        raised = max(size, least.get(name, 1))
        while raised in found.values():
            raised += 1
        found[name] = raised
    return found
