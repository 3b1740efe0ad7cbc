"""Figures of this lecture that compute in the page; in :data:`LABORATORY` networks train.

``claimbook.explore.applet`` shows one: :data:`CLIPPING_CLIFF` drags a point over
:func:`~.losses.cliff` (``start``, ``lr``); :data:`VALLEYS` walks down
:func:`~.losses.valleys`; :data:`RELU_UNIT` moves a bias (over ``preactivations``);
:data:`THINNED_NETWORK` draws masks; :data:`GRADIENT_CHAIN` sends a gradient back.
"""

from pathlib import Path

CLIPPING_CLIFF = Path(__file__).with_name("clipping_cliff.js")
VALLEYS = Path(__file__).with_name("valleys.js")
RELU_UNIT = Path(__file__).with_name("relu_unit.js")
THINNED_NETWORK = Path(__file__).with_name("thinned_network.js")
GRADIENT_CHAIN = Path(__file__).with_name("gradient_chain.js")
LABORATORY = Path(__file__).with_name("laboratory")
