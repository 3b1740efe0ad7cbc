"""A build that is stopped, killed or out of disk: the last good notebook stands.

Everything is real here: the process, its kernel, the signal and the limit.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

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
BIG = GOOD.replace("'good'", "('good ' * 200 + '\\n') * 2_000")
LIMIT = 1_000_000  # bytes of a file; a kernel's own files are far smaller
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


class Book:
    """A repository with one chapter, built once."""

    def __init__(self, root):
        self.root = root
        self.source = root / "chapters" / "src" / "01_a.md"
        self.notebook = root / "chapters" / "01_a.ipynb"

    def start(self, **options):
        mine = {"TMPDIR": str(self.root), "PYTHONPATH": str(ROOT)}
        pipes = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
        command = [sys.executable, "-m", "claimbook.builder"]
        options |= {"cwd": self.root, "env": os.environ | mine, "text": True}
        return subprocess.Popen(command, **pipes, **options)

    def build(self, source, **options):
        """Build ``source``; return the exit code, stdout and stderr."""
        self.source.write_text(source)
        with self.start(**options) as process:
            said = process.communicate(timeout=120)
        return process.returncode, *said

    def assert_whole(self):
        """Only the good notebook is there, and it can be built upon."""
        assert self.notebook.read_bytes() == self.good
        stray = {p.name for p in self.notebook.parent.iterdir()}
        assert stray <= {"src", "01_a.ipynb", "kernel"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    book = Book(tmp_path_factory.mktemp("built") / "book")
    book.source.parent.mkdir(parents=True)
    assert book.build(GOOD)[0] == 0
    return book


@pytest.fixture
def book(built, tmp_path):
    book = Book(shutil.copytree(built.root, tmp_path / "book"))
    book.good = book.notebook.read_bytes()
    return book


def alive(pid):
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or ") Z " not in stat.read_text()


def wait_until(holds, seconds=60):
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
    assert book.build(GOOD)[0] == 0
    book.assert_whole()


@posix
def test_a_full_disk_leaves_the_old_notebook_and_says_so(book):
    import resource

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))

    code, out, err = book.build(BIG, preexec_fn=limit)
    assert code == 1
    assert err == "01_a.ipynb cannot be written: File too large\n"
    assert "01_a: FAILED; the stored notebook is untouched" in out
    book.assert_whole()
    assert book.build(BIG)[0] == 0
    assert len(book.notebook.read_bytes()) > LIMIT


def test_a_kernel_that_does_not_start_is_one_sentence(book):
    """The chapter's own folder may hold a file that hides ipykernel."""
    (book.root / "ipykernel_launcher.py").write_text("raise SystemExit(3)")
    code, _, err = book.build(BIG)
    assert code == 1
    assert err.startswith("chapters/src/01_a.md: the kernel does not start: ")
    assert err.count("\n") == 1
    book.assert_whole()
