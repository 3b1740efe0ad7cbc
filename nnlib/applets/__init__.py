"""Figures of this lecture that compute in the page, for ``claimbook.explore.applet``.

:data:`CLIPPING_CLIFF` drags a point over :func:`~nnlib.applets.losses.cliff`, and
:data:`VALLEYS` walks down :func:`~nnlib.applets.losses.valleys`; :data:`RELU_UNIT` moves
the bias of a unit, and :data:`DEAD_UNITS` trains two layers of them; what each needs
stands in its first lines.  :data:`THINNED_NETWORK` draws masks; :data:`LABORATORY` trains.
"""

from pathlib import Path

CLIPPING_CLIFF = Path(__file__).with_name("clipping_cliff.js")
VALLEYS = Path(__file__).with_name("valleys.js")
DEAD_UNITS = Path(__file__).with_name("dead_units.js")
RELU_UNIT = Path(__file__).with_name("relu_unit.js")
THINNED_NETWORK = Path(__file__).with_name("thinned_network.js")
LABORATORY = Path(__file__).with_name("laboratory")
