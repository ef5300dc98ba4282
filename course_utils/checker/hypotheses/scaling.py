"""The gradient is a number times the right one, or hardly different from it."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np

from course_utils.checker.evidence import Evidence, same
from course_utils.checker.report import Finding

CONSTANTS = (1, -1, 2, -2, Fraction(1, 2), Fraction(-1, 2), 3, Fraction(1, 3), 4, Fraction(1, 4))


def not_finite(evidence: Evidence) -> Finding | None:
    """Report nan or inf where the forward is finite."""
    bad = [f for f in evidence.failures if not np.all(np.isfinite(f.received))]
    if len(bad) < len(evidence.failures):
        return None
    inputs = bad[0].trial.inputs
    large = any(np.max(np.abs(x), initial=0.0) > 30 for x in inputs)
    zero = any(np.any(np.asarray(x) == 0.0) for x in inputs)
    made_zero = all(f.trial.kind in ("zeros", "special") for f in bad)
    if large and not any(f.trial.kind == "generic" for f in bad):
        return Finding(
            "overflow",
            f"{evidence.label} becomes nan or inf for large inputs, where the forward pass "
            "is finite: something in your backward overflows that need not.",
        )
    reason = " where an input is exactly zero" if zero and made_zero else ""
    return Finding(
        "nan", f"{evidence.label} holds nan or inf{reason}; the forward pass is finite there."
    )


def zero(evidence: Evidence) -> Finding | None:
    """Report a gradient that is zero everywhere."""
    own = all(f.trial.kind == "special" for f in evidence.failures)
    gone = not any(np.any(f.received) for f in evidence.failures)
    gone = gone and not any(projection.length for projection in evidence.more)
    if gone and (own or not evidence.right_in):
        return Finding(
            "zero",
            f"{evidence.label} is all zeros, but the output does change when {evidence.name} does.",
        )
    return None


def always_the_same(evidence: Evidence) -> Finding | None:
    """Report a result that is the same for all inputs, where it should not be."""
    received = [f.received for f in evidence.failures]
    expected = [f.expected for f in evidence.failures]
    steady = len(received) > 1 and all(same(r, received[0]) for r in received)
    if steady and not all(same(e, expected[0]) for e in expected):
        return Finding(
            "hardcoded", f"{evidence.label} is the same for all inputs: it must depend on them."
        )
    return None


def _telling(evidence: Evidence) -> int:
    """Count the entries that are large enough to tell a factor."""
    entries = 0
    for f in evidence.failures:
        size = np.abs(f.expected)
        entries += int(np.sum(size > 1e-3 * np.max(size, initial=0.0)))
    return entries + len(evidence.more)


def _ratios(evidence: Evidence) -> list[float] | None:
    """Return received / expected of each failing trial, where it is one number."""
    found = []
    for failure in evidence.failures:
        expected, received = failure.expected.ravel(), failure.received.ravel()
        square = float(expected @ expected)
        if square == 0.0 or not np.all(np.isfinite(received)):
            return None
        ratio = float(received @ expected) / square
        size = float(np.max(np.abs(expected))) * abs(ratio)
        if float(np.max(np.abs(received - ratio * expected))) > 1e-6 * size:
            return None
        found.append(ratio)
    return [*found, *(projection.ratio() for projection in evidence.more)]


def factor(evidence: Evidence) -> Finding | None:
    """Report a constant factor, or one that is made of the sizes."""
    ratios = _ratios(evidence)
    if not ratios or not any(ratios):
        return None
    if max(abs(r - 1) for r in ratios) < 1e-3:
        return _small(evidence, max(abs(r - 1) for r in ratios))
    # One entry in all cannot tell a factor from a wrong formula.
    if _telling(evidence) < 4:
        return None
    sizes = [f.trial.sizes for f in evidence.failures]
    sizes += [projection.trial.sizes for projection in evidence.more]
    passed = [t.sizes for t in evidence.right_in if t.kind not in ("zeros", "special")]
    if len({tuple(s.items()) for s in sizes}) == 1 and not _constant(ratios):
        return None
    for constant, powers in _monomials(sizes[0]):
        explains = all(
            _close(r, _value(constant, powers, s)) for r, s in zip(ratios, sizes, strict=True)
        )
        if powers and len({_value(constant, powers, s) for s in [*sizes, *passed]}) == 1:
            continue  # with one set of sizes a number cannot be told from a size
        # Where the factor is 1 the trial had to pass, and nowhere else.
        if explains and all(_close(1.0, _value(constant, powers, s)) for s in passed):
            return _factor(evidence, constant, powers)
    for name in sizes[0]:
        if all(s.get(name, 1) > 1 for s in sizes) and len({s[name] for s in sizes}) > 1:
            for text, power in ((f"{name}/({name}-1)", 1), (f"({name}-1)/{name}", -1)):
                claims = [(s[name] / (s[name] - 1.0)) ** power for s in sizes]
                if all(_close(r, c) for r, c in zip(ratios, claims, strict=True)):
                    return Finding(
                        f"factor:{text}",
                        f"{evidence.label} is exactly {text} times the right value: "
                        f"there is a {name} - 1 where {name} belongs, or the other way round.",
                    )
    norms = [float(np.linalg.norm(f.received)) for f in evidence.failures]
    norms += [projection.length for projection in evidence.more]
    if len(norms) > 1 and _constant(norms) and all(0 < r < 1 for r in ratios):
        return Finding(
            "clipped",
            f"{evidence.label} points the right way, but it was cut to the length {norms[0]:g}.",
        )
    if _constant(ratios) and not evidence.right_in:
        one_less = _one_less(evidence, ratios[0], sizes)
        return one_less or _factor(
            evidence, Fraction(ratios[0]).limit_denominator(20), {}, ratios[0]
        )
    return _hard_coded(evidence, ratios, sizes)


def _one_less(evidence: Evidence, ratio: float, sizes: list[dict[str, int]]) -> Finding | None:
    """Report a factor that may as well be made of a size, which was the same wherever it failed."""
    for name in sizes[0]:
        several = {s.get(name, 1) for s in sizes}
        size = several.pop()
        if several or size < 2:
            continue
        for text, value in (
            (f"{name}/({name}-1)", size / (size - 1)),
            (f"({name}-1)/{name}", (size - 1) / size),
        ):
            if _close(ratio, value):
                constant = Fraction(ratio).limit_denominator(20)
                return Finding(
                    f"factor:{text}",
                    f"{evidence.label} is exactly {constant} times the right value, which is "
                    f"{text} with {name} = {size}: there is a {name} - 1 where {name} belongs, or "
                    "the other way round, or else it is a constant.",
                )
    return None


def _close(a: float, b: float | None) -> bool:
    return b is not None and abs(a - b) <= 1e-5 * abs(b)


def _constant(ratios: list[float]) -> bool:
    return all(_close(r, ratios[0]) for r in ratios)


def _monomials(
    sizes: dict[str, int],
) -> itertools.chain[tuple[Fraction | int, dict[str, int]]]:
    """List constants times products of sizes, the simple ones first."""
    names = list(sizes)
    plain = [(c, dict[str, int]()) for c in CONSTANTS]
    one = [(c, {n: e}) for c in CONSTANTS[:6] for n in names for e in (1, -1)]
    two = [
        (c, {a: x, b: y})
        for c in CONSTANTS[:6]
        for a, b in itertools.combinations(names, 2)
        for x in (1, -1)
        for y in (1, -1)
    ]
    squares = [(1, {n: e}) for n in names for e in (2, -2)]
    three = [
        (1, dict.fromkeys(group, e)) for group in itertools.combinations(names, 3) for e in (1, -1)
    ]
    return itertools.chain(plain, one, two, squares, three)


def _value(constant: Fraction | int, powers: dict[str, int], sizes: dict[str, int]) -> float | None:
    value = float(constant)
    for name, power in powers.items():
        if name not in sizes:
            return None
        value *= float(sizes[name]) ** power
    return value


def spelled(constant: Fraction | int, powers: dict[str, int]) -> str:
    """Write a factor as the codes do: ``-1``, ``1/2``, ``q*p``, ``1/q``, ``q/p``."""
    constant = Fraction(constant)
    above = [n for n, e in powers.items() for _ in range(e) if e > 0]
    below = [n for n, e in powers.items() for _ in range(-e) if e < 0]
    sign = "-" if constant < 0 else ""
    top, bottom = abs(constant.numerator), constant.denominator
    if top != 1 or not above:
        above = [str(top), *above]
    if bottom != 1:
        below = [str(bottom), *below]
    upper = "*".join(above)
    if not below:
        return sign + upper
    lower = "*".join(below)
    return f"{sign}{upper}/({lower})" if len(below) > 1 else f"{sign}{upper}/{lower}"


def _factor(
    evidence: Evidence,
    constant: Fraction | int,
    powers: dict[str, int],
    exact: float | None = None,
) -> Finding:
    text = spelled(constant, powers)
    if exact is not None and abs(float(constant) - exact) > 1e-6 * abs(exact):
        text = f"{exact:.6g}"
    name = evidence.label
    if text == "-1":
        message = f"{name} has the wrong sign, every entry of it. Nothing else is wrong with it."
    else:
        exactly = constant if exact is None or text == spelled(constant, powers) else None
        message = f"{name} is exactly {text} times the right value. {_advice(exactly, powers)}"
    return Finding(f"factor:{text}", message.strip())


def _advice(constant: Fraction | int | None, powers: dict[str, int]) -> str:
    """Say what would mend a factor; None is a number that is no simple fraction."""
    if not powers:
        two = {2: "There is a 2 too many.", Fraction(1, 2): "A 2 is missing."}
        return two.get(abs(constant or 0), "A constant is missing, or there is one too many.")
    inverse = spelled(1 / Fraction(constant or 1), {n: -e for n, e in powers.items()})
    if constant == 1 and all(e < 0 for e in powers.values()):
        return f"Multiply by {inverse}: is something averaged that should be summed?"
    if constant == 1 and all(e > 0 for e in powers.values()):
        text = spelled(constant, powers)
        return f"Divide by {text}, or look for what is counted too often."
    return f"It would have to be multiplied by {inverse}."


def _hard_coded(
    evidence: Evidence, ratios: list[float], sizes: list[dict[str, int]]
) -> Finding | None:
    """Report a number that stands where a size belongs."""
    if not all(sizes):
        return None
    groups = [(name,) for name in sizes[0]] + list(itertools.combinations(sizes[0], 2))
    for group, power in itertools.product(groups, (1, -1)):
        products = [float(np.prod([s[name] for name in group])) for s in sizes]
        constants = [r / n**power for r, n in zip(ratios, products, strict=True)]
        if not _constant(constants) or len(set(products)) == 1:
            continue
        number = 1 / constants[0] if power == 1 else constants[0]
        if abs(number - round(number)) > 1e-4 * abs(number):
            continue
        size = " times ".join(group)
        return Finding(
            "hardcoded",
            f"{evidence.label} is right only where {size} is {round(number)}: "
            f"that number stands where {size} belongs.",
        )
    return None


def small_error(evidence: Evidence) -> Finding | None:
    """Report an error that is small everywhere."""
    worst = 0.0
    generic = [f for f in evidence.failures if f.trial.kind in ("generic", "other sizes")]
    for failure in generic or evidence.failures:
        size = float(np.max(np.abs(failure.expected), initial=0.0))
        gap = float(np.max(np.abs(failure.received - failure.expected), initial=0.0))
        if size == 0.0 or not gap <= 1e-3 * size:
            return None
        worst = max(worst, gap / size)
    return _small(evidence, worst)


def _small(evidence: Evidence, size: float) -> Finding:
    return Finding(
        "small-error",
        f"{evidence.label} is nearly right: off by about {size:.0e} of its size, which is more "
        "than rounding does. Look for a constant typed with too few digits, a small number added "
        "somewhere, or a difference quotient in place of a derivative.",
    )
