"""nnlib.train: the plain loop, for one network or for many at once."""

import math

import pytest
import torch
from helpers import (
    SEED,
    SEEDS,
    draw,
    equal,
    labels,
    state,
    unchanged,
)
from torch import nn
from torch.nn import functional as F

from nnlib.activations import relu
from nnlib.early_stopping import EarlyStopping
from nnlib.models import MLP
from nnlib.optim import SGD, Adam
from nnlib.replicas import Generators
from nnlib.train import (
    _ORDER,
    cross_entropy,
    error_rate,
    evaluate,
    fit,
    mean_squared_error,
)
from nnlib.weight_decay import l2_penalty, weights

SIZES = [4, 8, 3]


def examples(*replicas, n=48, seed=0):
    """Inputs and noisy classes that depend on them."""
    x = draw(*replicas, n, 4, seed=seed)
    y = (2 * x[..., :3] + draw(*replicas, n, 3, seed=seed + 1)).argmax(dim=-1)
    return x, y


def pytorch_s(model):
    """PyTorch's layers with the weights of a network of ours."""
    layers = []
    for m in model:
        layers.append(
            nn.Linear(m.in_features, m.out_features)
            if hasattr(m, "weight")
            else nn.ReLU()
        )
    net = nn.Sequential(*layers)
    net.load_state_dict(model.state_dict())
    return net


def plain_loop(net, x, y, optimizer, epochs, batch_size, seed):
    """Every tutorial's loop, with the order of the examples that fit takes."""
    order, means = Generators(seed, stream=_ORDER), []
    for _ in range(epochs):
        shuffled, losses = order.randperm(len(x)), []
        for index in shuffled.split(batch_size):
            loss = F.cross_entropy(net(x[index]), y[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item() * len(index) / len(x))
        means.append(sum(losses))
    return torch.tensor(means)


# oracle


@pytest.mark.parametrize("n", [48, 41, 7])  # short last batches, too
@pytest.mark.parametrize("seed", [0, 3])
def test_fit_is_the_plain_loop_in_pytorch(n, seed):
    x, y = examples(n=n)
    mine = MLP(SIZES, seeds=seed)
    theirs = pytorch_s(mine)
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.2, momentum=0.9)
    losses = plain_loop(theirs, x, y, optimizer, 6, 8, seed)
    history = fit(
        mine,
        (x, y),
        SGD(mine.parameters(), lr=0.2, momentum=0.9),
        epochs=6,
        batch_size=8,
        seeds=seed,
    )
    equal(history.train_loss, losses, atol=1e-10)
    for p, q in zip(mine.parameters(), theirs.parameters(), strict=True):
        equal(p.data, q.data, atol=1e-10)


def test_all_replicas_at_once_are_a_loop_of_plain_loops():
    x, y = examples()
    many = MLP(SIZES, replicas=(20,), seeds=SEEDS)
    nets = [pytorch_s(MLP(SIZES, seeds=s)) for s in (0, 3, 19)]
    fit(
        many,
        (x, y),
        SGD(many.parameters(), lr=0.2),
        epochs=4,
        batch_size=8,
        seeds=SEEDS,
    )
    for net, seed in zip(nets, (0, 3, 19), strict=True):
        optimizer = torch.optim.SGD(net.parameters(), lr=0.2)
        plain_loop(net, x, y, optimizer, 4, 8, seed)
        for p, q in zip(many.parameters(), net.parameters(), strict=True):
            equal(p[seed].data, q.data, atol=1e-10)


def test_full_batches_are_gradient_descent():
    x, y = examples()
    mine = MLP(SIZES, seeds=0)
    theirs = pytorch_s(mine)
    fit(mine, (x, y), SGD(mine.parameters(), lr=0.5), epochs=5)
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.5)
    plain_loop(theirs, x, y, optimizer, 5, 48, seed=0)
    for p, q in zip(mine.parameters(), theirs.parameters(), strict=True):
        equal(p.data, q.data, atol=1e-10)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(SGD, torch.optim.SGD), (Adam, torch.optim.Adam)],
)
def test_pytorch_s_optimisers_fit_in(ours, theirs):
    results = []
    for optimizer in (ours, theirs):
        model = MLP(SIZES, replicas=(2, 3), seeds=range(3))
        fit(
            model,
            examples(),
            optimizer(model.parameters(), lr=0.05),
            epochs=4,
            batch_size=8,
            seeds=range(3),
        )
        results.append(model[0].weight.data)
    equal(*results)


