"""Both tables in one place."""

from __future__ import annotations

from tests.attacks.ending import ENDING
from tests.attacks.escaping import ESCAPING
from tests.attacks.flooding import FLOODING
from tests.attacks.forging import FORGING
from tests.attacks.guessing import GUESSING
from tests.attacks.honest import HONEST
from tests.attacks.measuring import MEASURING
from tests.attacks.notebooks import NOTEBOOKS
from tests.attacks.pages import PAGES

HOSTILE = [
    *(*FORGING, *GUESSING, *ESCAPING, *ENDING, *FLOODING, *NOTEBOOKS, *PAGES),
    *MEASURING,
]

__all__ = ["HONEST", "HOSTILE"]
