"""What the notebooks of Backward by Hand import.

The functions and classes of the exercises are yours to fill in; see `fill_in`.
Importing this package also brings back what you filled in earlier.
"""

from course_utils import former_names as former_names
from course_utils import own
from course_utils.autodiff.function import Context, Function, vjp
from course_utils.chapters.ch00_measuring_slopes.exercises import (
    best_step,
    central_difference,
    complex_step,
    forward_difference,
    numerical_jacobian,
)
from course_utils.chapters.ch01_jacobians.exercises import (
    contract,
    flatten_jacobian,
    jacobian_shape,
    matvec_jacobian_A,
    matvec_jacobian_x,
    to_denominator_layout,
)
from course_utils.chapters.ch02_chain_rule.exercises import (
    MatVec,
    Multiply,
    Sine,
    SumOfCubes,
    chain_rule,
    gradient_of_chain,
    gradient_used_twice,
    jacobian_bytes,
)
from course_utils.chapters.ch03_one_sample.exercises import (
    Affine,
    AffineRow,
    SquaredError,
    SumSquaredError,
    predicted_change,
    sample_weight_gradient,
)
from course_utils.chapters.ch04_batch.exercises import (
    dY_dW,
    dY_dX,
    linear_backward_loops,
    linear_jacobian_W,
    linear_jacobian_X,
    mse_factor,
    mse_gradient_loops,
)
from course_utils.chapters.ch05_matrix_form.exercises import (
    MSE,
    Linear,
    contract_output,
    input_jacobian,
    weight_jacobian_bytes,
    weight_jacobian_matrix,
)
from course_utils.chapters.ch06_whole_cost.exercises import (
    cost,
    cost_gradient,
    descent_step,
    largest_rate,
    least_squares,
    slowest_factor,
)
from course_utils.chapters.ch07_networks import nn
from course_utils.chapters.ch07_networks.activations import ReLU, Tanh
from course_utils.chapters.ch08_capstone.exercises import (
    SoftmaxCrossEntropy,
    accuracy,
    confusion_matrix,
    fool_the_weak_check,
    log_sum_exp,
    minibatches,
    softmax,
    train_epoch,
    weak_check,
)
from course_utils.chapters.ch08_capstone.learn_digits import learn_digits
from course_utils.checks import (
    CheckFailed,
    check,
    check_vjp,
    examine,
    failing_inputs,
    fault_of,
    score,
    stand_in_of,
)
from course_utils.data.digits import load_digits
from course_utils.exercises import cells_run, public
from course_utils.exercises.fill_in import FillInError, fill_in
from course_utils.exercises.registry import NotFilledIn, judge_with, provide_stand_ins
from course_utils.exercises.saved_work import load_saved_work, saved_answer
from course_utils.progress.progress import progress

__all__ = [
    "MSE",
    "Affine",
    "AffineRow",
    "CheckFailed",
    "Context",
    "FillInError",
    "Function",
    "Linear",
    "MatVec",
    "Multiply",
    "NotFilledIn",
    "ReLU",
    "Sine",
    "SoftmaxCrossEntropy",
    "SquaredError",
    "SumOfCubes",
    "SumSquaredError",
    "Tanh",
    "accuracy",
    "best_step",
    "central_difference",
    "chain_rule",
    "check",
    "check_vjp",
    "complex_step",
    "confusion_matrix",
    "contract",
    "contract_output",
    "cost",
    "cost_gradient",
    "dY_dW",
    "dY_dX",
    "descent_step",
    "examine",
    "failing_inputs",
    "fill_in",
    "flatten_jacobian",
    "fool_the_weak_check",
    "forward_difference",
    "gradient_of_chain",
    "gradient_used_twice",
    "input_jacobian",
    "jacobian_bytes",
    "jacobian_shape",
    "largest_rate",
    "learn_digits",
    "least_squares",
    "linear_backward_loops",
    "linear_jacobian_W",
    "linear_jacobian_X",
    "load_digits",
    "log_sum_exp",
    "matvec_jacobian_A",
    "matvec_jacobian_x",
    "minibatches",
    "mse_factor",
    "mse_gradient_loops",
    "nn",
    "numerical_jacobian",
    "predicted_change",
    "progress",
    "sample_weight_gradient",
    "saved_answer",
    "score",
    "slowest_factor",
    "softmax",
    "to_denominator_layout",
    "train_epoch",
    "vjp",
    "weak_check",
    "weight_jacobian_bytes",
    "weight_jacobian_matrix",
]

provide_stand_ins(stand_in_of)
judge_with(fault_of)

# What an instructor added is imported like everything else.
_added = own.load(taken=globals())
globals().update(_added)
__all__ += sorted(_added)
public.names.update({name: globals()[name] for name in __all__})

load_saved_work()
cells_run.watch()
