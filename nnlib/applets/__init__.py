"""Figures of this lecture that compute in the page, each beside the loss that it draws.

``claimbook.explore.applet`` shows one: :data:`STEP_LENGTH` sets η; :data:`GRADIENT_CHAIN`
sends a gradient back; :data:`CLIPPING_CLIFF` and :data:`VALLEYS` walk over such losses;
:data:`RELU_UNIT` moves a bias; :data:`THINNED_NETWORK` draws masks.
"""

from pathlib import Path

STEP_LENGTH = Path(__file__).with_name("step_length.js")
CLIPPING_CLIFF = Path(__file__).with_name("clipping_cliff.js")
VALLEYS = Path(__file__).with_name("valleys.js")
RELU_UNIT = Path(__file__).with_name("relu_unit.js")
THINNED_NETWORK = Path(__file__).with_name("thinned_network.js")
GRADIENT_CHAIN = Path(__file__).with_name("gradient_chain.js")
LABORATORY = Path(__file__).with_name("laboratory")
