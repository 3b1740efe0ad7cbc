"""nnlib.train: the plain loop, for one network or for many at once."""

import numpy as np
import pytest
import torch
from helpers import INF, NAN, SEED, SEEDS, draw, equal, labels
from torch import nn
from torch.nn import functional as F

from nnlib.early_stopping import EarlyStopping
from nnlib.models import MLP
from nnlib.optim import SGD, Adam
from nnlib.replicas import Generators
from nnlib.train import cross_entropy, error_rate, evaluate, fit, mean_squared_error
from nnlib.weight_decay import l2_penalty, weights

SIZES = [4, 8, 3]
ORDER = 100  # the stream of the order of the examples: the book hangs on it


def examples(*replicas, n=48, seed=0):
    """Inputs and noisy classes that depend on them."""
    x = draw(*replicas, n, 4, seed=seed)
    y = (2 * x[..., :3] + draw(*replicas, n, 3, seed=seed + 1)).argmax(dim=-1)
    return x, y


def trained(data=None, optimiser=SGD, lr=0.1, sizes=SIZES, **options):
    """A small network, or many, after a call of fit; and its history."""
    replicas, seeds = options.pop("replicas", ()), options.get("seeds", 0)
    p, settings = options.pop("p", 0.0), options.pop("settings", {})
    model = MLP(sizes, p=p, replicas=replicas, seeds=seeds)
    step = optimiser(model.parameters(), lr=lr, **settings)
    options = {"epochs": 4} | options
    history = fit(model, data or examples(), step, **options)
    return model, history


def same(model, other, atol=0.0, only=...):
    """Assert that two networks have the same parameters, or some of their replicas."""
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        equal(p.data[only], q.data[only], atol=atol)


def pytorch_s(seed):
    """PyTorch's layers with the weights of a network of ours."""
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    net.load_state_dict(MLP(SIZES, seeds=seed).state_dict())
    return net


