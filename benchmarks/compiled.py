"""JAX as a peer: all R networks at once, in compiled code.

Two ways to write it: one compiled call an epoch, in plain JAX, and one a step, with
Equinox and optax, as their documentation trains.  Both are written for one network and
vmapped over replicas.  JAX's last minibatch is padded with examples of weight 0, so that a
single shape has to be compiled.

Import this before JAX: what JAX reads from the environment is set here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.peers import Run, package
from benchmarks.work import MOMENTUM, Work

one = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ.setdefault("XLA_FLAGS", one)
os.environ.setdefault("JAX_PLATFORMS", "cpu")
jax, eqx, optax = map(package, ("jax", "equinox", "optax"))
jax.config.update("jax_enable_x64", True)  # else float64 is float32


def jax_scan(work: Work, count: int) -> Run:
    """All networks: ``vmap`` over replicas, ``scan`` over the minibatches of an epoch."""
    params, data = _start(work), _data(work)
    start = params, jax.tree.map(np.zeros_like, params)
    n, size = len(data[1]), work.batch_size or len(data[1])
    weights = _cut(np.ones(n, work.dtype), size)

    def run() -> Tensor:
        state, losses = start, None
        for rows in work.permutations(range(count)):
            state, losses = _epoch(
                state, _cut(rows, size), weights, data, work.lr
            )
        return torch.from_numpy(np.array(losses) / n)

    return run


def equinox_step(work: Work, count: int) -> Run:
    """All networks: one ``filter_jit`` call for each minibatch."""
    x, y = _data(work)
    shape = work.sizes[0], work.sizes[-1], work.hidden[0], len(work.hidden)
    empty = eqx.filter_eval_shape(
        lambda: eqx.nn.MLP(*shape, key=jax.random.key(0))
    )
    model = eqx.tree_at(
        lambda m: [p for i in m.layers for p in (i.weight, i.bias)],
        empty,
        _start(work),
    )
    state = optax.sgd(work.lr, MOMENTUM).init(eqx.filter(model, eqx.is_array))
    n = len(y)

    def run() -> Tensor:
        now, losses = (model, state), 0.0
        for rows in work.permutations(range(count)):
            losses = 0.0
            for batch in work.minibatches(rows):
                *now, loss = _step(*now, x, y, batch.numpy(), work.lr)
                losses += loss * batch.shape[-1]
        return torch.from_numpy(np.array(losses) / n)

    return run


def forget() -> None:
    """Compile everything again, as in a new process."""
    jax.clear_caches()


def square(a: Any) -> Callable[[], object]:
    """Return XLA's product of a matrix with itself."""
    product = jax.jit(lambda a: a @ a)
    a = jax.device_put(a)
    return lambda: product(a).block_until_ready()


@jax.jit
@partial(jax.vmap, in_axes=(0, 0, None, None, None))
def _epoch(state: Any, rows: Any, weights: Any, data: Any, lr: Any) -> Any:
    """Train one network for an epoch; ``rows`` and ``weights`` are ``(steps, batch)``."""
    x, y = data

    def loss(params: Any, rows: Any, weights: Any) -> Any:
        losses = _cross_entropy(_forward(params, x[rows]), y[rows])
        return (losses * weights).sum() / weights.sum()

    def step(state: Any, batch: Any) -> Any:
        params, velocity = state
        value, gradient = jax.value_and_grad(loss)(params, *batch)
        velocity = jax.tree.map(
            lambda v, g: MOMENTUM * v + g, velocity, gradient
        )
        params = jax.tree.map(lambda p, v: p - lr * v, params, velocity)
        return (params, velocity), value * batch[1].sum()

    state, losses = jax.lax.scan(step, state, (rows, weights))
    return state, losses.sum()


def _forward(params: Any, x: Any) -> Any:
    *hidden, w, b = params
    for weight, bias in zip(hidden[::2], hidden[1::2], strict=True):
        x = jax.nn.relu(x @ weight.T + bias)
    return x @ w.T + b


def _cross_entropy(logits: Any, y: Any) -> Any:
    return optax.softmax_cross_entropy_with_integer_labels(logits, y)


@eqx.filter_jit
@eqx.filter_vmap(in_axes=(*(eqx.if_array(0),) * 2, None, None, 0, None))
def _step(model: Any, state: Any, x: Any, y: Any, rows: Any, lr: float) -> Any:
    """Train one network for a step."""

    def loss(model: Any) -> Any:
        return _cross_entropy(jax.vmap(model)(x[rows]), y[rows]).mean()

    value, gradient = eqx.filter_value_and_grad(loss)(model)
    updates, state = optax.sgd(lr, MOMENTUM).update(gradient, state)
    return eqx.apply_updates(model, updates), state, value


def _start(work: Work) -> list[Any]:
    """Where nnlib starts: weights ``(R, out, in)`` and biases ``(R, out)`` in turn."""
    values = [p.detach().numpy() for p in work.networks().parameters()]
    return jax.device_put(values)


def _data(work: Work) -> tuple[Any, Any]:
    x, y = work.train
    return jax.device_put((x.numpy(), y.numpy()))


def _cut(rows: Any, size: int) -> Any:
    """Cut ``(…, n)`` into minibatches ``(…, steps, size)``, the last filled with zeros."""
    steps = -(-rows.shape[-1] // size)
    more = [(0, 0)] * (rows.ndim - 1) + [(0, steps * size - rows.shape[-1])]
    return np.pad(rows, more).reshape(*rows.shape[:-1], steps, size)
