"""nnlib.early_stopping: the best epoch, its weights, and when to stop."""

import pytest
import torch
from helpers import INF, NAN, SEED, draw, state, unchanged
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from nnlib.early_stopping import EarlyStopping
from nnlib.models import MLP


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


def written_out(losses, patience, min_delta=0.0):
    """The rule in plain Python: (best epoch, stopped epoch)."""
    best, best_epoch = INF, -1
    for epoch, loss in enumerate(losses):
        if loss < best - min_delta:
            best, best_epoch = loss, epoch
        elif epoch - best_epoch >= max(patience, 1):
            return best_epoch, epoch
    return best_epoch, -1


curves = st.lists(
    st.sampled_from([0.5, 1.0, 1.5, 2.0, NAN, INF]) | st.floats(0, 3),
    min_size=1,
    max_size=12,
)

# oracle


@settings(max_examples=100)
@given(curves, st.integers(0, 4), st.sampled_from([0.0, 0.5]))
def test_it_is_the_rule_written_out(curve, patience, min_delta):
    stopper = EarlyStopping(patience, min_delta)
    assert (stopper.best_epoch, stopper.stopped_epoch) == (-1, -1)
    model, answers = watch(stopper, curve)
    best, stopped = written_out(curve, patience, min_delta)
    assert (stopper.best_epoch, stopper.stopped_epoch) == (best, stopped)
    assert best >= 0 or stopper.best_loss == INF
    assert bool(stopper.stopped) is answers[-1] is (stopped >= 0)
    if best >= 0:
        assert stopper.best_loss == curve[best]
        stopper.restore(model)
        assert all((p == best).all() for p in model.parameters())


# law


def test_a_later_minimum_beyond_the_patience_is_not_taken():
    stopper = EarlyStopping(patience=2)
    model, answers = watch(stopper, [3.0, 2.0, 4.0, 4.0, 0.0])
    stopper.step(0.0, model)  # even if training goes on
    assert answers == [False, False, False, True]
    assert (stopper.best_epoch, stopper.best_loss) == (1, 2.0)


def test_what_was_kept_survives_training_in_place_and_looking_is_harmless():
    model, stopper = MLP([3, 4, 2]), EarlyStopping(patience=5)
    best = state(model)
    stopper.step(1.0, model)
    assert unchanged(model, best)
    for _ in range(2):  # after restoring, too
        for p in model.parameters():
            p.data.add_(1)
        stopper.step(2.0, model)
        stopper.restore(model)
        assert unchanged(model, best)


def test_buffers_are_kept_too():
    model, stopper = nn.BatchNorm1d(3), EarlyStopping(patience=1)
    stopper.step(1.0, model)
    model(draw(5, 3))
    stopper.restore(model)
    assert model.num_batches_tracked == 0
    assert not model.running_mean.any()


# edge


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("default", [torch.float32, torch.float64])
def test_the_best_loss_has_the_losses_dtype_under_any_default(dtype, default):
    torch.set_default_dtype(default)
    stopper = EarlyStopping(patience=5)
    for loss in (NAN, 1.0):
        watch(stopper, [torch.tensor(loss, dtype=dtype)])
        assert stopper.best_loss.dtype == dtype
    stopper = EarlyStopping(patience=5)
    watch(stopper, [1.0, 1.0 - 1e-12])  # Python's floats keep their digits
    assert stopper.best_epoch == 1


def test_a_loss_still_in_the_graph_is_detached():
    model, stopper = nn.Linear(1, 1), EarlyStopping(patience=1)
    stopper.step(model(torch.ones(1, 1)).square().sum(), model)
    assert not stopper.best_loss.requires_grad


def test_a_replica_that_was_never_finite_keeps_its_weights():
    model, stopper = MLP([2, 1], replicas=(2,)), EarlyStopping(patience=1)
    watch(stopper, [torch.tensor([1.0, NAN]), torch.tensor([2.0, NAN])], model)
    stopper.restore(model)
    assert model[0].weight[:, 0, 0].tolist() == [0.0, 1.0]


# replica independence, with settings of its own


def test_a_replica_with_its_settings_is_the_network_alone():
    patience = torch.tensor([0, 2, 5])
    min_delta = torch.tensor([0.0, 0.0, 0.2])
    losses = draw(30, 3, 20).round(decimals=1)
    losses[4, :, SEED] = NAN
    many = EarlyStopping(patience[:, None], min_delta[:, None])
    model, answers = watch(many, losses, MLP([2, 1], replicas=(3, 20)))
    assert len(answers) == many.stopped_epoch.max() + 1
    many.restore(model)
    for setting in range(3):
        curve = losses[:, setting, SEED].tolist()
        rule = patience[setting].item(), min_delta[setting].item()
        best, stopped = written_out(curve, *rule)
        assert many.best_epoch[setting, SEED] == best
        assert many.stopped_epoch[setting, SEED] == stopped
        assert many.best_loss[setting, SEED] == curve[best]
        assert (model[0].weight[setting, SEED] == best).all()