def test_losses_are_pytorch_s_in_each_replica():
    logits, y = draw(2, 5, 7, 3), labels(7)
    expected = [[F.cross_entropy(o, y) for o in row] for row in logits]
    equal(cross_entropy(logits, y), torch.tensor(expected))
    targets = draw(5, 7, 3, seed=1)
    expected = [
        [F.mse_loss(o, t) for o, t in zip(row, targets, strict=True)]
        for row in logits
    ]
    equal(mean_squared_error(logits, targets), torch.tensor(expected))
    wrong = (logits.argmax(dim=-1) != y).double().mean(dim=-1)
    equal(error_rate(logits, y), wrong)


# law


def test_a_penalty_is_weight_decay():
    lam, results = 0.03, []
    for penalty, decay in (
        (lambda m: lam * l2_penalty(m.parameters()), 0.0),
        (None, 2 * lam),
    ):
        model = MLP(SIZES, replicas=(3,), seeds=range(3))
        history = fit(
            model,
            examples(),
            SGD(model.parameters(), lr=0.1, weight_decay=decay),
            epochs=5,
            batch_size=8,
            seeds=range(3),
            penalty=penalty,
        )
        results.append((model[0].weight.data, history.train_loss))
    equal(*results)  # and the recorded loss is without the penalty


def test_training_sees_every_example_once_an_epoch():
    seen = []

    def watch(outputs, y):
        seen.append(y)
        return mean_squared_error(outputs, y)

    x = draw(11, 4)
    y = torch.arange(11.0)[:, None]
    model = MLP([4, 1])
    fit(
        model,
        (x, y),
        SGD(model.parameters(), lr=1e-9),
        epochs=2,
        batch_size=4,
        loss=watch,
    )
    epochs = torch.cat([b.flatten() for b in seen[-6:]]).reshape(2, 11)
    assert (epochs.sort(dim=-1).values == torch.arange(11.0)).all()
    assert not torch.equal(epochs[0], epochs[1])


def test_an_infinite_cap_only_records():
    results, x_y = [], examples()
    for cap in (None, math.inf):
        model = MLP(SIZES, replicas=(3,), seeds=range(3))
        history = fit(
            model,
            x_y,
            SGD(model.parameters(), lr=0.1),
            epochs=2,
            batch_size=10,
            max_norm=cap,
        )
        results.append(model[0].weight.data)
    assert torch.equal(*results)
    assert history.gradient_norm.shape == (2 * 5, 3)


def test_recorded_norms_are_those_before_clipping():
    model, (x, y) = MLP(SIZES, seeds=0), examples()
    other = pytorch_s(model)
    F.cross_entropy(other(x), y).backward()
    norm = nn.utils.get_total_norm([p.grad for p in other.parameters()])
    before = torch.cat([p.flatten() for p in other.parameters()])
    history = fit(
        model, (x, y), SGD(model.parameters(), lr=1), epochs=1, max_norm=1e-3
    )
    after = torch.cat([p.flatten() for p in model.parameters()])
    equal(history.gradient_norm, norm[None])
    equal((after - before).norm().detach(), torch.tensor(1e-3))


def test_validation_curves_are_those_of_the_model_after_each_epoch():
    train, validation = examples(), examples(seed=5)
    curves = []
    for epochs in (1, 2, 3):
        model = MLP(SIZES, p=0.5, seeds=0)
        history = fit(
            model,
            train,
            SGD(model.parameters(), lr=0.1),
            epochs=epochs,
            batch_size=10,
            validation=validation,
        )
        curves.append(
            [
                evaluate(model, *validation, metric)
                for metric in (cross_entropy, error_rate)
            ]
        )
    curves = torch.tensor(curves)
    equal(history.validation_loss, curves[:, 0])
    equal(history.validation_error, curves[:, 1])


