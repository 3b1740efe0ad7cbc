"""Break a technique, execute its chapter: the chapter must fail, and for the right reason.

A claim that survives the sabotage of what it is about is decoration.
"""

import asyncio
import re
import shutil
from pathlib import Path

import build_chapters
import pytest
from chapter_files import BuildError, Library, read_chapter
from sabotages import SABOTAGES, Sabotage

ROOT = Path(__file__).resolve().parents[2]
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CAUGHT = re.compile(r"^(ClaimError|AssertionError): *(.*)", re.MULTILINE)


def broken_copy(sabotage: Sabotage, folder: Path) -> Path:
    """Copy the library and the chapter, and break the copy; return the source."""
    shutil.copytree(ROOT / "nnlib", folder / "nnlib")
    module = folder / "nnlib" / f"{sabotage.module}.py"
    code = module.read_text(encoding="utf-8")
    assert code.count(sabotage.old) == 1, "the sabotage does not fit any more"
    module.write_text(
        code.replace(sabotage.old, sabotage.new), encoding="utf-8"
    )
    (source,) = (ROOT / "chapters" / "src").glob(f"{sabotage.chapter}_*.md")
    target = folder / "chapters" / "src" / source.name
    target.parent.mkdir(parents=True)
    shutil.copy(source, target)
    return target


@pytest.mark.parametrize(
    "sabotage",
    SABOTAGES,
    ids=lambda s: f"{s.chapter}-{s.module}-{s.what}".replace(" ", "-"),
)
def test_a_broken_technique_fails_its_chapter(
    sabotage, tmp_path, record_property
):
    chapter = read_chapter(broken_copy(sabotage, tmp_path), Library(ROOT))
    with pytest.raises(BuildError) as failure:
        asyncio.run(build_chapters.execute(chapter))
    message = COLOUR.sub("", str(failure.value))
    caught = CAUGHT.findall(message)
    assert caught, f"it failed by a crash, not by a claim:\n{message[-2000:]}"
    kind, why = caught[-1]
    place = message.split(": ")[0].removeprefix("chapters/src/")
    name = f"{sabotage.chapter} {sabotage.module}: {sabotage.what}"
    record_property("sabotage", name)
    record_property("caught", f"{kind} at {place}: {why[:90]}")
