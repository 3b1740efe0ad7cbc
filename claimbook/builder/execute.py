"""Execute the chapters: ``chapters/src/*.md`` to ``chapters/*.ipynb``, one way.

    python tools/build_chapters.py             execute what changed
    python tools/build_chapters.py 02 --force  execute chapter 2 in any case
    python tools/build_chapters.py --check     execute nothing, say what is out of date
    python tools/build_chapters.py --compare   execute all, write nothing, compare

A chapter is executed when its code, or a library module that it imports, changed. Where
only its text changed, the stored outputs are used again.
"""

from __future__ import annotations

import argparse
import asyncio
import atexit
import base64
import contextlib
import importlib.util
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import nbformat
from chapter_files import (
    BuildError,
    Chapter,
    Library,
    Run,
    notebook_text,
    read_chapter,
    read_notebook,
    reasons_to_execute,
    stored_run,
    write_atomically,
)
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)
from nbformat import NotebookNode
from PIL import Image

SECONDS_PER_CELL = 600
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
PNG = "image/png"
COLOURS = 256  # of a stored picture
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
FRAME = re.compile(r"Cell In\[(\d+)\], line (\d+)")
CELL_RULE = (
    "\n------------------\n"  # nbclient repeats the cell between two of these
)
PICTURE = re.compile(r"[A-Za-z0-9+/=]{100,}")
COUNTER = Path(__file__).with_name("count_networks.py")


class ThisPython(AsyncKernelManager):
    """A kernel of the very Python that runs this file, whatever else is installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """The command that starts it."""
        options = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=[sys.executable, *options], language="python")


def kernel_environment(root: Path, profile: str) -> dict[str, str]:
    """Return an environment in which the outputs depend on the repository alone.

    Args:
        root: The repository, whose library the kernel shall import.
        profile: An empty folder in place of the user's IPython settings.
    """
    inherited = {k: v for k, v in os.environ.items() if k != "MPLBACKEND"}
    path = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
    return inherited | {
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(path),
        "IPYTHONDIR": profile,
        "NETWORKS_TRAINED": str(tally(profile)),
    }


def tally(profile: str) -> Path:
    """Return the file in which a kernel counts the networks that it trains."""
    return Path(profile) / "networks"


async def execute(chapter: Chapter) -> Run:
    """Run the chapter's cells in a new kernel and return what they left behind.

    Raises:
        BuildError: If a cell fails, takes too long, or writes to stderr.
    """
    folder = chapter.notebook.parent
    notebook = nbformat.v4.new_notebook(cells=deepcopy(chapter.cells))
    client = NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        kernel_manager_class=ThisPython,
        record_timing=False,
        coalesce_streams=True,
        store_widget_state=False,
        force_raise_errors=True,
        skip_cells_with_tag="",
        resources={"metadata": {"path": str(folder)}},
        on_notebook_start=leave_signals_alone,
    )
    try:
        with tempfile.TemporaryDirectory(
            ignore_cleanup_errors=True
        ) as profile:
            startup = Path(profile, "profile_default", "startup")
            startup.mkdir(parents=True)
            shutil.copy(COUNTER, startup)
            environment = kernel_environment(folder.parent, profile)
            await client.async_execute(
                env=environment, stderr=subprocess.DEVNULL
            )
            count = tally(profile)
            networks = int(count.read_text()) if count.exists() else 0
    except CellExecutionError as error:
        line = failing_line(chapter, notebook, error.traceback)
        traceback = error.traceback.split(CELL_RULE)[-1].strip()
        raise BuildError(
            f"{chapter.where}:{line}: cell failed\n{traceback}"
        ) from error
    except CellTimeoutError as error:
        line = failing_line(chapter, notebook, "")
        message = f"the cell takes more than {SECONDS_PER_CELL} s"
        raise BuildError(f"{chapter.where}:{line}: {message}") from error
    except DeadKernelError as error:
        line = failing_line(chapter, notebook, "")
        raise BuildError(
            f"{chapter.where}:{line}: the kernel died here"
        ) from error
    except RuntimeError as error:  # before it was ready; nbclient cleaned up,
        atexit.unregister(client._cleanup_kernel)  # and would again at the end
        raise BuildError(
            f"{chapter.where}: the kernel does not start: {error}"
        ) from error
    for cell, line in zip(notebook.cells, chapter.lines, strict=True):
        if cell.cell_type == "code":
            cell.outputs = clean_outputs(
                cell.outputs, f"{chapter.where}:{line}"
            )
    return Run(stored_run(notebook).results, networks)


def leave_signals_alone(notebook: NotebookNode) -> None:
    """Take back nbclient's handlers: Ctrl-C shall end all kernels, not the last one."""
    with contextlib.suppress(NotImplementedError):
        asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # like Ctrl-C


