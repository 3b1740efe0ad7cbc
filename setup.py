"""The one thing that pyproject.toml cannot say: where the repository is."""

import re
from pathlib import Path

from setuptools import setup

CITATION = Path(__file__).with_name("CITATION.cff").read_text("utf-8")
[address] = re.findall(r"^repository-code: (\S+)$", CITATION, re.MULTILINE)

setup(
    project_urls={
        "Source": address,
        "Issues": f"{address}/issues",
        "Changelog": f"{address}/blob/main/CHANGELOG.md",
    }
)
