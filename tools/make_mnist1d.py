"""Write ``nnlib/mnist1d.npz``: MNIST-1D from its own package's generator, no download.

    python tools/make_mnist1d.py

The generator runs with its default arguments (seed 42; 4000 training and 1000 test
examples of length 40). Inputs are rounded to five decimals, so that the file is small.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mnist1d.data import get_dataset_args, make_dataset

FILE = Path(__file__).resolve().parents[1] / "nnlib" / "mnist1d.npz"


def generate() -> dict[str, np.ndarray]:
    """Return ``x``, ``y``, ``x_test`` and ``y_test`` as the package makes them."""
    made = make_dataset(get_dataset_args())
    return {
        name: np.asarray(made[name]) for name in ("x", "y", "x_test", "y_test")
    }


def compact(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the same arrays as small as they need to be."""
    return {
        name: array.astype(np.uint8)
        if name.startswith("y")
        else np.round(array, 5).astype(np.float32)
        for name, array in arrays.items()
    }


if __name__ == "__main__":
    with FILE.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **compact(generate()))
    print(
        f"{FILE.relative_to(FILE.parents[1])}: {FILE.stat().st_size / 1e3:.0f} kB"
    )
