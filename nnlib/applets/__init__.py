"""Figures of this lecture that compute in the page, for ``claimbook.explore.applet``.

:data:`STEP_LENGTH` sets η beside 2/h; :data:`CLIPPING_CLIFF` and :data:`VALLEYS` walk over
losses; :data:`RELU_UNIT` moves a unit's bias, :data:`DEAD_UNITS` trains two layers of them;
:data:`THINNED_NETWORK` draws masks; :data:`LABORATORY` trains networks.
"""

from pathlib import Path

STEP_LENGTH = Path(__file__).with_name("step_length.js")
CLIPPING_CLIFF = Path(__file__).with_name("clipping_cliff.js")
VALLEYS = Path(__file__).with_name("valleys.js")
DEAD_UNITS = Path(__file__).with_name("dead_units.js")
RELU_UNIT = Path(__file__).with_name("relu_unit.js")
THINNED_NETWORK = Path(__file__).with_name("thinned_network.js")
LABORATORY = Path(__file__).with_name("laboratory")
