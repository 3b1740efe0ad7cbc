"""nnlib.early_stopping: the best epoch, its weights, and when to stop."""

import math
import re
from copy import deepcopy

import pytest
import torch
from helpers import (
    SEED,
    draw,
    equal,
    state,
    unchanged,
)
from torch import nn

from nnlib.early_stopping import EarlyStopping
from nnlib.models import MLP

NAN, INF = math.nan, math.inf


def watch(stopper, losses, model=None):
    """Show a curve to a stopper; in epoch t all weights are t."""
    model = nn.Linear(2, 1) if model is None else model
    answers = []
    for epoch, loss in enumerate(losses):
        for p in model.parameters():
            nn.init.constant_(p, epoch)
        answers.append(stopper.step(loss, model))
        if answers[-1]:
            break
    return model, answers


def reference(losses, patience, min_delta=0.0):
    """The rule in plain Python: (best epoch, stopped epoch)."""
    best, best_epoch = INF, -1
    for epoch, loss in enumerate(losses):
        if loss < best - min_delta:
            best, best_epoch = loss, epoch
        elif epoch - best_epoch >= max(patience, 1):
            return best_epoch, epoch
    return best_epoch, -1


# oracle


@pytest.mark.parametrize("patience", [0, 1, 2, 3, 7])
@pytest.mark.parametrize("min_delta", [0.0, 0.3])
@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_rule_written_out(patience, min_delta, seed):
    losses = draw(30, seed=seed).round(decimals=1).tolist()
    stopper = EarlyStopping(patience, min_delta)
    watch(stopper, losses)
    best, stopped = reference(losses, patience, min_delta)
    assert (stopper.best_epoch, stopper.stopped_epoch) == (best, stopped)
    assert stopper.best_loss == losses[best]


# law


def test_ties_keep_the_earliest():
    stopper = EarlyStopping(patience=9)
    watch(stopper, [2.0, 1.0, 1.0, 2.0, 1.0])
    assert stopper.best_epoch == 1


def test_a_later_minimum_beyond_the_patience_is_not_taken():
    stopper = EarlyStopping(patience=2)
    model, answers = watch(stopper, [3.0, 2.0, 4.0, 4.0, 0.0])
    stopper.step(0.0, model)  # even if training goes on
    assert answers == [False, False, False, True]
    assert (stopper.best_epoch, stopper.best_loss) == (1, 2.0)


def test_a_minimum_within_the_patience_is_taken():
    stopper = EarlyStopping(patience=3)
    watch(stopper, [3.0, 2.0, 4.0, 4.0, 0.0])
    assert stopper.best_epoch == 4


def test_patience_starts_anew_after_each_improvement():
    stopper = EarlyStopping(patience=2)
    _, answers = watch(stopper, [5.0, 6.0, 4.0, 6.0, 3.0, 6.0, 6.0, 0.0])
    assert (stopper.best_epoch, stopper.stopped_epoch) == (4, 6)
    assert len(answers) == 7


@pytest.mark.parametrize("patience", [0, 1])
def test_the_slide_s_rule_stops_at_the_first_increase(patience):
    stopper = EarlyStopping(patience)
    _, answers = watch(stopper, [3.0, 2.0, 2.5, 0.0])
    assert answers == [False, False, True]


def test_min_delta_is_the_least_fall_that_counts():
    stopper = EarlyStopping(patience=9, min_delta=0.5)
    watch(stopper, [3.0, 2.5, 2.4, 2.0])
    assert stopper.best_epoch == 2


def test_restore_gives_back_every_bit():
    model, stopper = MLP([3, 4, 2]), EarlyStopping(patience=5)
    stopper.step(1.0, model)
    best = state(model)
    for p in model.parameters():
        nn.init.normal_(p)
    stopper.step(2.0, model)
    stopper.restore(model)
    assert unchanged(model, best)


def test_what_was_kept_survives_training_in_place():
    model, stopper = nn.Linear(2, 1), EarlyStopping(patience=5)
    stopper.step(1.0, model)
    best = state(model)
    for _ in range(2):
        for p in model.parameters():
            p.data.add_(1)  # after restoring, too
        stopper.restore(model)
        assert unchanged(model, best)


