"""Chapter 9, weight decay: the penalty λ wᵀw, and a step down the gradient of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from laws.call import in_either
from laws.numbers import Numbers, flat, near, numbers
from laws.trial import Law, Technique, small_first

Step = Callable[[nn.Module, float, float], Any]

# --- questions ----------------------------------------------------------------

STEPS = {"lr": [0.1, 0.5], "lam": [0.5, 0.1, 1.0]}
W = [(1.0,), (-2.0,), (2.0, -3.0)]
G = [(1.0,), (-0.5,)]


def model_of(w: Any, g: Any, b: float, gb: float) -> nn.Linear:
    """Return a layer with these weights, this bias, and their gradients."""
    layer = nn.Linear(len(w), 1, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([w]))
        layer.bias.fill_(b)
    gradient = torch.tensor([g], dtype=torch.float64)
    layer.weight.grad = gradient.expand_as(layer.weight).clone()
    layer.bias.grad = torch.full_like(layer.bias, gb)
    return layer


def weights_after(
    step: Step, w: Any, g: Any, lr: float, lam: float
) -> Numbers:
    """Return the weights after a step."""
    model = model_of(w, g, b=1.0, gb=0.0)
    step(model, lr, lam)
    [row] = numbers(model.weight, (1, len(w)))  # pyright: ignore
    return row


def bias_after(
    step: Step, b: float, g: float, lr: float, lam: float
) -> Numbers:
    """Return the bias after a step."""
    model = model_of((1.0,), (0.0,), b, g)
    step(model, lr, lam)
    return numbers(model.bias.sum())


def penalty(f: Callable[..., Any], weights: Any) -> Numbers:
    """Return the penalty of several tensors."""

    def of_list(*arrays: Any) -> Any:
        return f(list(arrays))

    return numbers(in_either(of_list, *weights), ())


# --- laws ---------------------------------------------------------------------


def by_rule(y: Any, w: Any, g: Any, lr: float, lam: float) -> bool:
    """Say whether y is w − η(g + 2λw)."""
    g = g * len(w) if len(g) == 1 else g
    return near(
        y,
        tuple(
            v - lr * (slope + 2 * lam * v)
            for v, slope in zip(w, g, strict=True)
        ),
    )


STEP_LAWS = (
    Law(
        "with λ = 0 it is a plain step, w - ηg",
        weights_after,
        small_first(w=W, g=G, lr=[0.1, 0.5], lam=[0.0]),
        by_rule,
    ),
    Law(
        "where the gradient is 0, a weight shrinks by the factor 1 - 2ηλ",
        weights_after,
        small_first(w=W, g=[(0.0,)], **STEPS),
        by_rule,
    ),
    Law(
        "both at once, from the same weights: w - η(g + 2λw)",
        weights_after,
        small_first(w=W, g=G, **STEPS),
        by_rule,
    ),
    Law(
        "a bias does not decay: b - ηg",
        bias_after,
        small_first(b=[1.0, -2.0], g=[0.0, 1.0], **STEPS),
        lambda y, b, g, lr, lam: near(y, b - lr * g),
    ),
)


def squares(y: Any, weights: Any) -> bool:
    """Say whether y is the sum of all squares."""
    return near(y, sum(v * v for v in flat(weights)))


PENALTY_LAWS = (
    Law(
        "one weight: its square",
        penalty,
        [{"weights": ((w,),)} for w in (1.0, 3.0, -2.0)],
        squares,
    ),
    Law(
        "many weights: the sum of their squares",
        penalty,
        [{"weights": (w,)} for w in ((1.0, 2.0), ((1.0, -2.0), (0.0, 3.0)))],
        squares,
    ),
    Law(
        "the weights of all layers are added up",
        penalty,
        [{"weights": w} for w in (((2.0,), (3.0,)), ((1.0, 2.0), ((3.0,),)))],
        squares,
    ),
)

# --- wrong versions -------------------------------------------------------------


def stepped(
    model: nn.Module,
    new: Callable[[Tensor, Tensor], Tensor],
    new_bias: Callable[[Tensor, Tensor], Tensor],
) -> None:
    """Take a step with one formula for weights and one for biases."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            gradient = torch.zeros_like(p) if p.grad is None else p.grad
            formula = new_bias if name.endswith("bias") else new
            p.copy_(formula(p, gradient))


def lambda_once(model: nn.Module, lr: float, lam: float) -> None:
    """Is the 2 missing? The gradient of λ wᵀw is 2λw."""
    stepped(
        model,
        lambda w, g: w - lr * (g + lam * w),
        lambda b, g: b - lr * g,
    )


