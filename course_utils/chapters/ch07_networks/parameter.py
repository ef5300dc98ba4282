"""Numbers that are learned. Notebook 07 imports them as `nn.Parameter`."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.autodiff.function import Array


class Parameter:
    """Numbers that are learned, and the gradient with respect to them.

    Parameters
    ----------
    data : array_like
        Copied, as float64.

    Attributes
    ----------
    data, grad : ndarray
        Of one shape. `grad` starts at zero, and every backward adds to it.
    """

    def __init__(self, data: Any) -> None:
        self.data: Array = np.array(data, dtype=np.float64)
        self.grad: Array = np.zeros_like(self.data)

    def __repr__(self) -> str:
        return f"Parameter of shape {self.data.shape}"
