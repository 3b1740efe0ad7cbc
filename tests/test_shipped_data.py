"""The data that the library ships is what its generator makes."""

from pathlib import Path

import numpy as np


def test_the_shipped_mnist1d_is_what_its_generator_makes(root: Path) -> None:
    from make_mnist1d import FILE, generate

    assert FILE.stat().st_size < 900_000
    fresh = generate()
    with np.load(root / "nnlib" / "mnist1d.npz") as shipped:
        assert set(shipped) == set(fresh)
        assert shipped["x"].shape == (4000, 40)
        assert shipped["x_test"].shape == (1000, 40)
        for name, array in fresh.items():
            np.testing.assert_allclose(shipped[name], array, rtol=0, atol=1e-5)