def test_early_stopping_ends_with_the_best_weights():
    train, validation = examples(n=16), examples(n=24, seed=5)
    model, stopper = MLP([4, 50, 3], seeds=1), EarlyStopping(patience=2)
    history = fit(
        model,
        train,
        SGD(model.parameters(), lr=1.0),
        epochs=60,
        validation=validation,
        early_stopping=stopper,
    )
    losses, stop = history.validation_loss, int(stopper.stopped_epoch)
    assert 0 < stop < 59
    assert losses[: stop + 1].isfinite().all()
    assert losses[stop + 1 :].isnan().all()
    assert history.train_loss[stop + 1 :].isnan().all()
    assert history.train_loss.shape == (60,)
    assert stopper.best_epoch == losses[: stop + 1].argmin()
    equal(evaluate(model, *validation, cross_entropy), stopper.best_loss)
    equal(stopper.best_loss, losses[stopper.best_epoch])
    assert not history.diverged


@pytest.mark.parametrize("bad", ["weight", "rate"])
def test_a_replica_that_diverges_harms_no_other(bad):
    rates = torch.full((5,), 0.05)
    x, y = draw(30, 4), draw(30, 2, seed=1)
    results = []
    for broken in (False, True):
        model = MLP([4, 8, 2], replicas=(5,), seeds=range(5))
        if broken and bad == "weight":
            model[0].weight.data[2, 0, 0] = math.nan
        lr = rates.clone()
        lr[2] = 1e150 if broken and bad == "rate" else 0.05
        history = fit(
            model,
            (x, y),
            SGD(model.parameters(), lr=lr),
            epochs=4,
            batch_size=10,
            loss=mean_squared_error,
            max_norm=math.inf,
            validation=(x, y),
        )
        results.append((model, history))
    (healthy, alone), (model, history) = results
    others = [0, 1, 3, 4]
    assert history.diverged.tolist() == [False, False, True, False, False]
    assert history.diverged_at.tolist() == [-1, -1, 0, -1, -1]
    assert alone.diverged_at.tolist() == [-1] * 5
    for p, q in zip(model.parameters(), healthy.parameters(), strict=True):
        assert torch.equal(p[others], q[others])
    for curve in ("train_loss", "validation_loss", "gradient_norm"):
        assert torch.equal(
            getattr(history, curve)[:, others],
            getattr(alone, curve)[:, others],
        )
    assert not history.train_loss[:, 2].isfinite().any()


def test_divergence_is_dated():
    model = MLP([4, 2], seeds=0)
    x, y = draw(30, 4), draw(30, 2, seed=1)
    history = fit(
        model,
        (x, y),
        SGD(model.parameters(), lr=1e30),
        epochs=20,
        loss=mean_squared_error,
    )
    first = int((~history.train_loss.isfinite()).double().argmax())
    assert first > 0
    assert history.diverged_at.item() == first


def test_dropout_is_on_in_training_whatever_the_mode_before():
    weights_after = []
    for mode in (True, False):
        model = MLP(SIZES, p=0.5, seeds=0).train(mode)
        fit(model, examples(), SGD(model.parameters(), lr=0.1), epochs=3)
        weights_after.append(model[0].weight.data)
    assert torch.equal(*weights_after)


def test_evaluation_turns_dropout_off_and_leaves_each_mode_as_it_was():
    model, (x, y) = MLP(SIZES, p=0.5, seeds=0), examples()
    model[0].eval()
    modes = [m.training for m in model.modules()]
    first, second = (evaluate(model, x, y) for _ in range(2))
    assert torch.equal(first, second)
    assert [m.training for m in model.modules()] == modes
    assert not first.requires_grad
    with pytest.raises(ValueError, match="x must have shape"):
        evaluate(model, x[:, :2], y)
    assert [m.training for m in model.modules()] == modes


# edge


