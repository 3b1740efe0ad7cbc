"""Execute the chapters: ``chapters/src/*.md`` to ``chapters/*.ipynb``, one way.

    python -m claimbook.builder               execute what changed
    python -m claimbook.builder 02 --force    execute chapter 2 in any case
    python -m claimbook.builder 02 --discard  throw away what was edited in its notebook
    python -m claimbook.builder --check       execute nothing, say what is out of date
    python -m claimbook.builder --compare     execute all, write nothing, compare

A chapter is executed when its code, or a definition that its code reaches, has changed.
Where only its text changed, the stored outputs are used again.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import nbformat

from claimbook.builder.chapter import (
    METADATA_KEY,
    Chapter,
    edited_by_hand,
    notebook_text,
    other_pins,
    read_chapter,
    read_notebook,
    reasons_to_execute,
    stored_run,
    versions,
    write_atomically,
)
from claimbook.builder.execute import COLOUR, broken_claims, execute
from claimbook.builder.fingerprint import Library
from claimbook.builder.pages import BuildError, Pages

PICTURE = re.compile(r"[A-Za-z0-9+/=]{100,}")
REASONS_SHOWN = 3


class Builder:
    """The chapters of a repository, and what is done about them.

    Args:
        root: The repository.
        names: Beginnings of the names of the chapters meant; all if there are none.
        discard: Whether what was edited by hand in a notebook may be lost.

    Raises:
        BuildError: If a source is broken, before anything is executed.
    """

    def __init__(
        self, root: Path, names: Sequence[str] = (), *, discard: bool = False
    ) -> None:
        self.root = root
        self.names = tuple(names)
        self.discard = discard
        self.pages = Pages(root)
        listed = self.pages.statements
        self.statements = None if listed is None else {s["id"] for s in listed}
        library = Library(root)
        self.chapters = [
            read_chapter(source, library, self.pages)
            for source in self.select()
        ]

    def select(self) -> list[Path]:
        """Return the sources that are meant.

        Raises:
            BuildError: If there is no source, or none for one of the names.
        """
        sources = sorted((self.root / "chapters" / "src").glob("*.md"))
        if not sources:
            raise BuildError(
                "chapters/src has no source (*.md), so there is no chapter"
            )
        for name in self.names:
            if not any(path.stem.startswith(name) for path in sources):
                raise BuildError(
                    f"no source in chapters/src begins with {name!r}"
                )
        return [
            path
            for path in sources
            if not self.names or path.stem.startswith(self.names)
        ]

    # --- look -------------------------------------------------------------------------

    def complaints(self) -> list[str]:
        """Return a line for each notebook that is not what its source would give."""
        found = []
        for chapter in self.chapters:
            if edits := self.edits(chapter):
                found.append(edits)
            elif why := reasons_to_execute(chapter) or text_reasons(chapter):
                found.append(f"{chapter.name}: {in_short(why)}")
        sources = {p.stem for p in (self.root / "chapters/src").glob("*.md")}
        for notebook in sorted((self.root / "chapters").glob("*.ipynb")):
            chosen = not self.names or notebook.stem.startswith(self.names)
            if chosen and notebook.stem not in sources:
                found.append(f"{notebook.stem}: no source")
        return found

    def notes(self) -> list[str]:
        """Return a line for each version that is not the one that made the outputs.

        That is no fault: whether the outputs hold here, their re-execution says (nbval).
        """
        here, other = versions(), set()
        for chapter in self.chapters:
            if notebook := read_notebook(chapter.notebook):
                made = stored_run(notebook).versions
                other |= {
                    f"note: made with {name} {made[name]}, here is {here[name]}"
                    for name in made.keys() & here.keys()
                    if made[name] != here[name]
                }
        return sorted(other)

    def edits(self, chapter: Chapter) -> str:
        """Say what was edited by hand, and the two ways out; ``""`` if nothing was."""
        edited = "" if self.discard else edited_by_hand(chapter)
        return edited and (
            f"{chapter.name}: chapters/{chapter.notebook.name} was not written by the "
            f"builder ({edited}), so it is neither used nor overwritten.  "
            f"Put the change into {chapter.where}, then or instead throw it away: "
            f"git checkout chapters/{chapter.notebook.name}, or "
            f"python -m claimbook.builder {chapter.name} --discard"
        )

    # --- build ------------------------------------------------------------------------

    async def build(self, chapter: Chapter, *, force: bool) -> None:
        """Bring one notebook up to date, executing it only if there are reasons.

        Raises:
            BuildError: If it was edited by hand, fails, or has a claim that does not hold.
        """
        if edits := self.edits(chapter):
            raise BuildError(edits)
        reasons = reasons_to_execute(chapter)
        if edited_by_hand(chapter):
            reasons.append("edits thrown away")
        if force:
            reasons = reasons or ["forced"]
        if reasons:
            text = await self.run(chapter, in_short(reasons))
        else:
            text = with_stored_results(chapter)
        if stored_text(chapter) == text:
            outcome = "same bytes as before" if reasons else "up to date"
        else:
            write_atomically(chapter.notebook, text)
            outcome = "written" if reasons else "text written, outputs kept"
        say(f"{chapter.name}: {outcome}")
        for program in stale_programs(chapter):
            write_atomically(program, chapter.programs[program])
            say(f"{chapter.name}: {program.name} written")

    async def compare(self, chapter: Chapter) -> None:
        """Execute one chapter and hold the result against the stored notebook.

        Text must be equal everywhere.  The bytes of a picture depend on the processor's
        rounding: where they alone differ, a second run here must repeat the first.

        Raises:
            BuildError: If the two differ.
        """
        stored = stored_text(chapter)
        text = await self.run(chapter, "to compare")
        if text == stored:
            return say(f"{chapter.name}: same bytes as before")
        if without_pictures(text) != without_pictures(stored):
            what = "is not what is stored"
            raise BuildError(difference(chapter, text, stored, what))
        again = await self.run(chapter, "pictures differ, so once more")
        if again != text:
            what = "changes with every run"
            raise BuildError(difference(chapter, again, text, what))
        return say(
            f"{chapter.name}: same text; pictures as on another processor"
        )

    async def run(self, chapter: Chapter, why: str) -> str:
        """Execute a chapter and return its notebook.

        Raises:
            BuildError: If it fails, if claims do not hold (all of them are named), or if
                other versions are installed than the repository pins.
        """
        if pins := [*other_pins(self.root, versions())]:
            name, here, pinned = pins[0]
            raise BuildError(
                f"{chapter.where}: {name} {here} is installed, and constraints.txt pins "
                f"{pinned}: install that first"
            )
        say(f"{chapter.name}: running ({why})")
        start = time.perf_counter()
        done = await execute(chapter)
        say(f"{chapter.name}: ran in {time.perf_counter() - start:.1f} s")
        if broken := broken_claims(chapter, done, self.statements):
            raise BuildError("\n".join(broken))
        return notebook_text(chapter, done)

    async def every(self, *, jobs: int, force: bool, compare: bool) -> bool:
        """Build or compare all chapters, ``jobs`` at a time; say whether all went well."""
        places = asyncio.Semaphore(jobs)

        async def one(chapter: Chapter) -> bool:
            async with places:
                try:
                    if compare:
                        await self.compare(chapter)
                    else:
                        await self.build(chapter, force=force)
                except (BuildError, OSError) as error:
                    task = asyncio.current_task()
                    cancelling = getattr(
                        task, "cancelling", int
                    )  # Python ≥ 3.11
                    if cancelling():
                        raise asyncio.CancelledError from error  # said once
                    say(
                        f"{chapter.name}: FAILED; the stored notebook is untouched"
                    )
                    complain(error)
                    return False
                return True

        return all(await asyncio.gather(*map(one, self.chapters)))


def in_short(reasons: Sequence[str]) -> str:
    """Return the first reasons, and how many more there are."""
    more = len(reasons) - REASONS_SHOWN
    rest = [f"{more} more"] if more > 0 else []
    return ", ".join([*reasons[:REASONS_SHOWN], *rest])


def stored_text(chapter: Chapter) -> str:
    """Return the stored notebook, with the line ends of the builder; ``""`` if none."""
    if not chapter.notebook.exists():
        return ""
    return chapter.notebook.read_text(encoding="utf-8", errors="replace")


def with_stored_results(chapter: Chapter) -> str:
    """Return the notebook that the source gives with the outputs already stored."""
    notebook = read_notebook(chapter.notebook)
    assert notebook is not None  # or there would be reasons to execute
    return notebook_text(chapter, stored_run(notebook))


def text_reasons(chapter: Chapter) -> list[str]:
    """Say whether only text or metadata differs; the outputs are taken to hold."""
    if with_stored_results(chapter) != stored_text(chapter):
        return ["text changed"]
    return [f"{path.name} is older" for path in stale_programs(chapter)]


def stale_programs(chapter: Chapter) -> list[Path]:
    """Return the programs that are not what the chapter shows."""
    return [
        path
        for path, text in chapter.programs.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def without_pictures(text: str) -> str:
    """Return a notebook's text without pictures, and without the hash of its outputs."""
    notebook = nbformat.reads(text, as_version=4)
    notebook.metadata[METADATA_KEY].pop("outputs", None)
    return PICTURE.sub("", nbformat.writes(notebook))


