"""Scripts of figures that compute in the page; ``claimbook.explore.applet`` shows one."""

from pathlib import Path

STEP_LENGTH = Path(__file__).with_name("step_length.js")
GRADIENT_CHAIN = Path(__file__).with_name("gradient_chain.js")
CLIPPING_CLIFF = Path(__file__).with_name("clipping_cliff.js")
RELU_UNIT = Path(__file__).with_name("relu_unit.js")
DEAD_UNITS = Path(__file__).with_name("dead_units.js")
RESIDUAL_BLOCKS = Path(__file__).with_name("residual_blocks.js")
VALLEYS = Path(__file__).with_name("valleys.js")
XOR_STARTS = Path(__file__).with_name("xor_starts.js")
SHORTEST_FIT = Path(__file__).with_name("shortest_fit.js")
STOP_TRAINING = Path(__file__).with_name("stop_training.js")
DECAY_MOONS = Path(__file__).with_name("decay_moons.js")
DROPOUT_MOONS = Path(__file__).with_name("dropout_moons.js")
DRAWN_DIGITS = Path(__file__).with_name("drawn_digits.js")
LABORATORY = Path(__file__).with_name("laboratory")
DIAGNOSIS = Path(__file__).with_name("diagnosis.js")