def test_step_leaves_the_model_alone():
    model = MLP([3, 4, 2])
    before = state(model)
    stopper = EarlyStopping(patience=1)
    for loss in (2.0, 1.0, 3.0):
        stopper.step(loss, model)
    assert unchanged(model, before)


def test_buffers_are_kept_too():
    model, stopper = nn.BatchNorm1d(3), EarlyStopping(patience=1)
    stopper.step(1.0, model)
    model(draw(5, 3))
    stopper.restore(model)
    assert model.num_batches_tracked == 0
    assert not model.running_mean.any()


# edge


@pytest.mark.parametrize("bad", [NAN, INF])
def test_nan_and_infinity_are_never_best(bad):
    stopper = EarlyStopping(patience=9)
    watch(stopper, [bad, 2.0, bad, 1.0, bad])
    assert (stopper.best_epoch, stopper.best_loss) == (3, 1.0)


def test_nan_uses_up_patience():
    stopper = EarlyStopping(patience=2)
    _, answers = watch(stopper, [1.0, NAN, NAN, 0.5])
    assert answers == [False, False, True]


def test_a_falling_curve_never_stops():
    stopper = EarlyStopping(patience=1)
    _, answers = watch(stopper, [3.0, 2.0, 1.0])
    assert not any(answers)
    assert not stopper.stopped
    assert stopper.stopped_epoch == -1


def test_before_the_first_epoch_nothing_is_best():
    stopper = EarlyStopping(patience=1)
    assert stopper.best_loss == INF
    assert stopper.best_epoch == -1
    assert not stopper.stopped


def test_whole_numbers_are_losses_too():
    stopper = EarlyStopping(patience=1)
    watch(stopper, [3, 2, 5])
    assert (stopper.best_epoch, stopper.best_loss) == (1, 2)


