"""The blocks that one switches off, in a real browser: their numbers are nnlib's."""

import pytest
import torch
from playwright.sync_api import Locator, expect
from twins import residual_blocks, text

from claimbook.explore import applet
from nnlib.activations import relu
from nnlib.applets import RESIDUAL_BLOCKS
from nnlib.linear import Linear
from nnlib.replicas import Generators
from nnlib.residual import ResidualLayer

draws, EXAMPLES, WIDTH = Generators(0), 12, 4


def told(linear):
    return {name: p.flatten().tolist() for name, p in linear.named_parameters()}


def network(name, shortcuts):
    layers = [ResidualLayer(WIDTH, WIDTH, relu, generator=draws) for _ in range(3)]
    ends = [Linear(6, WIDTH, generator=draws), Linear(WIDTH, 3, generator=draws)]
    blocks = [
        {part: told(getattr(layer.f, part)) for part in ("first", "second")}
        for layer in layers
    ]
    ends = {"first": told(ends[0]), "last": told(ends[1])}
    return {"name": name, "shortcuts": shortcuts, "blocks": blocks, **ends}


greys = (draws.rand(EXAMPLES, 6) * 17).long()
DATA = {
    "width": WIDTH,
    "digits": "".join("0123456789abcdefg"[k] for k in greys.flatten().tolist()),
    "labels": (torch.arange(EXAMPLES) % 3).tolist(),
    "networks": [network("Sum", True), network("Plain", False)],
}


@pytest.fixture
def figure(visit, show) -> Locator:
    address = show(applet(RESIDUAL_BLOCKS, alt="Blocks.", **DATA))
    return visit(address, width=390).locator(".nnl-residual-blocks")


@pytest.mark.parametrize("name", ["Sum", "Plain"])
def test_every_number_is_nnlibs(figure, name):
    figure.get_by_role("button", name=name).click()
    residual_blocks(figure, DATA)
    for switch in ["block 2", "shortcut 1", "shortcut 2", "block 3"]:
        figure.get_by_role("switch", name=switch).click()
        residual_blocks(figure, DATA)
    figure.get_by_role("button", name="Repair").click()
    residual_blocks(figure, DATA)
    assert text(figure, "error") == text(figure, "whole")


def test_a_dead_block_cuts_the_plain_network_by_keyboard(figure):
    figure.get_by_role("button", name="Plain").click()
    switch = figure.get_by_role("switch", name="block 2")
    switch.focus()
    figure.page.keyboard.press("Space")
    expect(switch).to_have_attribute("aria-checked", "false")
    assert text(figure, "silent") == "2 of 3"
    expect(figure.locator(".nnl-verdict")).to_contain_text("Nothing passes block 2")
    residual_blocks(figure, DATA)
    assert figure.page.evaluate("document.documentElement.scrollWidth") <= 390
