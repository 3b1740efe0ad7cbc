"""What one wrote first, with nothing but the page and the judge; what it then said."""

import math

import numpy as np
import torch

TRIES = {}


def told(name, *words):
    """Note what the judge says of a try."""

    def note(function):
        TRIES[function] = name, *words
        return function

    return note


@told(
    "clip_grad_norm_",
    "Do you scale every gradient to length c?",
    "For a zero gradient that is 0/0.",
    "AttributeError: 'NoneType' object has no attribute 'norm' line",
    ": norm = norm + p.grad.norm() ** 2",
    "returns None: is a return missing?",
)
def clip_1(parameters, max_norm):
    norm = 0
    for p in parameters:
        norm = norm + p.grad.norm() ** 2
    norm = norm**0.5
    for p in parameters:
        p.grad = p.grad * max_norm / norm


@told("clip_grad_norm_", "Did you add up the norms of the parameters?")
def clip_2(parameters, max_norm):
    norm = sum(p.grad.norm() for p in parameters if p.grad is not None)
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad *= max_norm / norm
    return norm


@told("elu", "Is your function for one number?", ": if x > 0:")
def elu_1(x, alpha=1.0):
    if x > 0:
        return x
    return alpha * math.exp(x) - 1


@told("elu", "Are brackets missing?")
def elu_2(x, alpha=1.0):
    return np.where(x > 0, x, alpha * np.exp(x) - 1)


@told("dropout", "broadcast together with shapes (100,200) (100,)")
def dropout_1(x, p=0.5, training=True):
    mask = np.random.rand(len(x)) < p
    return x * mask / p


@told("dropout", "Do you divide at test time, too?", "Is the mask reversed?")
def dropout_2(x, p=0.5, training=True):
    mask = np.random.rand(*x.shape) < p
    if training:
        x = x * mask
    return x / (1 - p)


@told("dropout", "For p = 1 that is 0/0: return zeros.")
def dropout_3(x, p=0.5, training=True):
    if not training:
        return x
    mask = np.random.rand(*x.shape) >= p
    return x * mask / (1 - p)


@told(
    "early_stopping",
    "for losses = (1, 4, 3, 2) and patience = 2 yours gives (3, 3)",
    "Does an equal loss count as better?",
)
def stopping_1(losses, patience):
    bad = 0
    for epoch in range(1, len(losses)):
        if losses[epoch] > losses[epoch - 1]:
            bad += 1
        else:
            bad = 0
        if bad == patience:
            return epoch, epoch - patience
    return epoch, epoch


@told("early_stopping", "Is this the minimum of the whole curve?")
def stopping_2(losses, patience):
    best_epoch = losses.index(min(losses))
    return best_epoch + patience, best_epoch


@told("early_stopping", "Is your counter never set back?")
def stopping_3(losses, patience):
    best, best_epoch, bad = losses[0], 0, 0
    for epoch, loss in enumerate(losses):
        if loss < best:
            best, best_epoch = loss, epoch
        else:
            bad += 1
        if bad > patience:
            break
    return epoch, best_epoch


def s(a):
    return 1 / (1 + math.exp(-a))


def hidden(x, w):
    h = [x]
    for v in w:
        h.append(s(v * h[-1]))
    return h


@told("chain_gradients", "Do you take σ′ at h = σ(a)?")
def chain_1(x, w):
    h, grads, back = hidden(x, w), [], 1
    for k in range(len(w) - 1, -1, -1):
        back = back * s(h[k + 1]) * (1 - s(h[k + 1]))
        grads.append(back * h[k])
        back = back * w[k]
    return grads


@told("chain_gradients", "Is a layer's own weight among the factors?")
def chain_2(x, w):
    h, grads = hidden(x, w), []
    for first in range(len(w)):
        g = h[first]
        for k in range(first, len(w)):
            g *= h[k + 1] * (1 - h[k + 1]) * w[k]
        grads.append(g)
    return grads


@told("chain_gradients", "Is the order that of the way back?")
def chain_3(x, w):
    h, grads, back = hidden(x, w), [], 1
    for k in range(len(w) - 1, -1, -1):
        back = back * h[k + 1] * (1 - h[k + 1])
        grads.append(back * h[k])
        back = back * w[k]
    return grads


@told("sgd_step", "a leaf Variable that requires grad", ": p -= lr *")
def step_1(model, lr, lam):
    for p in model.parameters():
        p -= lr * (p.grad + lam * p)


@told("sgd_step", "Is the 2 missing? And do the biases decay, too?")
def step_2(model, lr, lam):
    for p in model.parameters():
        p.data = p.data - lr * (p.grad + lam * p.data)


@told("sgd_step", "Does the weight decay after its step?")
def step_3(model, lr, lam):
    with torch.no_grad():
        for name, p in model.named_parameters():
            p -= lr * p.grad
            if "bias" not in name:
                p -= lr * 2 * lam * p
