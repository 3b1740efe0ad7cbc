"""A build that is stopped, killed or out of disk: the last good notebook stands.

Everything is real here: the process, its kernel, the signal and the limit.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from functools import cached_property
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
GOOD = "# Title\n\n```{code-cell}\nprint('good')\n```\n"
LONG = """# Title

```{code-cell}
import os, pathlib, time
pathlib.Path("kernel").write_text(str(os.getpid()))
time.sleep(120)
```
"""
BIG = (
    "# Title\n\n```{code-cell}\nprint(('good ' * 200 + '\\n') * 2_000)\n```\n"
)
LIMIT = 1_000_000  # bytes of a file; a kernel's own files are far smaller
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


class Book:
    """A repository with one chapter, built once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.source = root / "chapters" / "src" / "01_a.md"
        self.notebook = root / "chapters" / "01_a.ipynb"

    def begin(self) -> None:
        """Lay out the repository and build it for the first time."""
        self.source.parent.mkdir(parents=True)
        self.source.write_text(GOOD)
        assert self.build().returncode == 0

    @cached_property
    def good(self) -> bytes:
        """The first notebook."""
        return self.notebook.read_bytes()

    def start(self, **options) -> subprocess.Popen[str]:
        environment = os.environ | {
            "TMPDIR": str(self.root),
            "PYTHONPATH": str(ROOT),
        }
        return subprocess.Popen(
            [sys.executable, "-m", "claimbook.builder"],
            cwd=self.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def build(self, **options) -> subprocess.CompletedProcess[str]:
        with self.start(**options) as process:
            out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess([], process.returncode, out, err)

    def assert_whole(self) -> None:
        """Only the good notebook is there, and it can be built upon."""
        assert self.notebook.read_bytes() == self.good
        assert nbformat.read(self.notebook, as_version=4).cells
        stray = {p.name for p in self.notebook.parent.iterdir()}
        assert stray <= {"src", "01_a.ipynb", "kernel"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    book = Book(tmp_path_factory.mktemp("built") / "book")
    book.begin()
    return book


@pytest.fixture
def book(built, tmp_path):
    shutil.copytree(built.root, tmp_path / "book")
    book = Book(tmp_path / "book")
    assert book.good
    return book


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (
        stat.exists() and stat.read_text().split(")")[-1].split()[0] == "Z"
    )


def wait_until(holds, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_build_that_is_stopped_leaves_notebook_and_no_kernel(book, name):
    book.source.write_text(LONG)
    pid = book.root / "chapters" / "kernel"
    with book.start() as process:
        wait_until(lambda: pid.exists() and pid.read_text())
        kernel = int(pid.read_text())
        assert alive(kernel)
        process.send_signal(getattr(signal, name))
        _, err = process.communicate(timeout=60)
    assert process.returncode != 0
    if name != "SIGKILL":
        assert err == "stopped; no notebook was left half written\n"
    wait_until(lambda: not alive(kernel))  # without a parent it ends by itself
    book.assert_whole()
    book.source.write_text(GOOD)
    assert book.build().returncode == 0
    book.assert_whole()


@posix
def test_a_full_disk_leaves_the_old_notebook_and_says_so(book):
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))

    book.source.write_text(BIG)
    done = book.build(preexec_fn=limit)
    assert done.returncode == 1
    assert done.stderr == "01_a.ipynb cannot be written: File too large\n"
    assert "01_a: FAILED; the stored notebook is untouched" in done.stdout
    book.assert_whole()
    assert book.build().returncode == 0
    assert len(book.notebook.read_bytes()) > LIMIT


def test_a_kernel_that_does_not_start_is_one_sentence(book):
    """The chapter's own folder may hold a file that hides ipykernel."""
    (book.root / "ipykernel_launcher.py").write_text("raise SystemExit(3)")
    book.source.write_text(BIG)
    done = book.build()
    assert done.returncode == 1
    message = "chapters/src/01_a.md: the kernel does not start: "
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1
    book.assert_whole()
