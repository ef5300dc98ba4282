"""A course `Function` as a step of PyTorch's autograd. PyTorch is not needed to import this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.autodiff.function import Context, Function

if TYPE_CHECKING:
    import torch


def as_torch(function: type[Function]) -> Any:
    """Return a `torch.autograd.Function` that runs `function`'s own forward and backward.

    Parameters
    ----------
    function : subclass of `Function`
        Its static methods are called as they are, when they are called: what is
        filled in later counts too.

    Returns
    -------
    subclass of torch.autograd.Function
        Use its ``apply`` on CPU tensors of dtype float64.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    TypeError
        From ``apply``, for a tensor of another dtype or on another device.

    Notes
    -----
    What is converted, and what is not:

    - ``forward`` gets NumPy *views* of the tensors, not copies. Its output is copied into
      a new tensor. So no part of it runs on a GPU or in another precision.
    - ``backward`` gets a view of the gradient that PyTorch hands down; each gradient it
      returns is copied into a tensor, and ``None`` stays ``None``.
    - The context is the course's `Context`, kept beside PyTorch's own. PyTorch cannot
      see what is saved in it, so it does not notice when a saved array is changed in
      place, and does not free it before the graph itself is freed.
    - The backward is not recorded, so ``create_graph=True`` is refused: what came of it
      would be a second derivative with terms missing.
    """
    import torch

    def forward(ctx: Any, *inputs: torch.Tensor) -> torch.Tensor:
        ctx.course_context = Context(ctx.needs_input_grad)
        arrays = [_view(tensor, torch.float64) for tensor in inputs]
        return _tensor(function.forward(ctx.course_context, *arrays))

    def backward(ctx: Any, grad_output: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        if torch.is_grad_enabled():
            raise RuntimeError("the course's backward is not recorded: no create_graph=True")
        grads = function.backward(ctx.course_context, _view(grad_output, torch.float64))
        grads = grads if isinstance(grads, tuple | list) else (grads,)
        return tuple(None if grad is None else _tensor(grad) for grad in grads)

    body = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    return type(f"{function.__name__}InTorch", (torch.autograd.Function,), body)


def _view(tensor: torch.Tensor, wanted: torch.dtype) -> Any:
    if tensor.dtype != wanted or tensor.device.type != "cpu":
        raise TypeError(
            f"the course's Functions take float64 tensors on the CPU; this one is {tensor.dtype} "
            f"on {tensor.device}. Use tensor.double().cpu()"
        )
    return tensor.detach().numpy()


def _tensor(array: Any) -> torch.Tensor:
    import torch

    return torch.from_numpy(np.array(array, dtype=np.float64))