def biases_too(model: nn.Module, lr: float, lam: float) -> None:
    """Do the biases decay, too? The penalty is on weights: spare them."""

    def both(w: Tensor, g: Tensor) -> Tensor:
        return w - lr * (g + 2 * lam * w)

    stepped(model, both, both)


def biases_too_and_lambda_once(
    model: nn.Module, lr: float, lam: float
) -> None:
    """Is the 2 missing? And do the biases decay, too? Take 2λw, and for weights alone."""

    def both(w: Tensor, g: Tensor) -> Tensor:
        return w - lr * (g + lam * w)

    stepped(model, both, both)


def without_the_rate(model: nn.Module, lr: float, lam: float) -> None:
    """Is the decay not multiplied by the rate? η stands before the whole gradient."""
    stepped(
        model,
        lambda w, g: w - lr * g - 2 * lam * w,
        lambda b, g: b - lr * g,
    )


def growing(model: nn.Module, lr: float, lam: float) -> None:
    """Is the sign of the decay wrong? A weight must become smaller."""
    stepped(
        model,
        lambda w, g: w - lr * (g - 2 * lam * w),
        lambda b, g: b - lr * g,
    )


def one_after_the_other(model: nn.Module, lr: float, lam: float) -> None:
    """Does the weight decay after its step? Both are taken at the same weights."""
    stepped(
        model,
        lambda w, g: (1 - 2 * lr * lam) * (w - lr * g),
        lambda b, g: b - lr * g,
    )


def absolute(model: nn.Module, lr: float, lam: float) -> None:
    """Is this the penalty |w|? Then all weights shrink by as much; w² makes it 2λw."""
    stepped(
        model,
        lambda w, g: w - lr * (g + lam * w.sign()),
        lambda b, g: b - lr * g,
    )


def uphill(model: nn.Module, lr: float, lam: float) -> None:
    """Do you go uphill? The step is against the gradient."""
    stepped(
        model,
        lambda w, g: w + lr * (g + 2 * lam * w),
        lambda b, g: b + lr * g,
    )


def no_decay(model: nn.Module, lr: float, lam: float) -> None:
    """Is this the plain step? The penalty adds 2λw to the gradient of each weight."""

    def plain(w: Tensor, g: Tensor) -> Tensor:
        return w - lr * g

    stepped(model, plain, plain)


def only_decay(model: nn.Module, lr: float, lam: float) -> None:
    """Is the gradient of the loss missing? The step is down the gradient of both."""
    stepped(model, lambda w, g: w - 2 * lr * lam * w, lambda b, g: b)


def result_lost(model: nn.Module, lr: float, lam: float) -> None:
    """Is the result lost? p = p - … only renames: change p in place, p -= …."""


def stays_a_bias(model: nn.Module, lr: float, lam: float) -> None:
    """Do the biases stand still? They take their step, and do not decay."""
    stepped(model, lambda w, g: w - lr * (g + 2 * lam * w), lambda b, g: b)


def parts(weights: Any) -> list[Tensor]:
    """Return the tensors of a list, flat."""
    return [w.flatten() for w in weights]


def root(weights: list[Tensor]) -> Tensor:
    """Did you take the root? The penalty is the squared length."""
    return torch.cat(parts(weights)).norm()


def half(weights: list[Tensor]) -> Tensor:
    """Is there a half in front? Some books have one; this penalty is wᵀw."""
    return torch.cat(parts(weights)).square().sum() / 2


def mean(weights: list[Tensor]) -> Tensor:
    """Is this the mean? Squares are added up, not averaged."""
    return torch.cat(parts(weights)).square().mean()


def sizes(weights: list[Tensor]) -> Tensor:
    """Are these absolute values? The penalty adds up squares."""
    return torch.cat(parts(weights)).abs().sum()


def square_of_the_sum(weights: list[Tensor]) -> Tensor:
    """Did you square the sum? First square, then add up."""
    return torch.cat(parts(weights)).sum().square()


def last_layer(weights: list[Tensor]) -> Tensor:
    """Does only the last layer count? Add up over all of them: penalty += …."""
    return weights[-1].square().sum()


TECHNIQUES = (
    Technique(
        "sgd_step",
        STEP_LAWS,
        (
            lambda_once,
            biases_too,
            biases_too_and_lambda_once,
            without_the_rate,
            growing,
            one_after_the_other,
            absolute,
            uphill,
            no_decay,
            only_decay,
            result_lost,
            stays_a_bias,
        ),
    ),
    Technique(
        "l2_penalty",
        PENALTY_LAWS,
        (root, half, mean, sizes, square_of_the_sum, last_layer),
    ),
)
