"""Figures of this lecture that compute in the page, each beside the loss that it draws.

``claimbook.explore.applet`` shows :data:`STEP_LENGTH`, :data:`CLIPPING_CLIFF`,
:data:`VALLEYS`, :data:`XOR_STARTS`, :data:`RELU_UNIT` and :data:`THINNED_NETWORK`.
"""

from pathlib import Path

STEP_LENGTH = Path(__file__).with_name("step_length.js")
CLIPPING_CLIFF = Path(__file__).with_name("clipping_cliff.js")
VALLEYS = Path(__file__).with_name("valleys.js")
XOR_STARTS = Path(__file__).with_name("xor_starts.js")
RELU_UNIT = Path(__file__).with_name("relu_unit.js")
THINNED_NETWORK = Path(__file__).with_name("thinned_network.js")
LABORATORY = Path(__file__).with_name("laboratory")
