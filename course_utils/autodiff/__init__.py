"""`Function` and `Context`, as PyTorch has them, and the bridge to it."""

from course_utils.autodiff.function import Context, Function, vjp
from course_utils.autodiff.torch_bridge import as_torch

__all__ = ["Context", "Function", "as_torch", "vjp"]
