"""Write ``docs/diagnoses.md``: ``python3 course.py run python docs/diagnoses.py``.

A section for each code of `course_utils.checker.codes`, with the report on a backward that was
really examined. A test holds the page to the code.
"""

from __future__ import annotations

import linecache
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path[:0] = [str(DOCS), str(ROOT)]

from diagnosed import CAUSES, EXAMPLES, TAUGHT  # noqa: E402

from autograde.authoring.mistakes import tables  # noqa: E402
from course_utils import Function, examine  # noqa: E402
from course_utils.checker import Report, codes  # noqa: E402

PAGE = DOCS / "diagnoses.md"
SEED = 1

OPENING = """\
# Diagnoses

What a check says begins with a sentence, and ends with the section of this page that has more. \
Each code has one: what it means, the usual cause, and where the course teaches it. Where a \
`Function` of a line or two can show it, there is one, with what the check really said of it \
(`seed=1`). The exercises' own codes have no example here, for it would be half an answer.

The page is made by `docs/diagnoses.py`, and the tests hold it to what the checker does."""


def source_of(slug: str) -> str:
    """Return the Function of an example."""
    (inputs, value, sizes, drawn), backward = EXAMPLES[slug]
    saved = f"({inputs},)" if "," not in inputs else inputs
    lines = textwrap.indent(backward, " " * 8)
    return (
        "class Step(Function):\n"
        "    @staticmethod\n"
        f"    def forward(ctx, {inputs}):\n"
        f"        ctx.save_for_backward({inputs})\n"
        f"        return {value}\n\n"
        "    @staticmethod\n"
        "    def backward(ctx, grad_output):\n"
        f"        {saved} = ctx.saved_tensors\n{lines}\n\n"
        "    @staticmethod\n"
        f"    def make_inputs(rng, {sizes}):\n"
        f"        return {drawn}\n"
    )


def report_of(slug: str) -> Report:
    """Examine an example."""
    source, filename = source_of(slug), f"<diagnosis {slug}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    names = {"np": np, "Function": Function, "kept": [], "shared": np.zeros(10_000)}
    exec(compile(source, filename, "exec"), names)
    step = names["Step"]
    assert isinstance(step, type)
    return examine(step, seed=SEED)


def places() -> dict[str, list[str]]:
    """Return the notebooks in whose exercises each code is met, by the tables of mistakes."""
    found: dict[str, list[str]] = {slug: [name] for slug, name in TAUGHT.items()}
    for mistake in tables():
        known = codes.find(mistake.code)
        if known is not None:
            named = found.setdefault(known.slug, [])
            named += [] if mistake.table[1:] in named else [mistake.table[1:]]
    return found


def section(code: codes.Code, taught: list[str]) -> Iterator[str]:
    """Yield the paragraphs of one code."""
    yield f"### {code.slug}"
    yield code.meaning if code.name == code.slug else f"`{code.name}`: {code.meaning}"
    yield f"*The usual cause.* {CAUSES[code.slug]}"
    names = ", ".join(f"`{name}`" for name in taught[:3])
    yield f"*Where it is taught.* {names}{' and later' if len(taught) > 3 else ''}."
    if code.slug in EXAMPLES:
        report = report_of(code.slug)
        said = report.text().replace(
            f"    More: section {code.slug} of diagnoses.md, in docs.\n", ""
        )
        yield f"```python\n{source_of(code.slug)}```"
        yield f"```text\n{said}\n```"


def page() -> str:
    """Return the whole page."""
    taught = places()
    parts = [OPENING]
    for heading, group in codes.GROUPS.items():
        parts.append(f"## {heading}")
        for name in group:
            code = codes.CODES[name]
            parts += section(code, taught[code.slug])
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: written")
