"""`Function`, `Context` and `vjp`: one step of a computation and the way back.

The names and the calling convention are PyTorch's (`torch.autograd.Function`),
so that what is written here moves there with few changes: a tensor has ``@``,
``.T`` and ``.sum``, and takes no ``np.`` functions. The arrays are NumPy's, in
float64 throughout.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class Context:
    """What `forward` leaves behind for `backward`.

    Arrays go through `save_for_backward`; anything else (a size, a flag) may be
    set as an attribute: ``ctx.q = X.shape[0]``. `needs_input_grad` tells of each
    input whether its gradient is wanted; for one that is not, `backward` may return
    ``None`` and save the work.
    """

    saved_tensors: tuple[Any, ...]
    needs_input_grad: tuple[bool, ...]

    def __init__(self, needs_input_grad: tuple[bool, ...] = ()) -> None:
        self.saved_tensors = ()
        self.needs_input_grad = needs_input_grad

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep `tensors` for `backward`, which reads them from `saved_tensors`.

        Anything may be saved, ``None`` as well. Nothing is copied: a backward that
        changes a saved array changes the caller's array. A second call replaces what
        the first one saved.
        """
        self.saved_tensors = tensors

    if TYPE_CHECKING:
        # So that type checkers accept ctx.anything, as PyTorch's users write it.
        def __setattr__(self, name: str, value: Any) -> None: ...
        def __getattr__(self, name: str) -> Any: ...


class Function:
    """One differentiable operation: a `forward` and the `backward` that goes with it.

    Subclass it and write two static methods. `forward` computes the output and
    saves what `backward` will need; `backward` receives ``grad_output``, the
    gradient of some scalar with respect to the output (so it has exactly the
    output's shape), and returns the gradient of the same scalar with respect to
    each input, in the order of `forward`'s arguments and in the shape of each
    input. Return ``None`` for an input that needs no gradient, such as labels or a
    mask. With one input, the gradient alone will do.

    `forward` returns one array. Several outputs, or a cache beside the output, are
    refused: what only `backward` needs belongs on ``ctx``. Every input arrives as a
    float64 array, labels and masks too: to index with one, ``labels.astype(int)``.
    An argument of `forward` with a default may be left out.

    Class attributes
    ----------------
    make_inputs : static method ``(rng, **sizes) -> tuple of arrays``, optional
        Draws inputs for the checker; the defaults of its keyword arguments are
        the sizes it starts from. Without it, `check` must be given one.

    See Also
    --------
    vjp : run `forward` once and get the function that goes back.

    Notes
    -----
    `backward` is the chain rule of notebook 02, applied to one step: with
    ``grad_output[j]`` for (∇L)_j it returns Σ_j (∇L)_j ∂h_j/∂x_i for every i.
    """

    make_inputs: ClassVar[Callable[..., tuple[ArrayLike, ...]]]

    @staticmethod
    def forward(ctx: Context, *inputs: Any) -> Any:
        """Compute the output from `inputs`; save for `backward` what it needs."""
        raise NotImplementedError("a Function needs a forward")

    @staticmethod
    def backward(ctx: Context, grad_output: Any) -> Any:
        """Turn the gradient with respect to the output into those with respect to the inputs."""
        raise NotImplementedError("a Function needs a backward")

    @classmethod
    def apply(cls, *inputs: ArrayLike) -> Array:
        """Run `forward` alone and return the output.

        Parameters
        ----------
        *inputs : array_like
            Turned into float64 arrays first.
        """
        return vjp(cls, *inputs)[0]

    @classmethod
    def input_names(cls) -> tuple[str, ...]:
        """Return the names of `forward`'s inputs after `ctx`; () for ``forward(ctx, *inputs)``."""
        # Not inspect.signature: a check asks for this, and it takes as long as a trial.
        code = inspect.unwrap(cls.forward).__code__
        return () if code.co_flags & inspect.CO_VARARGS else code.co_varnames[1 : code.co_argcount]


def as_float64(value: ArrayLike, name: str = "input") -> Array:
    """Return `value` as a float64 array, or say why it is none.

    Raises
    ------
    TypeError
        If `value` is complex, or cannot be read as numbers at all.
    """
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"{name} must hold real numbers; this one has dtype {array.dtype} "
            f"and is {value!r:.80}. Give arrays one by one; what is no array belongs on the class"
        )
    return array.astype(np.float64, copy=False)


def output_of(function: type[Function], output: Any) -> Array:
    """Return what `function`'s forward returned as an array, or say what to return.

    Raises
    ------
    TypeError
        If it is several things, or nothing that holds numbers.
    """
    name = f"{function.__name__}.forward"
    if isinstance(output, tuple | dict):
        what = "a dict" if isinstance(output, dict) else f"a tuple of {len(output)}"
        raise TypeError(
            f"{name} returned {what}: a Function has one output here. Return one array (two can be "
            "stacked or joined), and put on ctx what only backward needs: "
            "ctx.save_for_backward(...), or ctx.name = ..."
        )
    array = np.asarray(output)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} returned {output!r:.60}, not an array of numbers")
    return array


def vjp(
    function: type[Function], *inputs: ArrayLike
) -> tuple[Array, Callable[[ArrayLike], tuple[Any, ...]]]:
    """Run one forward and return its output and the way back.

    Parameters
    ----------
    function : subclass of `Function`
    *inputs : array_like
        The arguments of ``function.forward`` after ``ctx``, turned into float64 arrays.

    Returns
    -------
    output : ndarray
        What ``function.forward`` returns.
    pullback : callable
        ``pullback(grad_output)`` runs ``function.backward`` on the saved context
        and returns a tuple with one gradient for each input: the
        vector-Jacobian product gradᵀJ, without ever building J. It may be
        called more than once.

    Raises
    ------
    ValueError
        From ``pullback``, when `grad_output` has not the shape of the output.

    Examples
    --------
    >>> class Double(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return 2 * x
    ...
    ...     @staticmethod
    ...     def backward(ctx, grad_output):
    ...         return 2 * grad_output
    >>> y, pullback = vjp(Double, [1.0, 2.0])
    >>> pullback([1.0, 0.5])
    (array([2., 1.]),)

    Notes
    -----
    Called `jax.vjp` in JAX and `torch.autograd.functional.vjp` in PyTorch.
    """
    names = function.input_names()
    arrays = [
        as_float64(value, names[i] if i < len(names) else f"input {i}")
        for i, value in enumerate(inputs)
    ]
    ctx = Context((True,) * len(arrays))
    output = output_of(function, function.forward(ctx, *arrays))

    def pullback(grad_output: ArrayLike) -> tuple[Any, ...]:
        if isinstance(grad_output, tuple):
            raise TypeError(
                "grad_output is a tuple. A pullback returns a tuple with one gradient for each "
                "input: take out the one you need before you pass it on"
            )
        upstream = as_float64(grad_output, "grad_output")
        if upstream.shape != output.shape:
            raise ValueError(
                f"grad_output has shape {upstream.shape}, but the output of "
                f"{function.__name__}.forward has shape {output.shape}: they must be the same"
            )
        grads = function.backward(ctx, upstream)
        return tuple(grads) if isinstance(grads, tuple | list) else (grads,)

    return output, pullback
