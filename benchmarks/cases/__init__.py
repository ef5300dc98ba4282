"""The benchmark's own case set: a table of operations, and of backwards for them.

Each is proven right or wrong in ``tests/benchmarks``, by extended-precision
differences that share nothing with the checker.
"""

from benchmarks.cases import elementwise, losses, networks, products, reductions
from benchmarks.cases.table import Case, Op

_PARTS = (elementwise, products, reductions, losses, networks)
OPS: dict[str, Op] = {name: op for part in _PARTS for name, op in part.OPS.items()}
CASES: list[Case] = [case for part in _PARTS for case in part.CASES]
