"""Figures of this lecture that compute in the page, each beside the loss that it draws.

``claimbook.explore.applet`` shows one with its options: :data:`CLIPPING_CLIFF` drags
a point over :func:`~nnlib.applets.losses.cliff` (``start``, ``lr``); :data:`VALLEYS` walks
down :func:`~nnlib.applets.losses.valleys` (``start``, ``lr``, ``momentum``);
:data:`RELU_UNIT` moves the bias of a unit and trains it (needs its ``preactivations``);
:data:`THINNED_NETWORK` draws masks (``p``, ``seed``); :data:`LABORATORY` trains.
"""

from pathlib import Path

CLIPPING_CLIFF = Path(__file__).with_name("clipping_cliff.js")
VALLEYS = Path(__file__).with_name("valleys.js")
RELU_UNIT = Path(__file__).with_name("relu_unit.js")
THINNED_NETWORK = Path(__file__).with_name("thinned_network.js")
LABORATORY = Path(__file__).with_name("laboratory")