def difference(chapter: Chapter, text: str, other: str, what: str) -> str:
    """Return a message that names the first cell in which two notebooks differ."""
    cells, others = (
        nbformat.reads(t, as_version=4).cells for t in (text, other)
    )
    for line, cell, stored in zip(chapter.lines, cells, others, strict=False):
        if cell != stored:
            return f"{chapter.where}:{line}: what this cell gives {what}"
    return f"{chapter.where}: the notebook's metadata {what}"


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


def complain(error: BuildError | OSError) -> None:
    """Print an error to stderr, with colours only where they are shown."""
    message = str(error)
    if not sys.stderr.isatty():
        message = COLOUR.sub("", message)
    print(message, file=sys.stderr, flush=True)


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        "python -m claimbook.builder",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="*", help="beginnings of names, such as 02"
    )
    for name, says in {
        "force": "execute in any case",
        "discard": "overwrite what was edited by hand (needs a name)",
        "check": "only say what is stale",
        "compare": "execute, write nothing",
    }.items():
        parser.add_argument(f"--{name}", action="store_true", help=says)
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N"
    )
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        parser.error(f"--jobs must be at least 1, got {options.jobs}")
    if options.discard and not options.names:
        parser.error("--discard needs the name of a chapter")
    return options


def main(root: Path, arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    options = options_of(arguments)
    try:
        builder = Builder(root, options.names, discard=options.discard)
        if options.check or options.compare:
            found = builder.complaints()
            tell(found or ["every notebook is up to date"])
            tell(builder.notes())
            if found or options.check:
                return 1 if found else 0
    except BuildError as error:
        complain(error)
        return 1
    went_well = asyncio.run(
        builder.every(
            jobs=options.jobs, force=options.force, compare=options.compare
        )
    )
    return 0 if went_well else 1


def tell(lines: Iterable[str]) -> None:
    """Print lines."""
    for line in lines:
        say(line)


if __name__ == "__main__":
    try:
        sys.exit(main(Path.cwd()))
    except KeyboardInterrupt:
        sys.exit("stopped; no notebook was left half written")
