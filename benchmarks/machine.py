"""What a measurement has to say about where it was made."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path


def machine() -> str:
    """Name the processor, and how many of them this process sees."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                name = value.strip()
                break
    return f"{name}, {os.cpu_count()} logical processors, {platform.system()}"


def versions(*packages: str) -> dict[str, str]:
    """Return the installed versions of ``packages``, and Python's."""
    return {"Python": platform.python_version()} | {
        name: metadata.version(name) for name in packages
    }
