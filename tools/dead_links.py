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


if __name__ == "__main__":
    checked = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    if not checked:
        sys.exit("linkcheck found no link at all: it did not run to its end")
    dead = list(dead_links(checked))
    print("\n".join(dead or [f"{len(checked)} links, none of them dead"]))
    sys.exit(bool(dead))
