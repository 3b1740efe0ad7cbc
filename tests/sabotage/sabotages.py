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
        "p.sub_(_like(self.lr, p) * v)",
        "p.add_(_like(self.lr, p) * v)",
    ),
    Sabotage(
        "01",
        "optim",
        "the learning rate is ignored",
        "p.sub_(_like(self.lr, p) * v)",
        "p.sub_(0.01 * v)",
    ),
    Sabotage(
        "01",
        "optim",
        "steps are half as long",
        "p.sub_(_like(self.lr, p) * v)",
        "p.sub_(_like(self.lr, p) * v / 2)",
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

SABOTAGES = [*OPTIMISERS, *GRADIENTS, *CLIPPING]
