"""Notebook 08: softmax, cross-entropy, a network for digits, and a checker to be fooled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.autodiff.function import Array, Context, Function
from course_utils.chapters.ch07_networks import nn
from course_utils.exercises.registry import Exercise, exercise, find
from course_utils.measure.numerical import numerical_vjp


def log_sum_exp(Z: Any) -> Any:
    """Return log Σ_j exp(Z_ij) for each row, shape (q, 1); Z has shape (q, p).

    The largest entry of a row is taken out first: no exponential overflows.
    """
    largest = np.max(Z.real, axis=1, keepdims=True)
    return largest + np.log(np.sum(np.exp(Z - largest), axis=1, keepdims=True))


@exercise("08_capstone", "8.1")
def softmax(Z: Array) -> Array:
    """Return P with P_ij = exp(Z_ij) / Σ_k exp(Z_ik), for logits of any size.

    Parameters
    ----------
    Z : ndarray, shape (q, p)

    Returns
    -------
    ndarray, shape (q, p)
    """
    raise NotImplementedError


@exercise("08_capstone", "8.2")
class SoftmaxCrossEntropy(Function):
    """The loss C = (1/q) Σ_i (log Σ_j exp(Z_ij) - Σ_j T_ij Z_ij), the mean over the q rows.

    Where each row of T adds up to 1, this is -(1/q) Σ_ij T_ij log P_ij, with P the
    softmax of each row of Z: PyTorch's ``cross_entropy``.
    """

    @staticmethod
    def forward(ctx: Context, Z: Any, T: Any) -> Any:
        """Return C, a 0-d array; logits Z and targets T (often one-hot rows) have shape (q, p)."""
        ctx.save_for_backward(Z, T)
        return (np.sum(log_sum_exp(Z)) - np.sum(T * Z)) / Z.shape[0]

    @staticmethod
    def backward(ctx: Context, grad_output: Any) -> Any:
        """Return (grad_Z, grad_T), both of shape (q, p).

        Yours: notebook 08_capstone, exercise 8.2.
        """
        raise NotImplementedError

    @staticmethod
    def make_inputs(rng: np.random.Generator, q: int = 7, p: int = 3) -> tuple[Array, ...]:
        """Draw Z of shape (q, p), and T of shape (q, p) with a single 1 in each row."""
        return rng.normal(size=(q, p)), np.eye(p)[rng.integers(p, size=q)]


@exercise("08_capstone", "8.3")
def accuracy(Z: Array, labels: Any) -> float:
    """Return the fraction of the rows whose largest logit is at the label.

    Parameters
    ----------
    Z : ndarray, shape (q, p)
    labels : ndarray of int, shape (q,)
        From 0 to p - 1.

    Returns
    -------
    float
        From 0 to 1.
    """
    raise NotImplementedError


@exercise("08_capstone", "8.6")
def confusion_matrix(Z: Array, labels: Any) -> Array:
    """Return how often label i (the row) was taken for digit j (the column).

    Parameters
    ----------
    Z : ndarray, shape (q, p)
    labels : ndarray of int, shape (q,)

    Returns
    -------
    ndarray, shape (p, p)
    """
    raise NotImplementedError


# ------------------------------------------------------------------ training


@exercise("08_capstone", "8.4")
def minibatches(rng: np.random.Generator, q: int, size: int) -> list[Any]:
    """Return the rows of each batch: all rows 0 to q - 1, in random order, `size` at a time.

    Parameters
    ----------
    rng : numpy Generator
    q, size : int
        How many rows there are, and how many a batch has; the last one may have fewer.

    Returns
    -------
    list of ndarray of int
    """
    raise NotImplementedError


@exercise("08_capstone", "8.5")
def train_epoch(
    network: nn.Module, X: Array, T: Array, batches: Sequence[Any], rate: float
) -> float:
    """Take one step of descent for each batch, on the batch's softmax cross-entropy.

    Parameters
    ----------
    network : Module
        Changed in place. What its `.grad`s hold at the start must not matter.
    X, T : ndarray, shapes (q, n) and (q, p)
        All samples, and their one-hot targets.
    batches : list of ndarray of int
        The rows of each batch.
    rate : float

    Returns
    -------
    float
        The mean cost over all samples, each taken before the step of its batch.
    """
    raise NotImplementedError


IN_TRAINING = (
    "Linear.backward",
    "ReLU.backward",
    "nn.Module.zero_grad",
    "nn.Linear.backward",
    "nn.Sequential.forward",
    "nn.Sequential.backward",
    "nn.Sequential.parameters",
    "SoftmaxCrossEntropy.backward",
    "train_epoch",
)
"""The exercises that every step of the training runs through."""


def not_filled_in_for_training() -> list[str]:
    """Return which pieces of the training are measured: tens of times as long.

    Returns
    -------
    list of str
        One clause for each piece: its name, and where it is asked for.
    """
    slots: list[Exercise] = [find(name) for name in IN_TRAINING]
    empty = [f"{slot.name} ({slot.where})" for slot in slots if slot.implementation is None]
    faults = [(slot, slot.fault()) for slot in slots]
    return empty + [f"{slot.name} ({slot.where}): yours {why}" for slot, why in faults if why]


# ------------------------------------------------------------------ break the checker


class _Affine(Function):
    """Y = X W + b, apart from the `Linear` that learners fill in."""

    @staticmethod
    def forward(ctx: Context, X: Any, W: Any, b: Any) -> Any:
        ctx.save_for_backward(X, W, b)
        return X @ W + b


def weak_check(
    backward: Callable[..., Any],
    X: Array | None = None,
    W: Array | None = None,
    b: Array | None = None,
    grad_output: Array | None = None,
) -> bool:
    """Check a backward of Y = X W + b in one place, and badly where nothing else is given.

    Parameters
    ----------
    backward : callable
        ``backward(ctx, grad_output)`` returns (grad_X, grad_W, grad_b).
    X, W, b : ndarray, optional
        By default always the same: 3 by 3, W symmetric, b zero.
    grad_output : ndarray, optional
        Ones by default.

    Returns
    -------
    bool
        Whether the three gradients agree with the measured ones here.
    """
    numbers = np.arange(9.0).reshape(3, 3)
    X = numbers if X is None else X
    W = (numbers + numbers.T) / 10 if W is None else W
    b = np.zeros((1, W.shape[1])) if b is None else b
    ctx = Context()
    Y = _Affine.forward(ctx, X, W, b)
    upstream = np.ones_like(Y) if grad_output is None else grad_output
    received = backward(ctx, upstream)
    expected = numerical_vjp(lambda *moved: _Affine.forward(Context(), *moved), (X, W, b), upstream)
    return len(received) == len(expected) and all(
        np.shape(r) == e.shape and np.allclose(r, e)
        for r, e in zip(received, expected, strict=True)
    )


@exercise("08_capstone", "8.7")
def fool_the_weak_check(ctx: Context, grad_output: Array) -> Any:
    """Return wrong (grad_X, grad_W, grad_b) for Y = X W + b that `weak_check` takes for right.

    Parameters
    ----------
    ctx : Context
        ``X, W, b = ctx.saved_tensors``.
    grad_output : ndarray, shape (q, p)
    """
    raise NotImplementedError
