"""Chapter 5, residual connections: the input is added to what the layer computes.

The branch is linear–ReLU–linear, for a batch of examples, one a row: PyTorch's weights have
the shape (out, in), and so F(x) = relu(x W₁ᵀ + b₁) W₂ᵀ + b₂.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from laws.call import in_either
from laws.numbers import Numbers, near, numbers
from laws.trial import Law, Technique

# --- questions ----------------------------------------------------------------

X = ((1.0, 2.0),)
TWO_ROWS = ((1.0, -2.0), (3.0, 1.0))
ZEROS = ((0.0, 0.0), (0.0, 0.0))
EYE = ((1.0, 0.0), (0.0, 1.0))
TURN = ((0.0, 1.0), (-1.0, 0.0))
WIDE, NARROW = (
    ((1.0, -1.0), (0.5, 2.0), (1.0, 1.0)),
    ((1.0, 0.0, 2.0), (0.0, -1.0, 1.0)),
)


def layer(
    x: Any, W1: Any, W2: Any, b1: Any = None, b2: Any = (0.0, 0.0)
) -> dict[str, Any]:
    """Return a question."""
    b1 = (0.0,) * len(W1) if b1 is None else b1
    return {"x": x, "W1": W1, "b1": b1, "W2": W2, "b2": b2}


NOTHING = [layer(X, ZEROS, ZEROS), layer(TWO_ROWS, EYE, ZEROS)]
SAME = [layer(X, EYE, EYE), layer(TWO_ROWS, EYE, EYE)]
TURNED = [
    layer(X, EYE, TURN),
    layer(X, TURN, EYE),
    layer(TWO_ROWS, TURN, TURN),
]
BIASED = [
    layer(X, ZEROS, ZEROS, b2=(1.0, -5.0)),
    layer(X, ZEROS, EYE, b1=(2.0, -1.0)),
    layer(TWO_ROWS, EYE, EYE, b1=(1.0, 1.0), b2=(0.5, 0.0)),
]
HIDDEN = [layer(X, WIDE, NARROW), layer(TWO_ROWS, WIDE, NARROW)]


def output(
    f: Callable[..., Any], x: Any, W1: Any, b1: Any, W2: Any, b2: Any
) -> Numbers:
    """Return what the layer makes of a batch."""
    return numbers(in_either(f, x, W1, b1, W2, b2), np.shape(x))


# --- laws ---------------------------------------------------------------------


def right(y: Numbers, **question: Any) -> bool:
    """Say whether y is x + F(x)."""
    x, W1, b1, W2, b2 = map(np.array, question.values())
    return near(y, numbers(x + np.maximum(x @ W1.T + b1, 0) @ W2.T + b2))


LAWS = (
    Law("a branch of zeros hands x on", output, NOTHING, right),
    Law("to what the branch computes, x itself is added", output, SAME, right),
    Law(
        "a weight has PyTorch's shape (out, in): it is x W1ᵀ",
        output,
        TURNED,
        right,
    ),
    Law("both biases are added inside the branch", output, BIASED, right),
    Law("the branch may be wider than x", output, HIDDEN, right),
)

# --- wrong versions -------------------------------------------------------------


def branch(
    x: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor
) -> Tensor:
    """F(x)."""
    return (x @ W1.T + b1).clamp(min=0) @ W2.T + b2


def no_shortcut(x: Tensor, *branch_of: Tensor) -> Tensor:
    """Is the shortcut missing? The layer returns x + F(x)."""
    return branch(x, *branch_of)


def relu_after_the_sum(x: Tensor, *branch_of: Tensor) -> Tensor:
    """Is there a ReLU after the sum? The shortcut hands x on as it is, below 0, too."""
    return (x + branch(x, *branch_of)).clamp(min=0)


def relu_at_the_end(x: Tensor, *branch_of: Tensor) -> Tensor:
    """Does the branch end in a ReLU? It ends in a linear map, and may subtract."""
    return x + branch(x, *branch_of).clamp(min=0)


def no_relu(
    x: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor
) -> Tensor:
    """Is the ReLU missing? It stands between the two linear maps."""
    return x + (x @ W1.T + b1) @ W2.T + b2


def around_the_second_map(
    x: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor
) -> Tensor:
    """Do you add the hidden units? The shortcut begins at x, before the first map."""
    h = (x @ W1.T + b1).clamp(min=0)
    return h + h @ W2.T + b2


def not_transposed(
    x: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor
) -> Tensor:
    """Is the weight not transposed? It has the shape (out, in), so it is x @ W.T."""
    return x + (x @ W1 + b1).clamp(min=0) @ W2 + b2


def one_column(
    x: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor
) -> Tensor:
    """Is x a column for you? A batch has one example a row, so it is x @ W.T."""
    return x + W2 @ (W1 @ x + b1).clamp(min=0) + b2


def the_mean(x: Tensor, *branch_of: Tensor) -> Tensor:
    """Did you take the mean of the two? It is their sum."""
    return (x + branch(x, *branch_of)) / 2


def twice(x: Tensor, *branch_of: Tensor) -> Tensor:
    """Is x added twice? The shortcut goes once around the whole branch."""
    return 2 * x + branch(x, *branch_of)


def no_biases(
    x: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor
) -> Tensor:
    """Are the biases missing? Each of the two linear maps has one."""
    return x + branch(x, W1, torch.zeros_like(b1), W2, torch.zeros_like(b2))


TECHNIQUES = (
    Technique(
        "residual_layer",
        LAWS,
        (
            no_shortcut,
            relu_after_the_sum,
            relu_at_the_end,
            no_relu,
            around_the_second_map,
            not_transposed,
            one_column,
            the_mean,
            twice,
            no_biases,
        ),
    ),
)
