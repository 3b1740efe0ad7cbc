"""Ways to break nnlib, each with the chapter that must notice.

A sabotage replaces text in one module.  It must not crash: the chapter shall fail in a
claim, or where its code is compared with PyTorch's.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sabotage:
    """One way to break a module.

    Attributes:
        chapter: Its number; its file's name begins with it.
        module: The module's name.
        what: What is wrong afterwards, in a few words.
        old: Text that stands in the module exactly once.
        new: Text to put in its place.
    """

    chapter: str
    module: str
    what: str
    old: str
    new: str


OPTIMISERS = [
    Sabotage(
        "01",
        "optim",
        "steps go uphill",
        "_descend(p, _like(self.lr, p), v)",
        "_descend(p, _like(self.lr, p), -v)",
    ),
    Sabotage(
        "01",
        "optim",
        "the learning rate is ignored",
        "_descend(p, _like(self.lr, p), v)",
        "_descend(p, 0.01, v)",
    ),
    Sabotage(
        "01",
        "optim",
        "steps are half as long",
        "_descend(p, _like(self.lr, p), v)",
        "_descend(p, _like(self.lr, p), v / 2)",
    ),
]

GRADIENTS = [
    Sabotage(
        "02",
        "diagnostics",
        "norms are squared",
        "return torch.stack(norms)",
        "return torch.stack(norms).square()",
    ),
    Sabotage(
        "02",
        "diagnostics",
        "layers come in the wrong order",
        "return torch.stack(norms)",
        "return torch.stack(norms[::-1])",
    ),
    Sabotage(
        "02",
        "init",
        "He without the 2 for ReLU's lost half",
        "return math.sqrt(2 / (1 + a**2))",
        "return 1.0",
    ),
]

CLIPPING = [
    Sabotage(
        "03",
        "clip",
        "nothing is clipped",
        "return torch.where((norm > c) & norm.isfinite(), c / norm, 1.0)",
        "return torch.ones_like(norm + c)",
    ),
    Sabotage(
        "03",
        "clip",
        "short gradients are lengthened to c",
        "return torch.where((norm > c) & norm.isfinite(), c / norm, 1.0)",
        "return torch.where((norm > 0) & c.isfinite(), c / norm, 1.0)",
    ),
    Sabotage(
        "03",
        "clip",
        "divided by the square of the norm",
        "return torch.where((norm > c) & norm.isfinite(), c / norm, 1.0)",
        "return torch.where(norm > c, c / norm.square(), 1.0)",
    ),
    Sabotage(
        "03",
        "clip",
        "each tensor by its own norm",
        "    for g in gradients:\n        g.mul_(",
        "    for g in gradients:\n"
        "        own = total_norm([g], replica_dims=dims)\n"
        "        coefficient = clip_coefficient(own, max_norm)\n"
        "        g.mul_(",
    ),
    Sabotage(
        "03",
        "clip",
        "one norm for all replicas",
        "norm = total_norm(gradients, replica_dims=dims)",
        "norm = total_norm(gradients).expand(replicas)",
    ),
]

ACTIVATIONS = [
    Sabotage(
        "04",
        "activations",
        "a sigmoid twice as steep",
        "z = torch.exp(-_magnitude(x))",
        "z = torch.exp(-2 * _magnitude(x))",
    ),
    Sabotage(
        "04",
        "activations",
        "ReLU with slope 1 at 0",
        "slope = x.detach().clamp(min=0).sign_()",
        "slope = (x.detach() >= 0).to(x.dtype)",
    ),
    Sabotage(
        "04",
        "activations",
        "leaky ReLU does not leak",
        "torch.where(x > 0, x, negative_slope * x)",
        "torch.where(x > 0, x, 0 * x)",
    ),
    Sabotage(
        "04",
        "activations",
        "leaky ReLU leaks on the wrong side",
        "torch.where(x > 0, x, negative_slope * x)",
        "torch.where(x < 0, x, negative_slope * x)",
    ),
    Sabotage(
        "04",
        "activations",
        "ELU ignores α",
        "alpha * torch.expm1(_negative_part(x))",
        "torch.expm1(_negative_part(x))",
    ),
    Sabotage(
        "04",
        "diagnostics",
        "off for one example counts as dead",
        "(activations == 0).all(dim=-2)",
        "(activations == 0).any(dim=-2)",
    ),
]

ADDITION = "return x + per_replica(self.scale, 2, like=x) * branch"

RESIDUAL = [
    Sabotage(
        "05", "residual", "no shortcut", ADDITION, ADDITION.replace("x + ", "")
    ),
    Sabotage(
        "05",
        "residual",
        "the branch is subtracted",
        ADDITION,
        ADDITION.replace("x + ", "x - "),
    ),
    Sabotage(
        "05",
        "residual",
        "the shortcut counts twice",
        ADDITION,
        ADDITION.replace("x + ", "2 * x + "),
    ),
    Sabotage(
        "05",
        "residual",
        "no gradient through the shortcut",
        ADDITION,
        ADDITION.replace("x + ", "x.detach() + "),
    ),
    Sabotage(
        "05", "residual", "the scale is ignored", ADDITION, "return x + branch"
    ),
    Sabotage(
        "05",
        "residual",
        "a zero start that is none",
        "        if zero_init:\n",
        "        if zero_init and False:\n",
    ),
]

INITIALISATION = [
    Sabotage(
        "06",
        "init",
        "He without the 2",
        "return math.sqrt(2 / (1 + a**2))",
        "return math.sqrt(1 / (1 + a**2))",
    ),
    Sabotage(
        "06",
        "init",
        "inputs and outputs swapped",
        "Fans(fan_in=tensor.shape[-1], fan_out=tensor.shape[-2])",
        "Fans(fan_in=tensor.shape[-2], fan_out=tensor.shape[-1])",
    ),
    Sabotage(
        "06",
        "init",
        "Glorot by the inputs alone",
        "tensor, std=gain * math.sqrt(2 / sum(fans)), generator=generator",
        "tensor, std=gain / math.sqrt(fans.fan_in), generator=generator",
    ),
    Sabotage(
        "06",
        "init",
        "orthogonal weights that are not",
        "return tensor.copy_(per_replica(gain, 2, like=tensor) * q)",
        "return tensor.copy_(\n"
        "        per_replica(gain, 2, like=tensor) * g / max(g.shape[-2:]) ** 0.5\n"
        "    )",
    ),
    Sabotage(
        "06",
        "init",
        "LSUV divides by the variance",
        "scale = torch.where(off, variance.sqrt(), 1.0)",
        "scale = torch.where(off, variance, 1.0)",
    ),
    Sabotage(
        "06",
        "linear",
        "a default of variance 1/n",
        "bound = 1 / math.sqrt(self.in_features)",
        "bound = math.sqrt(3 / self.in_features)",
    ),
]

DATA = [
    Sabotage(
        "07",
        "data",
        "labels stay clean",
        "replaced = seeds.rand(n_train + n_validation) < label_noise",
        "replaced = seeds.rand(n_train + n_validation) < 0 * label_noise",
    ),
    Sabotage(
        "07",
        "data",
        "training rows in the validation set",
        "validation=Examples(xs[..., n_train:, :], ys[..., n_train:])",
        "validation=Examples("
        "xs[..., :n_validation, :], ys[..., :n_validation])",
    ),
    Sabotage(
        "07",
        "data",
        "test rows in the training set",
        "rest, test = _stratified(y, 1300, 497, seed=0)",
        "rest, test = np.arange(1300), np.arange(497)",
    ),
]

EARLY_STOPPING = [
    Sabotage(
        "08",
        "early_stopping",
        "it never stops",
        "stop_now = ~better & ~self.stopped & (bad_epochs >= patience)",
        "stop_now = torch.zeros_like(better)",
    ),
    Sabotage(
        "08",
        "early_stopping",
        "one epoch more than the patience",
        "(bad_epochs >= patience)",
        "(bad_epochs > patience)",
    ),
    Sabotage(
        "08",
        "early_stopping",
        "a tie counts as better",
        "better = (loss < self.best_loss - delta)",
        "better = (loss <= self.best_loss - delta)",
    ),
    Sabotage(
        "08",
        "early_stopping",
        "the best weights are not restored",
        "value.copy_(torch.where(has_best, kept, value))",
        "value.copy_(value.clone())",
    ),
    Sabotage(
        "08",
        "early_stopping",
        "the last weights are kept as the best",
        "kept.copy_(torch.where(_along(better, kept), value, kept))",
        "kept.copy_(value)",
    ),
]

WEIGHT_DECAY = [
    Sabotage(
        "09",
        "weight_decay",
        "no penalty",
        ".square().sum(dim=-1)",
        ".square().sum(dim=-1) * 0",
    ),
    Sabotage(
        "09",
        "weight_decay",
        "half the penalty",
        ".square().sum(dim=-1)",
        ".square().sum(dim=-1) / 2",
    ),
    Sabotage(
        "09",
        "weight_decay",
        "biases decay as well",
        "return [p for name, p in model.named_parameters() if not _is_bias(name)]",
        "return list(model.parameters())",
    ),
    Sabotage(
        "09",
        "weight_decay",
        "PyTorch's number taken for λ",
        "return 2 * lam\n",
        "return lam\n",
    ),
    Sabotage(
        "09",
        "weight_decay",
        "the slide's alpha/n",
        "return alpha / (2 * n)",
        "return alpha / n",
    ),
    Sabotage(
        "09",
        "optim",
        "AdamW that is Adam",
        "if _is_on(decay) and self.decoupled:",
        "if _is_on(decay) and self.decoupled and False:",
    ),
]

MASK = "rand(x.shape, event_dims, generator) >= p"

DROPOUT = [
    Sabotage(
        "10",
        "dropout",
        "nothing is dropped",
        MASK,
        "rand(x.shape, event_dims, generator) >= 0 * p",
    ),
    Sabotage(
        "10",
        "dropout",
        "survivors are not rescaled",
        "return x * (keep * scale)",
        "return x * keep",
    ),
    Sabotage(
        "10",
        "dropout",
        "p taken for the probability of keeping",
        MASK,
        MASK.replace(">= p", ">= 1 - p"),
    ),
    Sabotage(
        "10",
        "dropout",
        "one mask for the whole batch",
        MASK,
        MASK.replace("x.shape,", "(*x.shape[:-2], 1, x.shape[-1]),"),
    ),
    Sabotage(
        "10",
        "dropout",
        "active while testing",
        "    if not training:\n        return x\n",
        "",
    ),
]

SABOTAGES = [
    *OPTIMISERS,
    *GRADIENTS,
    *CLIPPING,
    *ACTIVATIONS,
    *RESIDUAL,
    *INITIALISATION,
    *DATA,
    *EARLY_STOPPING,
    *WEIGHT_DECAY,
    *DROPOUT,
]