def plain_loop(net, data, optimizer, epochs, batch_size, seed):
    """Every tutorial's loop, with the order of the examples that fit takes."""
    order, means, (x, y) = Generators(seed, stream=ORDER), [], data
    for _ in range(epochs):
        shuffled, losses = order.randperm(len(x)), []
        for index in shuffled.split(batch_size or len(x)):
            loss = F.cross_entropy(net(x[index]), y[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item() * len(index) / len(x))
        means.append(sum(losses))
    return torch.tensor(means)


# oracle


@pytest.mark.parametrize("n", [48, 41, 7, 1])  # short last batches, too
@pytest.mark.parametrize("batch_size", [8, 1000, None])
def test_fit_is_the_plain_loop_in_pytorch(n, batch_size):
    data, options = examples(n=n), {"lr": 0.2, "momentum": 0.9}
    net = pytorch_s(SEED)
    optimizer = torch.optim.SGD(net.parameters(), **options)
    losses = plain_loop(net, data, optimizer, 6, batch_size, SEED)
    model = MLP(SIZES, seeds=SEED).eval()
    step = SGD(model.parameters(), **options)
    options = {"epochs": 6, "batch_size": batch_size, "seeds": SEED}
    history = fit(model, data, step, **options)
    equal(history.train_loss, losses, atol=1e-10)
    same(model, net, atol=1e-10)


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_pytorch_s_optimisers_fit_in(name):
    ours, theirs = {"SGD": SGD, "Adam": Adam}[name], getattr(torch.optim, name)
    options = {"batch_size": 8, "replicas": (2, 3), "seeds": range(3)}
    (mine, _), (other, _) = (trained(optimiser=o, **options) for o in (ours, theirs))
    same(mine, other, atol=1e-12)


def test_losses_are_pytorch_s_in_each_replica():
    logits, targets = draw(2, 5, 7, 3), draw(5, 7, 3, seed=1)
    for y in (labels(7), labels(2, 5, 7)):
        for i, j in np.ndindex(2, 5):
            out, own = logits[i, j], y.expand(2, 5, 7)[i, j]
            equal(cross_entropy(logits, y)[i, j], F.cross_entropy(out, own))
            wrong = (out.argmax(dim=-1) != own).double().mean()
            equal(error_rate(logits, y)[i, j], wrong)
            expected = F.mse_loss(out, targets[j])
            equal(mean_squared_error(logits, targets)[i, j], expected)


# law


def test_a_penalty_is_weight_decay_and_is_not_recorded():
    lam, options = 0.03, {"batch_size": 8, "replicas": (3,), "seeds": range(3)}
    (mine, history), (other, recorded) = (
        trained(penalty=lambda m: lam * l2_penalty(m.parameters()), **options),
        trained(settings={"weight_decay": 2 * lam}, **options),
    )
    same(mine, other, atol=1e-12)
    equal(history.train_loss, recorded.train_loss)


def test_training_sees_every_example_once_an_epoch():
    seen = []

    def watch(outputs, y):
        seen.append(y)
        return mean_squared_error(outputs, y)

    data = draw(11, 4), torch.arange(11.0)[:, None]
    options = {"sizes": [4, 1], "epochs": 2, "batch_size": 4, "loss": watch}
    trained(data, lr=1e-9, **options)
    epochs = torch.cat([b.flatten() for b in seen[-6:]]).reshape(2, 11)
    assert (epochs.sort(dim=-1).values == torch.arange(11.0)).all()
    assert not torch.equal(epochs[0], epochs[1])
    trained(data, **options | {"batch_size": None})
    assert torch.equal(seen[-1], data[1])  # all at once, in order


def test_recorded_norms_are_those_before_clipping():
    net, (x, y) = pytorch_s(0), examples()
    F.cross_entropy(net(x), y).backward()
    norm = nn.utils.get_total_norm([p.grad for p in net.parameters()])
    model, history = trained(lr=1, epochs=1, max_norm=1e-3)
    equal(history.gradient_norm, norm[None])
    flat = nn.utils.parameters_to_vector
    step = flat(model.parameters()) - flat(net.parameters())
    equal(step.norm().detach(), torch.tensor(1e-3))


def test_validation_curves_are_those_of_the_model_after_each_epoch():
    validation, metrics = examples(seed=5), (cross_entropy, error_rate)
    for epochs in (1, 2, 3):
        model, history = trained(p=0.5, epochs=epochs, batch_size=10, validation=validation)
        curves = history.validation_loss, history.validation_error
        for curve, metric in zip(curves, metrics, strict=True):
            value = evaluate(model, *validation, metric)
            equal(curve[-1], value)
            assert not value.requires_grad


def test_early_stopping_ends_with_the_best_weights():
    validation, stopper = examples(n=24, seed=5), EarlyStopping(patience=2)
    options = {"validation": validation, "early_stopping": stopper, "epochs": 60}
    model, history = trained(examples(n=16), sizes=[4, 50, 3], lr=1.0, seeds=1, **options)
    losses, stop = history.validation_loss, int(stopper.stopped_epoch)
    assert 0 < stop < 59
    for curve in (losses, history.validation_error, history.train_loss):
        assert curve.shape == (60,)
        assert curve[: stop + 1].isfinite().all()
        assert curve[stop + 1 :].isnan().all()
    assert stopper.best_epoch == losses[: stop + 1].argmin()
    equal(evaluate(model, *validation, cross_entropy), stopper.best_loss)
    equal(stopper.best_loss, losses[stopper.best_epoch])
    assert not history.diverged


@pytest.mark.parametrize("bad", ["weight", "rate"])
def test_a_replica_that_diverges_harms_no_other(bad):
    x, y = draw(30, 4), draw(30, 2, seed=1)
    options = {"epochs": 9, "loss": mean_squared_error, "validation": (x, y)}

    def run(max_norm, weight=0.0, rate=0.05):
        model = MLP([4, 8, 2], replicas=(3,), seeds=range(3))
        model[0].weight.data[1, 0, 0] += weight
        step = SGD(model.parameters(), lr=torch.tensor([0.05, rate, 0.05]))
        return model, fit(model, (x, y), step, max_norm=max_norm, **options)

    healthy, alone = run(None)
    model, history = run(INF, **{bad: NAN if bad == "weight" else 1e30})
    same(model, healthy, only=[0, 2])
    at = int((~history.train_loss[:, 1].isfinite()).double().argmax())
    assert (at > 0) == (bad == "rate")
    assert history.diverged_at.tolist() == [-1, at, -1]
    assert history.diverged.tolist() == [False, True, False]
    assert alone.diverged_at.tolist() == [-1] * 3
    for name in ("train_loss", "validation_loss"):
        curve, expected = getattr(history, name), getattr(alone, name)
        assert torch.equal(curve[:, [0, 2]], expected[:, [0, 2]])
    assert history.gradient_norm.shape == (9, 3)


# edge


@pytest.mark.parametrize("whole", [False, True])
def test_curves_nobody_asked_for_are_none(whole):
    x = draw(30, 4)
    y = labels(30, 1) if whole else draw(30, 1)  # a regression all the same
    options = {"sizes": [4, 1], "epochs": 1, "loss": mean_squared_error}
    _, history = trained((x, y), validation=(x, y), **options)
    assert history.validation_error is None
    assert history.validation_loss.shape == (1,)
    _, history = trained((x, y), **options)
    assert history.validation_loss is None
    assert history.gradient_norm is None


def test_each_seed_may_have_a_regression_of_its_own():
    x, y = draw(3, 30, 4), draw(3, 30, 1)
    options = {"sizes": [4, 1], "batch_size": 8, "loss": mean_squared_error}
    many, _ = trained((x, y), replicas=(3,), seeds=range(3), **options)
    for seed in range(3):
        one, _ = trained((x[seed], y[seed]), seeds=seed, **options)
        equal(many[0].weight[seed].data, one[0].weight.data)


def test_histories_have_the_model_s_dtype_under_any_default():
    model, data = MLP(SIZES, replicas=(2,)), examples()
    torch.set_default_dtype(torch.float32)
    history = fit(model, data, SGD(model.parameters(), lr=0.1), epochs=1)
    assert history.train_loss.dtype == torch.float64


# replica independence, with every technique at work

SETTINGS = {
    "lam": [0.0, 1e-2, 1e-1],
    "p": [0.5, 0.0, 0.3],
    "c": [INF, 0.5, 0.05],
    "lr": [0.1, 0.5, 1.0],
    "patience": [1, 3, 20],
    "momentum": [0.0, 0.9, 0.5],
}


def run(settings, replicas, seeds, train, validation, optimiser):
    lam, p, c, lr, patience, momentum = (settings[k] for k in SETTINGS)
    options = {"p": p, "max_norm": c, "penalty": lambda m: lam * l2_penalty(weights(m))}
    options |= {"replicas": replicas, "seeds": seeds, "epochs": 10, "batch_size": 10}
    options |= {"validation": validation, "early_stopping": EarlyStopping(patience)}
    options |= {"settings": {"momentum": momentum} if optimiser is SGD else {}}
    return *trained(train, optimiser, lr, **options), options["early_stopping"]


@pytest.mark.parametrize("optimiser", [SGD, Adam])
@pytest.mark.parametrize("stacked", [False, True], ids=["shared", "stacked"])
def test_a_replica_is_the_network_alone(optimiser, stacked):
    shape = (20,) if stacked else ()
    data = examples(*shape), examples(*shape, n=24, seed=5)
    settings = {k: torch.tensor(v)[:, None] for k, v in SETTINGS.items()}
    many = run(settings, (3, 20), SEEDS, *data, optimiser)
    assert many[1].train_loss.shape == (10, 3, 20)
    assert len(many[2].stopped_epoch.unique()) > 3
    own = [tuple(t[SEED] if stacked else t for t in part) for part in data]
    for k in range(3):
        settings = {name: v[k] for name, v in SETTINGS.items()}
        one = run(settings, (), SEED, *own, optimiser)
        for p, q in zip(many[0].parameters(), one[0].parameters(), strict=True):
            equal(p[k, SEED].data, q.data)
        for curve in ("train_loss", "validation_loss", "validation_error"):
            mine, alone = (getattr(run[1], curve) for run in (many, one))
            equal(mine[:, k, SEED], alone)
        norms = one[1].gradient_norm
        equal(many[1].gradient_norm[: len(norms), k, SEED], norms)
        assert one[1].diverged_at == many[1].diverged_at[k, SEED]
        assert one[2].stopped_epoch == many[2].stopped_epoch[k, SEED]