def failing_line(
    chapter: Chapter, notebook: NotebookNode, traceback: str
) -> int:
    """Return the innermost line of ``traceback`` that stands in the chapter's source.

    Without such a line, it is the first one of the cell that was running.
    """
    code = [
        (line, cell)
        for line, cell in zip(chapter.lines, notebook.cells, strict=True)
        if cell.cell_type == "code"
    ]
    counts = {cell.execution_count: line for line, cell in code}
    frames = FRAME.findall(COLOUR.sub("", traceback))
    if frames and int(frames[-1][0]) in counts:
        count, line = map(int, frames[-1])
        return counts[count] + line - 1
    started = [line for line, cell in code if cell.execution_count is not None]
    return started[-1] if started else code[0][0]


def clean_outputs(
    outputs: list[NotebookNode], where: str
) -> list[NotebookNode]:
    """Drop what only a living kernel can show, and refuse what no page should show."""
    kept = []
    for output in outputs:
        if output.get("name") == "stderr":
            first = COLOUR.sub("", output.text).strip().split("\n")[0]
            raise BuildError(
                f"{where}: the cell writes to stderr, which is not stored "
                f"(mend the cause or silence it): {first}"
            )
        if "data" in output:
            output.data.pop(WIDGET_VIEW, None)
            if PNG in output.data:
                output.data[PNG] = lighter(output.data[PNG])
            if not output.data:
                continue
        kept.append(output)
    return kept


def lighter(picture: str) -> str:
    """Return a PNG with a palette in place of a PNG with all colours: a third the size.

    A picture that is transparent somewhere stays as it is.
    """
    drawn = Image.open(io.BytesIO(base64.b64decode(picture)))
    if drawn.convert("RGBA").getchannel("A").getextrema() != (255, 255):
        return picture
    packed = io.BytesIO()
    drawn.convert("RGB").quantize(
        COLOURS,
        method=Image.Quantize.MAXCOVERAGE,  # keeps rare colours
        dither=Image.Dither.NONE,
    ).save(packed, "png", optimize=True, dpi=drawn.info.get("dpi"))
    return base64.b64encode(packed.getvalue()).decode("ascii")


def select(root: Path, names: Sequence[str]) -> list[Path]:
    """Return the sources whose names begin with one of ``names``; all if it is empty.

    Raises:
        BuildError: If there is no source, or none for one of the names.
    """
    sources = sorted((root / "chapters" / "src").glob("*.md"))
    if not sources:
        raise BuildError(
            "chapters/src has no source (*.md), so there is no chapter"
        )
    for name in names:
        if not any(path.stem.startswith(name) for path in sources):
            raise BuildError(f"no source in chapters/src begins with {name!r}")
    return [p for p in sources if not names or p.stem.startswith(tuple(names))]


def read_all(
    root: Path, library: Library, names: Sequence[str]
) -> list[Chapter]:
    """Read the selected sources; a broken one raises before anything is executed."""
    return [read_chapter(source, library) for source in select(root, names)]


def check(
    root: Path, library: Library, names: Sequence[str] = ()
) -> list[str]:
    """Return a line for each notebook that is not what its source would give."""
    complaints = []
    for chapter in read_all(root, library, names):
        reasons = reasons_to_execute(chapter) or prose_reasons(chapter)
        if reasons:
            complaints.append(f"{chapter.name}: {', '.join(reasons)}")
    sources = {path.stem for path in (root / "chapters" / "src").glob("*.md")}
    for notebook in sorted((root / "chapters").glob("*.ipynb")):
        chosen = not names or notebook.stem.startswith(tuple(names))
        if chosen and notebook.stem not in sources:
            complaints.append(f"{notebook.stem}: no source")
    return complaints


def with_stored_results(chapter: Chapter) -> str:
    """Return the notebook that the source gives with the outputs already stored."""
    notebook = read_notebook(chapter.notebook)
    return notebook_text(
        chapter, stored_run(notebook) if notebook else Run([])
    )


def prose_reasons(chapter: Chapter) -> list[str]:
    """Say whether only text or metadata differs; the outputs are taken to hold."""
    stored = chapter.notebook.read_bytes()
    return (
        []
        if with_stored_results(chapter).encode() == stored
        else ["prose changed"]
    )


async def build_one(chapter: Chapter, reasons: Sequence[str]) -> None:
    """Bring one notebook up to date, executing it only if ``reasons`` say why."""
    if reasons:
        text = await timed_execution(chapter, ", ".join(reasons))
    else:
        text = with_stored_results(chapter)
    if (
        chapter.notebook.exists()
        and chapter.notebook.read_bytes() == text.encode()
    ):
        outcome = "same bytes as before" if reasons else "up to date"
    else:
        write_atomically(chapter.notebook, text)
        outcome = "written" if reasons else "text written, outputs kept"
    say(f"{chapter.name}: {outcome}")


