"""Every code of a finding, and what it means. There is no other list.

`Finding` refuses a code that is not here. An exercise that an instructor adds may have codes
of its own, for the mix-ups that it invites: `declare` makes them known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
EXPRESSION = re.compile(r"[\w.()*/+-]+")
"""Of numbers and names, such as ``-1/2`` or ``q*p``."""

GENERAL = "Only that something is wrong, or where"

GROUPS: dict[str, dict[str, str]] = {
    "The derivative": {
        "factor:E": "The result, or what it is made with, is E times what it should be; E is made "
        "of numbers and names, as in `-1`, `1/q` or `q*p`.",
        "missing-local": "A step's own derivative, or a factor of it, is left out, or something "
        "else stands in its place.",
        "missing-term": "A part is left out, or there is one too many: a term, one of several ways "
        "to the output, a layer.",
        "wrong-point": "Something is evaluated at another value than it should be, such as a "
        "derivative at the output in place of the input.",
        "wrong-input": "One array stands in another one's place, as what is used or as what the "
        "gradient is taken with respect to.",
        "only-positive": "Right where the input is positive, and wrong where it is negative.",
        "only-b0": "Right only where a bias is zero: it is left out somewhere.",
        "kink-convention": "Right everywhere but at a kink, where the course has chosen another "
        "slope.",
        "zero": "All entries are zero where they should not be.",
        "clipped": "Large entries are cut off at a limit, or the whole at a length.",
        "hardcoded": "Something that has to vary is fixed: the result, or a number where a size or "
        "a step belongs.",
        "small-error": "Nearly right, and off by more than rounding explains.",
        "numerical": "Measured, by a finite difference or a complex step, where it should be "
        "derived.",
    },
    "What arrives from above": {
        "no-upstream": "What arrives from above, `grad_output`, is not used.",
        "upstream-misused": "`grad_output` is used otherwise than entry by entry and as a factor: "
        "squared, added up, or one entry of it alone.",
        "wrong-start": "The way back starts with the cost, and not with 1, its derivative with "
        "respect to itself.",
        "wrong-upstream": "The same as `wrong-start`, in a step of training.",
        "not-chained": "A layer is given what the network was given, and not what the layer beside "
        "it returned.",
        "not-returned": "Nothing is returned to the layer before, which needs the gradient with "
        "respect to its output.",
    },
    "The right numbers in the wrong places": {
        "transpose": "Axes are exchanged, in the result or in a matrix that is used the wrong way "
        "round.",
        "reshape": "Reshaped where rows and columns should be exchanged, or flattened in the wrong "
        "order.",
        "wrong-order": "Layers are gone through, entries laid out, or matrices multiplied, in the "
        "wrong order.",
        "wrong-axis": "A sum, a mean, a flip or a shift runs along an axis along which it should "
        "not.",
        "axis": "What should add up to 1 in each row does so in each column, or all together.",
        "order": "The gradients, or the parameters, are returned in the wrong order.",
    },
    "The samples of a batch": {
        "no-batch-sum": "A sum over an axis is missing: the gradient is larger than its input.",
        "one-sample": "One sample, or one row of `grad_output`, stands in for all, or is the only "
        "one that counts.",
        "only-q1": "Right for a batch of one sample only.",
    },
    "What is returned": {
        "count": "More or fewer things are returned than should be, or None in place of one.",
        "dtype-int": "Integers, which drop everything after the decimal point, stand where float64 "
        "belongs.",
        "dtype-float32": "The numbers have fewer digits than those of float64.",
        "dtype-object": "An array of Python objects is returned, and not of numbers.",
        "nan": "There is nan or inf where the forward pass is finite.",
        "overflow": "There is nan or inf for large inputs, where the forward pass is finite.",
        "not-filled-in": "There is no answer yet.",
    },
    "What happens on the side": {
        "mutates-input": "An input, or something else that is needed again, is changed in place.",
        "mutates-upstream": "`grad_output` is changed in place.",
        "changes-data": "The parameters are changed, where only their gradients may be.",
        "stateful": "Something is kept from call to call.",
        "nondeterministic": "Each call gives another result: there is chance in it.",
        "alias": "A returned array is storage that is used again: a later call changes it, or what "
        "is written into it changes a later result.",
        "own-generator": "Chance is not drawn from the generator that is handed in.",
    },
    "Networks and training": {
        "overwritten": "A gradient replaces what was held before, or is counted so, where it has "
        "to be added.",
        "not-accumulated": "Nothing was added to `.grad`.",
        "counted-twice": "A gradient or a parameter is counted more than once.",
        "called-twice": "A function is called more often than is asked for.",
        "pulled-twice": "`pullback` is called more than once in one backward.",
        "not-zeroed": "What `.grad` held before is part of a step.",
        "stale": "The step is along what `.grad` held before, and not along the new gradient.",
        "unchanged": "What should have been set to zero is as it was.",
        "only-first": "Only the first of several is dealt with.",
        "only-last": "Only the last of several is dealt with.",
        "no-step": "The parameters have not moved.",
        "not-moved": "The step, the gradient or the starting point is returned, and not where the "
        "step leads.",
        "no-rate": "The rate plays no role.",
        "normalised": "The gradient is divided by its own length, or only its signs count.",
        "whole-batch": "Each step is along the gradient of all samples, and not of its batch.",
        "batch-means": "The mean is taken over batches where it belongs over samples, and a short "
        "batch counts too much.",
        "batch-sizes": "The batches have the wrong numbers of rows.",
        "rows": "The batches do not have every row exactly once.",
        "not-shuffled": "The rows are in the order of the data.",
    },
    "Another quantity than the one that is asked for": {
        "added": "A sum stands where a product belongs.",
        "sum": "A sum stands where a mean belongs.",
        "inverted": "The opposite is returned: divided for multiplied, or wrong for right.",
        "logarithm": "The logarithm is returned of what is asked for.",
        "squared": "The square is returned of what is asked for.",
        "not-squared": "Something stands where its square belongs.",
        "sign": "The right size is returned, with a sign that it should not have.",
        "smallest": "The smallest is taken where the largest belongs.",
        "counted-once": "What occurs several times is counted once.",
        "missing-factor": "One of the numbers that the result depends on plays no role.",
        "wrong-eigenvalue": "It is made of the wrong eigenvalues of the curvature, or is an "
        "eigenvalue where something else follows from it.",
        "not-solved": "The right-hand side of a system of equations stands where the solution "
        "belongs.",
        "not-wrong": "The answer is right, and a wrong one is asked for.",
        "weak-check-rejects": "The weak check, which the answer should deceive, refuses it.",
    },
    GENERAL: {
        "wrong-local": "The numbers are not those that were measured, and no other code says why.",
        "entries": "Part of the entries are right and the others are not; these may be zero, "
        "because they were never filled.",
        "shape": "An array has not the shape that it must have, or there is none.",
        "type": "What is returned is nothing, or not of the kind that is asked for.",
        "crash": "It stopped with an error.",
        "not-measured": "Too little could be measured on the forward pass to say that anything is "
        "right or wrong, which is a matter for whoever wrote the exercise.",
    },
}


@dataclass(frozen=True)
class Code:
    """What is known of a code.

    Attributes
    ----------
    name : str
        As findings have it; of a family ``"factor:E"``, where E is an expression of the numbers
        and names that differ from finding to finding.
    meaning : str
        One sentence.
    is_general : bool
        Whether it says only that something is wrong, or where, and not which mistake it is.
    """

    name: str
    meaning: str
    is_general: bool = False

    @property
    def slug(self) -> str:
        """What the page about it is called; a family has one page."""
        return self.name.split(":")[0]


CODES = {
    name: Code(name, meaning, heading == GENERAL)
    for heading, group in GROUPS.items()
    for name, meaning in group.items()
}
"""The course's own, by their names."""

