"""What a measurement has to say about where it was made."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

import torch
from threadpoolctl import threadpool_info


def machine() -> str:
    """Name the processor, and how many of them this process sees."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists() and "model name" in (text := cpuinfo.read_text()):
        name = text.split("model name")[1].splitlines()[0].strip("\t :")
    return f"{name}, {os.cpu_count()} logical processors, {platform.system()}"


def versions(*packages: str) -> dict[str, str]:
    """Return the installed versions of ``packages``, and Python's."""
    return {"Python": platform.python_version()} | {
        name: metadata.version(name) for name in packages
    }


def blas_of_torch() -> str:
    """Name what multiplies matrices for PyTorch."""
    return (
        f"{'MKL' if torch.backends.mkl.is_available() else 'BLAS'} (PyTorch)"
    )


def blas_of_numpy() -> str:
    """Name what multiplies matrices for NumPy, and for which processor it does."""
    for library in threadpool_info():
        kind, path = library["internal_api"], library["filepath"]
        if kind == "openblas" and "numpy" in path:
            return f"OpenBLAS for {library['architecture']} (NumPy)"
    return "BLAS (NumPy)"


def environment() -> dict[str, str]:
    """Return what is set of the variables that change how fast libraries multiply."""
    prefixes = ("OPENBLAS_", "OMP_", "MKL_", "XLA_", "ATEN_")
    found = {k: v for k, v in os.environ.items() if k.startswith(prefixes)}
    return {"OPENBLAS_CORETYPE": "not set"} | dict(sorted(found.items()))
