"""Figures of this lecture that compute in the page, each beside the loss that it draws.

``claimbook.explore.applet`` shows one with its options: :data:`CLIPPING_CLIFF` (``start``,
``lr``), :data:`VALLEYS` (``start``, ``lr``, ``momentum``), :data:`RELU_UNIT`
(``preactivations``), :data:`THINNED_NETWORK` (``p``, ``seed``), :data:`RESIDUAL_BLOCKS`
(``width``, ``digits``, ``labels``, ``networks``); :data:`LABORATORY` trains.
"""

from pathlib import Path

CLIPPING_CLIFF = Path(__file__).with_name("clipping_cliff.js")
VALLEYS = Path(__file__).with_name("valleys.js")
RELU_UNIT = Path(__file__).with_name("relu_unit.js")
THINNED_NETWORK = Path(__file__).with_name("thinned_network.js")
RESIDUAL_BLOCKS = Path(__file__).with_name("residual_blocks.js")
LABORATORY = Path(__file__).with_name("laboratory")