def test_curves_nobody_asked_for_are_none():
    model = MLP(SIZES)
    history = fit(model, examples(), SGD(model.parameters(), lr=0.1), epochs=1)
    assert history.gradient_norm is None
    assert history.validation_loss is None
    assert history.validation_error is None
    assert history.train_loss.shape == (1,)


def test_regression_has_no_error_rate():
    model, x, y = MLP([4, 1]), draw(30, 4), draw(30, 1)
    history = fit(
        model,
        (x, y),
        SGD(model.parameters(), lr=0.1),
        epochs=2,
        loss=mean_squared_error,
        validation=(x, y),
    )
    assert history.validation_error is None
    assert history.validation_loss.shape == (2,)


def test_each_seed_may_have_a_regression_of_its_own():
    x, y = draw(3, 30, 4), draw(3, 30, 1)

    def trained(seeds, x, y, replicas=()):
        model = MLP([4, 1], replicas=replicas, seeds=seeds)
        optimizer = SGD(model.parameters(), lr=0.1)
        settings = {"epochs": 3, "batch_size": 8, "loss": mean_squared_error}
        fit(model, (x, y), optimizer, seeds=seeds, **settings)
        return model[0].weight.data

    many = trained(range(3), x, y, replicas=(3,))
    for seed in range(3):
        equal(many[seed], trained(seed, x[seed], y[seed]))


def test_a_batch_larger_than_the_data_is_all_of_it():
    results = []
    for batch_size in (48, 1000):
        model = MLP(SIZES, seeds=0)
        fit(
            model,
            examples(),
            SGD(model.parameters(), lr=0.1),
            epochs=2,
            batch_size=batch_size,
        )
        results.append(model[0].weight.data)
    assert torch.equal(*results)


def test_one_example_is_enough():
    model = MLP(SIZES)
    x, y = examples(n=1)
    history = fit(
        model, (x, y), SGD(model.parameters(), lr=0.1), epochs=1, batch_size=5
    )
    assert history.train_loss.isfinite().all()


def test_histories_have_the_model_s_dtype_under_any_default():
    model = MLP(SIZES, replicas=(2,))
    train = examples()
    torch.set_default_dtype(torch.float32)
    history = fit(model, train, SGD(model.parameters(), lr=0.1), epochs=1)
    assert history.train_loss.dtype == torch.float64


# error

X, Y = draw(12, 4).double(), labels(12)
NAN_X, BAD_Y, ALIEN_Y = X.clone(), Y.clone(), Y.clone()
NAN_X[3, 1], BAD_Y[5], ALIEN_Y[5] = math.nan, 3, -100
REFUSED = {
    "epochs 0": ({"epochs": 0}, "epochs must be at least 1, got 0"),
    "epochs 1.5": ({"epochs": 1.5}, "epochs must be a whole number, got 1.5"),
    "batch 0": ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
    "batch 2.5": ({"batch_size": 2.5}, "batch_size must be a whole number"),
    "seeds -1": ({"seeds": -1}, "seeds must be whole numbers from 0 up"),
    "seeds 5": ({"seeds": range(5)}, "seeds must broadcast over the replica"),
    "seeds (1, 2)": ({"seeds": [[0, 1]]}, "seeds must broadcast over"),
    "one tensor": ({"train": "x"}, "inputs and targets, got 'x'"),
    "no examples": ({"train": (X[:0], Y[:0])}, "train must hold inputs"),
    "one axis": ({"train": (X[0], Y)}, "train must hold inputs of shape"),
    "too few labels": ({"train": (X, Y[:5])}, "train must have a target for"),
    "one set of labels": (
        {"train": (X.expand(2, -1, -1), Y), "seeds": range(2)},
        r"train must have a target for each input, \(2, 12\), got \(12,\)",
    ),
    "nan": ({"train": (NAN_X, Y)}, "train must be finite, got NaN"),
    "inf": ({"train": (X / 0, Y)}, "train must be finite, got NaN or inf"),
    "label 3": ({"train": (X, BAD_Y)}, "train must have labels from 0 to 2"),
    "label -100": ({"train": (X, ALIEN_Y)}, "labels from 0 to 2, got -100"),
    "float labels": ({"train": (X, Y.double())}, "class numbers"),
    "bool labels": ({"train": (X, Y > 0)}, "class numbers"),
    "width": ({"train": (X[:, :3], Y)}, r"x must have shape \(..., batch, 4"),
    "sets for other seeds": (
        {"train": (X.expand(5, -1, -1), Y.expand(5, -1))},
        "train must be shared or hold one set for each seed",
    ),
    "validation nan": (
        {"validation": (NAN_X, Y)},
        "validation must be finite, got NaN",
    ),
    "validation label": (
        {"validation": (X, BAD_Y)},
        "validation must have labels from 0 to 2",
    ),
    "cap 0": ({"max_norm": 0.0}, "max_norm must be positive, got 0"),
    "cap nan": ({"max_norm": math.nan}, "max_norm must be positive, got nan"),
    "cap shape": ({"max_norm": torch.ones(3)}, "max_norm must broadcast over"),
    "nothing to watch": (
        {"early_stopping": EarlyStopping(1)},
        "early_stopping needs a validation set",
    ),
    "patience shape": (
        {
            "early_stopping": EarlyStopping(torch.ones(3)),
            "validation": (X, Y),
        },
        "patience must broadcast over the replica axes",
    ),
    "one loss for all": (
        {"loss": lambda out, y: cross_entropy(out, y).mean()},
        "loss must give one number per replica",
    ),
    "one penalty for all": (
        {"penalty": lambda m: l2_penalty(m.parameters()).sum()},
        "penalty must give one number per replica",
    ),
    "squared labels": ({"loss": mean_squared_error}, "y must have shape"),
}


