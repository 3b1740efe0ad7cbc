"""What public bug reports of other libraries name: each kind, with what is right."""

import numpy as np
import pytest
import torch
from helpers import NAN, draw, equal, labels, seeded
from torch import nn

from nnlib.activations import Activation
from nnlib.clip import clip_grad_norm_, total_norm
from nnlib.diagnostics import gradient_norms, record_activations
from nnlib.dropout import dropout
from nnlib.early_stopping import EarlyStopping
from nnlib.init import lsuv_, normal_, orthogonal_
from nnlib.models import MLP
from nnlib.optim import SGD, Adam
from nnlib.residual import Residual
from nnlib.train import cross_entropy, error_rate, fit, mean_squared_error
from nnlib.weight_decay import l2_penalty

HALF = torch.float16, torch.bfloat16


def data():
    return draw(30, 3), labels(30)


def nets(**options):
    return MLP([3, 4, 3], replicas=(2,), seeds=range(2), **options)


def test_an_optimiser_that_trains_one_network_or_a_part_of_it_is_taken():
    one = MLP([3, 4, 3], seeds=0)
    fit(one, data(), torch.optim.Adafactor(one.parameters()), epochs=1)
    own = type("Own", (torch.optim.SGD,), {})
    fit(one, data(), own(one[2].parameters(), 0.1), epochs=1)


# what others' layers do


def test_sparse_gradients_are_refused():
    table = nn.Embedding(5, 2, sparse=True)
    table(torch.tensor([1])).sum().backward()
    with pytest.raises(ValueError, match="gradient of weight must be dense"):
        clip_grad_norm_(table.named_parameters(), 1.0)


def test_what_is_recorded_does_not_change_when_a_later_layer_works_in_place():
    net = nn.Sequential(nn.Linear(3, 5), Activation(torch.tanh), nn.ReLU(inplace=True))
    [(a, h)] = record_activations(net, data()[0])
    equal(h, a.tanh())
    [(a, _)] = record_activations(Activation(torch.relu_), draw(4, 2))
    assert (a < 0).any()
    lsuv_(net, data()[0], tol=1e-6, max_iter=20, generator=seeded())
    assert net[0](data()[0]).var(correction=0).item() == pytest.approx(1, abs=1e-5)


def test_parts_in_eval_mode_stay_so_unless_all_is():
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    for wake in (False, True):
        net.train(not wake)
        net[1].eval()
        before = net[1].running_mean.clone()
        fit(net, data(), SGD(net.parameters(), 0.1), epochs=1, batch_size=10)
        assert torch.equal(before, net[1].running_mean) == (not wake)
        assert net.training


def test_a_frozen_layer_has_no_gradient_norm():
    net = MLP([3, 4, 2])
    net[0].requires_grad_(False)
    net(draw(5, 3)).sum().backward()
    assert gradient_norms(net).isnan().tolist() == [True, False]


def test_a_module_with_state_of_its_own_can_be_watched():
    class Extra(nn.Linear):
        def get_extra_state(self):
            return {"version": 1}

        def set_extra_state(self, state):
            pass

    layer, stopper = Extra(2, 2), EarlyStopping(1)
    best = layer.weight.data.clone()
    stopper.step(1.0, layer)
    layer.weight.data.zero_()
    stopper.step(2.0, layer)
    stopper.restore(layer)
    assert torch.equal(layer.weight, best)


def test_a_group_s_iterator_is_used_once():
    model = nets()
    group = {"params": model.parameters(), "weight_decay": 0.1}
    fit(model, data(), Adam([group]), epochs=1, seeds=range(2))


# low precision


@pytest.mark.parametrize("dtype", HALF)
def test_sums_means_and_shares_are_taken_in_float32_at_least(dtype):
    ones = torch.ones(70_000, dtype=dtype)
    w = nn.Parameter(torch.zeros_like(ones))
    w.grad = ones.clone()
    assert clip_grad_norm_([w], 1.0).item() == pytest.approx(70_000**0.5)
    assert l2_penalty([ones]).item() == 70_000
    rows = torch.zeros(3000, 2, dtype=dtype)
    wrong = torch.arange(3000) >= 1501
    assert error_rate(rows, wrong.long()).item() == pytest.approx(1499 / 3000)
    assert cross_entropy(rows, wrong.long()).item() == pytest.approx(np.log(2))
    assert mean_squared_error(rows + 300, rows).item() == 90_000


@pytest.mark.parametrize("dtype", HALF)
def test_starts_in_half_precision(dtype):
    w = orthogonal_(torch.empty(3, 4, dtype=dtype), generator=seeded())
    equal((w.double() @ w.double().mT), torch.eye(3), atol=0.02)
    net = MLP([3, 4, 2], seeds=0).to(dtype)
    assert net(data()[0].to(dtype)).dtype == dtype


def test_mixed_precision_works_as_in_pytorch_s_layer():
    for net in (nets(), nets()[0], MLP([3, 4, 2], seeds=0)):
        net.float()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = net(data()[0].float())
            assert y.dtype == nn.Linear(3, 2).float()(data()[0].float()).dtype
        y.float().sum().backward()


# numbers


@pytest.mark.parametrize("kind", [np.int64, np.float32, np.float64, np.float16])
def test_numpy_s_numbers_are_numbers(kind):
    one = kind(1)
    SGD([nn.Parameter(torch.ones(2))], lr=one, weight_decay=one)
    EarlyStopping(one, min_delta=one)
    assert dropout(draw(2, 3), one).abs().sum() == 0
    assert total_norm([normal_(torch.empty(2, 2), std=kind(0))]) == 0
    clip_grad_norm_([nn.Parameter(torch.ones(2))], one)
    Residual(nn.Identity(), scale=one)(draw(2, 3))


def test_a_row_that_is_not_a_number_counts_as_wrong():
    logits = torch.tensor([[1.0, 0.0], [NAN, 0.0]])
    assert error_rate(logits, torch.tensor([0, 0])) == 0.5


# the reader's default device


def test_models_are_made_on_the_default_device_and_checks_on_the_cpu():
    with torch.device("meta"):
        for net in (nets(p=0.5), MLP([3, 2])):
            assert {p.device.type for p in net.parameters()} == {"meta"}
            SGD(net.parameters(), lr=0.1)
        EarlyStopping(2, min_delta=0.1)
        Residual(nn.Identity())
