"""The built pages as one file to take away, to be unzipped and opened without a server.

    python tools/pack_book.py    after make book

Equal pages give equal bytes: the files stand in order, with one time for all.
"""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"
ZIP = ROOT / "_build" / "training-neural-networks.zip"


def pack(folder: Path, target: Path) -> None:
    """Pack every file of ``folder`` into ``target``, below the name of the latter."""
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if path.is_dir() or inside.parts[0].startswith("."):
                continue
            entry = ZipInfo(f"{target.stem}/{inside.as_posix()}")
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, path.read_bytes(), ZIP_DEFLATED)


def main() -> int:
    """Pack the book and return the exit code."""
    if not (HTML / "index.html").exists():
        print("the book is not built: run `make book` first", file=sys.stderr)
        return 1
    pack(HTML, ZIP)
    size = ZIP.stat().st_size / 1e6
    print(f"The book is packed: {ZIP.relative_to(ROOT)}, {size:.0f} MB.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
