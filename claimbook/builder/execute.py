"""A chapter in a kernel of its own: what it gives, and what no page should show."""

from __future__ import annotations

import asyncio
import atexit
import base64
import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from copy import deepcopy
from pathlib import Path

import nbformat
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

from claimbook.builder.chapter import (
    STARTUP,
    Chapter,
    Run,
    stored_run,
    versions,
)
from claimbook.builder.pages import BuildError

SECONDS_PER_CELL = 600
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
PNG = "image/png"
COLOURS = 256  # of a stored picture
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
FRAME = re.compile(r"Cell In\[(\d+)\], line (\d+)")
CELL_RULE = (
    "\n------------------\n"  # nbclient repeats the cell between two of these
)
CLAIM = "application/vnd.claimbook.claim+json"


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
        "CHAPTER_FACTS": str(Path(profile, "facts.json")),
    }


async def execute(chapter: Chapter) -> Run:
    """Run the chapter's cells in a new kernel and return what they left behind.

    Raises:
        BuildError: If a cell fails, takes too long, or writes to stderr.  Claims are
            looked at elsewhere (:func:`broken_claims`).
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
            if (own := folder / STARTUP).exists():
                shutil.copy(own, startup)
            environment = kernel_environment(folder.parent, profile)
            await client.async_execute(
                env=environment, stderr=subprocess.DEVNULL
            )
            noted = Path(profile, "facts.json")
            facts = json.loads(noted.read_text()) if noted.exists() else {}
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
    return Run(stored_run(notebook).results, facts, versions())


def broken_claims(
    chapter: Chapter, run: Run, statements: set[str] | None
) -> list[str]:
    """Return a line for each claim that did not hold, or whose id the book lacks.

    Args:
        chapter: The chapter.
        run: What its execution left behind.
        statements: The ids that a claim may have; None if the book lists none.
    """
    code = [
        line
        for line, cell in zip(chapter.lines, chapter.cells, strict=True)
        if cell.cell_type == "code"
    ]
    broken = []
    for line, result in zip(code, run.results, strict=True):
        for output in result.outputs:
            claim = output.get("data", {}).get(CLAIM)
            if claim is None:
                continue
            where = f"{chapter.where}:{line}"
            said = output.data["text/plain"].split("\n")[0]
            if not claim["held"]:
                broken.append(f"{where}: {said}")
            if statements is not None and claim["id"] not in statements:
                broken.append(
                    f"{where}: the book has no statement {claim['id']!r}: {said}"
                )
    return broken


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