declared: dict[str, Code] = {}
"""Those of exercises that an instructor added."""


def declare(name: str, meaning: str) -> None:
    """Make a code known by which an exercise of your own names a mix-up.

    Parameters
    ----------
    name : str
        A few words of small letters and digits with ``-`` between: ``"mean-for-sum"``.
    meaning : str
        What such an answer has done, in one sentence.

    Raises
    ------
    ValueError
        If it is no such name, or the name means something else already.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no code: join small letters and digits by '-'")
    known = CODES.get(name) or declared.setdefault(name, Code(name, meaning))
    if known.meaning != meaning:
        raise ValueError(f"the code {name!r} has a meaning already: {known.meaning}")


def find(code: str) -> Code | None:
    """Return what is known of the code of a finding; None of one that is in no list."""
    family, colon, expression = code.partition(":")
    if not colon:
        return CODES.get(code) or declared.get(code)
    return CODES.get(f"{family}:E") if EXPRESSION.fullmatch(expression) else None


def require(code: str) -> Code:
    """Return what is known of a code.

    Raises
    ------
    ValueError
        If that is nothing.
    """
    known = find(code)
    if known is None:
        raise ValueError(
            f"{code!r} is no code of a finding: the list is course_utils/checker/codes.py, and an "
            "exercise of your own declares its codes with `declare`"
        )
    return known
