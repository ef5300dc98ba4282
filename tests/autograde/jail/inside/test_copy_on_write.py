"""What a job makes lies together, and not in the gaps of what the server holds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autograde import jail

SIZES = (64, 160, 512)

MEASURE = f"""
import json
from inside import copy_on_write

holes = [[bytes(size - 33) for _ in range(5000)] for size in {SIZES}]
for each in holes:
    del each[::7]  # gaps all over the memory
if FILL:
    copy_on_write.fill()
found = {{}}
for size in {SIZES}:
    new = [bytes(size - 33) for _ in range(60)]
    found[size] = len({{id(each) // 4096 for each in new}})
print(json.dumps(found))
"""


def pages(*, fill: bool) -> dict[str, int]:
    """On how many pages sixty new objects of each size are, in a process with many gaps."""
    program = MEASURE.replace("FILL", str(fill))
    folder = Path(jail.__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True
    )
    found: dict[str, int] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def with_gaps():
    return pages(fill=False)


@pytest.fixture(scope="module")
def filled():
    return pages(fill=True)


@pytest.mark.parametrize("size", SIZES)
def test_new_objects_lie_together(with_gaps, filled, size):
    needed = -(-60 * size // 4096)
    # They may begin on a page that is in use, and a pool's head takes a little.
    assert filled[str(size)] <= needed + 3
    assert filled[str(size)] < with_gaps[str(size)]