@pytest.mark.parametrize(("wrong", "rule"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_refused_before_anything_changes(wrong, rule):
    model = MLP(SIZES, p=0.5, replicas=(2,), seeds=range(2)).eval()
    before = state(model)
    masks = model[2].generator
    untouched = [g.get_state() for g in masks._generators]
    good = {
        "train": (X, Y),
        "optimizer": SGD(model.parameters(), lr=0.1),
        "epochs": 2,
        "batch_size": 5,
    }
    with pytest.raises((ValueError, TypeError), match=rule):
        fit(model, **(good | wrong))
    assert unchanged(model, before)
    assert all(p.grad is None for p in model.parameters())
    assert not model.training
    for g, s in zip(masks._generators, untouched, strict=True):
        assert torch.equal(g.get_state(), s)


def test_a_plain_network_cannot_take_stacked_data():
    model = MLP(SIZES)
    with pytest.raises(ValueError, match="replica"):
        fit(
            model,
            (X.expand(5, -1, -1), Y.expand(5, -1)),
            SGD(model.parameters(), lr=0.1),
            epochs=1,
            seeds=range(5),
        )


def test_a_stopper_is_used_once():
    stopper = EarlyStopping(patience=1)
    options = {"epochs": 2, "validation": (X, Y), "early_stopping": stopper}
    first, second = MLP(SIZES, seeds=0), MLP(SIZES, seeds=1)
    fit(first, (X, Y), SGD(first.parameters(), lr=0.1), **options)
    before = state(second)
    with pytest.raises(ValueError, match="early_stopping must be new"):
        fit(second, (X, Y), SGD(second.parameters(), lr=0.1), **options)
    assert unchanged(second, before)


def test_targets_that_do_not_fit_the_outputs_are_refused():
    outputs = draw(6, 1)
    rule = (
        r"y must have shape \(\.\.\., 6, 1\) as the outputs have, got \(6,\)"
    )
    with pytest.raises(ValueError, match=rule):
        mean_squared_error(outputs, draw(6))
    rule = (
        r"y must have shape \(\.\.\., 6, 1\) as the outputs have, got \(2, 6"
    )
    with pytest.raises(ValueError, match=rule):
        mean_squared_error(draw(2, 6, 1), draw(2, 6))
    with pytest.raises(
        TypeError, match="must be a tensor of numbers, got '1'"
    ):
        mean_squared_error(outputs, "1")
    for metric in (cross_entropy, error_rate):
        with pytest.raises(ValueError, match="y must have 6 labels"):
            metric(draw(6, 3), labels(5))
        with pytest.raises(ValueError, match="y must have 6 labels"):
            metric(draw(6, 3), labels(6, 1))
        with pytest.raises(ValueError, match="y must hold class numbers"):
            metric(draw(6, 3), draw(6))


# replica independence

SETTINGS = {
    "lam": torch.tensor([0.0, 1e-2, 1e-1]),
    "p": torch.tensor([0.5, 0.0, 0.3]),
    "c": torch.tensor([math.inf, 0.5, 0.05]),
    "lr": torch.tensor([0.1, 0.5, 1.0]),
    "patience": torch.tensor([1, 3, 20]),
    "momentum": torch.tensor([0.0, 0.9, 0.5]),
}


def run(settings, replicas, seeds, train, validation, optimiser):
    """One call of fit with every technique at work."""
    lam, p, c, lr, patience, momentum = (settings[k] for k in SETTINGS)
    model = MLP(SIZES, relu, p=p, replicas=replicas, seeds=seeds)
    extra = {"momentum": momentum} if optimiser is SGD else {}
    stopper = EarlyStopping(patience)
    history = fit(
        model,
        train,
        optimiser(model.parameters(), lr=lr, **extra),
        epochs=10,
        seeds=seeds,
        batch_size=10,
        penalty=lambda m: lam * l2_penalty(weights(m)),
        max_norm=c,
        validation=validation,
        early_stopping=stopper,
    )
    return model, history, stopper


@pytest.mark.parametrize("optimiser", [SGD, Adam])
@pytest.mark.parametrize("stacked", [False, True], ids=["shared", "stacked"])
def test_a_replica_is_the_network_alone(optimiser, stacked):
    shape = (20,) if stacked else ()
    train = examples(*shape)
    validation = examples(*shape, n=24, seed=5)
    many, history, stopper = run(
        {k: v[:, None] for k, v in SETTINGS.items()},
        (3, 20),
        SEEDS,
        train,
        validation,
        optimiser,
    )
    assert history.train_loss.shape == (10, 3, 20)
    assert len(stopper.stopped_epoch.unique()) > 3
    for setting in range(3):
        own = slice(None) if not stacked else SEED
        one, alone, own_stopper = run(
            {k: v[setting].item() for k, v in SETTINGS.items()},
            (),
            SEED,
            tuple(t[own] for t in train),
            tuple(t[own] for t in validation),
            optimiser,
        )
        for p, q in zip(many.parameters(), one.parameters(), strict=True):
            equal(p[setting, SEED].data, q.data)
        for curve in ("train_loss", "validation_loss", "validation_error"):
            equal(
                getattr(history, curve)[:, setting, SEED],
                getattr(alone, curve),
            )
        norms = alone.gradient_norm
        equal(history.gradient_norm[: len(norms), setting, SEED], norms)
        assert alone.diverged_at == history.diverged_at[setting, SEED]
        stopped = stopper.stopped_epoch[setting, SEED]
        assert stopped == own_stopper.stopped_epoch


def test_whole_number_targets_of_a_regression_have_no_error_rate() -> None:
    x, y = draw(12, 3), labels(12, 1)
    model = MLP([3, 4, 1], seeds=SEED)
    history = fit(
        model,
        (x, y),
        SGD(model.parameters(), lr=0.01),
        epochs=2,
        loss=mean_squared_error,
        validation=(x, y),
    )
    assert history.validation_error is None
    assert history.validation_loss is not None


@pytest.mark.parametrize("bad", [None, 0.1, nn.Linear(2, 2)])
def test_an_optimizer_can_step(bad):
    with pytest.raises(TypeError, match=r"optimizer must have \w+\(\), got"):
        fit(
            MLP([2, 2]),
            (torch.ones(3, 2), torch.zeros(3, dtype=torch.int64)),
            bad,
            epochs=1,
        )