def test_a_tensor_of_whole_numbers_is_a_loss_too():
    stopper = EarlyStopping(patience=1)
    watch(stopper, [torch.tensor(3), torch.tensor(2)])
    assert (stopper.best_epoch, stopper.best_loss) == (1, 2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("default", [torch.float32, torch.float64])
def test_the_best_loss_has_the_losses_dtype_under_any_default(dtype, default):
    torch.set_default_dtype(default)
    stopper = EarlyStopping(patience=1)
    watch(stopper, [torch.tensor(NAN, dtype=dtype)])
    assert stopper.best_loss.dtype == dtype
    watch(stopper, [torch.tensor(1.0, dtype=dtype)])
    assert stopper.best_loss.dtype == dtype


def test_python_s_floats_keep_their_digits_under_any_default():
    torch.set_default_dtype(torch.float32)
    stopper = EarlyStopping(patience=5)
    watch(stopper, [1.0, 1.0 - 1e-12])
    assert stopper.best_epoch == 1


def test_a_loss_still_in_the_graph_is_detached():
    model, stopper = nn.Linear(1, 1), EarlyStopping(patience=1)
    stopper.step(model(torch.ones(1, 1)).square().sum(), model)
    assert not stopper.best_loss.requires_grad


# error


@pytest.mark.parametrize("name", ["patience", "min_delta"])
@pytest.mark.parametrize("bad", [-1, NAN, INF])
def test_settings_must_be_finite_and_not_negative(name, bad):
    rule = f"{name} must be finite and not negative, got {bad}"
    with pytest.raises(ValueError, match=rule):
        EarlyStopping(**{"patience": 1, name: bad})


def test_restore_without_a_best_epoch_is_refused():
    model, stopper = nn.Linear(2, 1), EarlyStopping(patience=9)
    before = state(model)
    with pytest.raises(RuntimeError, match="restore needs a best epoch"):
        stopper.restore(model)
    stopper.step(NAN, model)
    with pytest.raises(RuntimeError, match="no finite loss"):
        stopper.restore(model)
    assert unchanged(model, before)


def test_losses_keep_their_shape():
    model = MLP([2, 1], replicas=(3,))
    stopper = EarlyStopping(patience=1)
    stopper.step(torch.ones(3), model)
    rule = r"val_loss must keep its shape \(3,\), got \(2,\)"
    with pytest.raises(ValueError, match=rule):
        stopper.step(torch.zeros(2), model)
    assert torch.equal(stopper.best_loss, torch.ones(3))


@pytest.mark.parametrize(
    ("replicas", "shape"), [((), (20,)), ((20,), ()), ((6, 20), (20,))]
)
def test_losses_have_the_replica_axes_of_the_model(replicas, shape):
    stopper = EarlyStopping(patience=1)
    with pytest.raises(
        ValueError, match="val_loss must have the replica axes"
    ):
        stopper.step(torch.ones(shape), MLP([2, 1], replicas=replicas))
    assert stopper.best_epoch == -1


@pytest.mark.parametrize("name", ["patience", "min_delta"])
@pytest.mark.parametrize("replicas", [(), (20,)])
def test_settings_must_fit_the_replicas(name, replicas):
    stopper = EarlyStopping(**{"patience": 1, name: torch.ones(3)})
    rule = rf"{name} must broadcast over the replica axes .* shape \(3,\)"
    with pytest.raises(ValueError, match=rule):
        stopper.step(torch.ones(replicas), MLP([2, 1], replicas=replicas))


# replica independence


def test_a_replica_is_the_network_alone():
    patience = torch.tensor([0, 2, 5])
    min_delta = torch.tensor([0.0, 0.0, 0.2])
    losses = draw(30, 3, 20).round(decimals=1)
    losses[4, :, SEED] = NAN
    many = EarlyStopping(patience[:, None], min_delta[:, None])
    model, answers = watch(many, losses, MLP([2, 1], replicas=(3, 20)))
    last = len(answers) - 1
    assert last == (many.stopped_epoch.max() if many.stopped.all() else 29)
    many.restore(model)
    for setting in range(3):
        one = EarlyStopping(int(patience[setting]), float(min_delta[setting]))
        alone, _ = watch(one, losses[:, setting, SEED])
        one.restore(alone)
        assert torch.equal(many.best_loss[setting, SEED], one.best_loss)
        assert many.best_epoch[setting, SEED] == one.best_epoch
        assert many.stopped_epoch[setting, SEED] == one.stopped_epoch
        kept = model[0].weight[setting, SEED]
        assert torch.equal(kept, alone.weight.data)
        assert (kept == one.best_epoch).all()


def test_a_replica_that_was_never_finite_keeps_its_weights():
    model, stopper = MLP([2, 1], replicas=(2,)), EarlyStopping(patience=1)
    watch(stopper, [torch.tensor([1.0, NAN]), torch.tensor([2.0, NAN])], model)
    stopper.restore(model)
    equal(model[0].weight[:, 0, 0].data, torch.tensor([0.0, 1.0]))


@pytest.mark.parametrize(
    "other", [MLP([3, 1]), MLP([2, 1, 1]), nn.Linear(2, 1, bias=False)]
)
def test_another_model_is_refused_and_nothing_changes(other):
    stopper = EarlyStopping(patience=2)
    model, _ = watch(stopper, [2.0, 1.0])
    seen = deepcopy(vars(stopper))
    before = deepcopy(other.state_dict())
    for attempt in (
        lambda: stopper.step(0.5, other),
        lambda: stopper.restore(other),
    ):
        shapes = {n: tuple(v.shape) for n, v in other.state_dict().items()}
        rule = f"model must be the one that has been watched, got {shapes}"
        with pytest.raises(ValueError, match=re.escape(rule)):
            attempt()
    torch.testing.assert_close(other.state_dict(), before)
    torch.testing.assert_close(vars(stopper), seen)
    stopper.restore(model)  # and the right one still works


def test_restore_needs_a_network():
    stopper = EarlyStopping(patience=2)
    watch(stopper, [2.0])
    with pytest.raises(TypeError, match=r"model must be a torch.nn.Module"):
        stopper.restore("model.pt")
