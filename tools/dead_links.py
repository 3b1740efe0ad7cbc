"""Say which links of the book are dead, from what Sphinx's linkcheck found.

    python tools/dead_links.py _build/links/_build/html/output.json

Many publishers turn every robot away, so a refusal is not a death: a link counts as dead
where its page or its anchor is not found, or its host has no address.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

DEAD = re.compile(
    r"\b(?:404|410) Client Error|Anchor .* not found|NameResolutionError"
    r"|Name or service not known|getaddrinfo failed"
)


def dead_links(lines: Iterable[str]) -> Iterator[str]:
    """Yield a line of Markdown for each dead link."""
    for line in lines:
        link = json.loads(line)
        if link["status"] == "broken" and DEAD.search(link["info"]):
            where = f"{link['filename']}:{link['lineno']}"
            yield f"- {link['uri']} ({where}): {link['info'].split(' for ')[0]}"


def main(found: Path) -> int:
    """Print the dead links and return the exit code."""
    lines = (
        found.read_text(encoding="utf-8").splitlines()
        if found.exists()
        else []
    )
    if not lines:
        print("linkcheck found no link at all: it did not run to its end")
        return 1
    dead = list(dead_links(lines))
    print("\n".join(dead or [f"{len(lines)} links, none of them dead"]))
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
