"""Answers that let an exercise compute what they should derive, while that is not filled in.

A row is (exercise, name, source, the exercise that it rests on). Sources are whole cells.
"""

RESTING = [
    ("Linear", "an exercise that is not filled in", """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    return linear_backward_loops(grad_output, X, W)
""", "linear_backward_loops"),
    ("Linear", "row by row, by an exercise that is not filled in", """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    grad_X, grad_W, grad_b = np.zeros_like(X), np.zeros_like(W), np.zeros_like(b)
    for i, (x, g) in enumerate(zip(X, grad_output)):
        _, back = vjp(AffineRow, x, W, b[0])
        grad_X[i], by_W, by_b = back(g)
        grad_W += by_W
        grad_b += by_b
    return grad_X, grad_W, grad_b
""", "AffineRow.backward"),
    ("MSE", "by an exercise that is not filled in", """
@fill_in(MSE)
def backward(ctx, grad_output):
    Y_hat, Y = ctx.saved_tensors
    _, back = vjp(SumSquaredError, Y_hat.ravel(), Y.ravel())
    return tuple(grad.reshape(Y.shape) for grad in back(grad_output / len(Y)))
""", "SumSquaredError.backward"),
    ("mse_gradient_loops", "a later exercise", """
@fill_in(mse_gradient_loops)
def mse_gradient_loops(Y_hat, Y):
    C, back = vjp(MSE, Y_hat, Y)
    return back(1.0)[0]
""", "MSE.backward"),
    ("Linear", "for one gradient", """
@fill_in(Linear)
def backward(ctx, grad_output):
    X, W, b = ctx.saved_tensors
    _, grad_W, _ = linear_backward_loops(grad_output, X, W)
    return grad_output @ W.T, grad_W, grad_output.sum(axis=0, keepdims=True)
""", "linear_backward_loops"),
]  # fmt: skip