async def compare_one(chapter: Chapter) -> None:
    """Execute one chapter and hold the result against the stored notebook.

    Text must be equal everywhere. The bytes of a picture depend on the processor's
    rounding: where they alone differ, a second run here must repeat the first.

    Raises:
        BuildError: If the two differ.
    """
    text = await timed_execution(chapter, "to compare")
    stored = chapter.notebook.read_text(encoding="utf-8")
    if text == stored:
        return say(f"{chapter.name}: same bytes as before")
    if PICTURE.sub("", text) != PICTURE.sub("", stored):
        raise BuildError(difference(chapter, text, "is not what is stored"))
    again = await timed_execution(chapter, "pictures differ, so once more")
    if again != text:
        raise BuildError(
            difference(chapter, again, "changes with every run", text)
        )
    return say(f"{chapter.name}: same text; pictures as on another processor")


def difference(
    chapter: Chapter, text: str, what: str, other: str | None = None
) -> str:
    """Return a message that names the first cell in which two notebooks differ."""
    if other is None:
        other = chapter.notebook.read_text(encoding="utf-8")
    cells, others = (
        nbformat.reads(t, as_version=4).cells for t in (text, other)
    )
    for line, cell, stored in zip(chapter.lines, cells, others, strict=False):
        if cell != stored:
            return f"{chapter.where}:{line}: what this cell gives {what}"
    return f"{chapter.where}: the notebook's metadata {what}"


async def timed_execution(chapter: Chapter, why: str) -> str:
    """Execute the chapter, with a line when it starts and one when it ends."""
    say(f"{chapter.name}: running ({why})")
    start = time.perf_counter()
    done = await execute(chapter)
    say(f"{chapter.name}: ran in {time.perf_counter() - start:.1f} s")
    return notebook_text(chapter, done)


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


def complain(error: BuildError | OSError) -> None:
    """Print an error to stderr, with colours only where they are shown."""
    message = str(error)
    colours = sys.stderr.isatty()
    print(
        message if colours else COLOUR.sub("", message),
        file=sys.stderr,
        flush=True,
    )


async def run(
    chapters: Sequence[Chapter], *, jobs: int, force: bool, compare: bool
) -> bool:
    """Build or compare all chapters, ``jobs`` at a time; say whether all went well."""
    places = asyncio.Semaphore(jobs)

    async def one(chapter: Chapter) -> bool:
        async with places:
            try:
                if compare:
                    await compare_one(chapter)
                else:
                    reasons = reasons_to_execute(chapter) or ["forced"] * force
                    await build_one(chapter, reasons)
            except (BuildError, OSError) as error:
                task = asyncio.current_task()
                cancelling = getattr(task, "cancelling", int)  # Python ≥ 3.11
                if cancelling():
                    raise asyncio.CancelledError from error  # Ctrl-C, said once
                say(
                    f"{chapter.name}: FAILED; the stored notebook is untouched"
                )
                complain(error)
                return False
            return True

    return all(await asyncio.gather(*map(one, chapters)))


def main(root: Path, arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="*", help="beginnings of names, such as 02"
    )
    parser.add_argument(
        "--force", action="store_true", help="execute in any case"
    )
    parser.add_argument(
        "--check", action="store_true", help="only say what is stale"
    )
    parser.add_argument(
        "--compare", action="store_true", help="execute, write nothing"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N"
    )
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        parser.error(f"--jobs must be at least 1, got {options.jobs}")

    library = Library(root)
    try:
        if options.check or options.compare:
            complaints = check(root, library, options.names)
            print(
                "\n".join(complaints or ["every notebook is up to date"]),
                flush=True,
            )
            if complaints or options.check:
                return 1 if complaints else 0
        if importlib.util.find_spec("ipykernel") is None:
            raise BuildError(
                "ipykernel is not installed: run `make book` once"
            )
        chapters = read_all(root, library, options.names)
    except BuildError as error:
        complain(error)
        return 1
    ok = asyncio.run(
        run(
            chapters,
            jobs=options.jobs,
            force=options.force,
            compare=options.compare,
        )
    )
    return 0 if ok else 1


if __name__ == "__main__":
    ROOT = Path(__file__).resolve().parents[1]
    sys.path.insert(0, str(ROOT))  # grimp shall find this repository's nnlib
    try:
        sys.exit(main(ROOT))
    except KeyboardInterrupt:
        sys.exit("stopped; no notebook was left half written")
