"""A build that is stopped, killed or out of disk: the last good notebook stands.

Everything is real here: the process, its kernel, the signal and the limit.
"""

import os
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
pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


class Book:
    """A repository with one chapter, and what stands for its last good notebook."""

    def __init__(self, root):
        self.root, self.chapters = root, root / "chapters"
        (self.chapters / "src").mkdir(parents=True)
        (self.chapters / "01_a.ipynb").write_text("good")

    def start(self, source, **options):
        (self.chapters / "src/01_a.md").write_text(source)
        mine = {"TMPDIR": str(self.root), "PYTHONPATH": str(ROOT)}
        pipes = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
        command = [sys.executable, "-m", "claimbook.builder"]
        options |= {"cwd": self.root, "env": os.environ | mine, "text": True}
        return subprocess.Popen(command, **pipes, **options)

    def build(self, source, **options):
        """Build ``source``; return the exit code, stdout and stderr."""
        with self.start(source, **options) as process:
            said = process.communicate(timeout=120)
        return process.returncode, *said

    def is_whole(self):
        """Whether the good notebook is there, and nothing that was half made."""
        stray = {p.name for p in self.chapters.iterdir()} - {"src", "kernel", "01_a.ipynb"}
        return (self.chapters / "01_a.ipynb").read_text() == "good" and not stray


@pytest.fixture
def book(tmp_path):
    return Book(tmp_path / "book")


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


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_build_that_is_stopped_leaves_notebook_and_no_kernel(book, name):
    pid = book.chapters / "kernel"
    with book.start(LONG) as process:
        wait_until(lambda: pid.exists() and pid.read_text())
        kernel = int(pid.read_text())
        assert alive(kernel)
        process.send_signal(getattr(signal, name))
        _, err = process.communicate(timeout=60)
    assert process.returncode != 0
    if name != "SIGKILL":
        assert err == "stopped; no notebook was left half written\n"
    wait_until(lambda: not alive(kernel))  # without a parent it ends by itself
    assert book.is_whole()
    if name == "SIGKILL":
        assert book.build(GOOD)[0] == 0


def test_a_full_disk_leaves_the_old_notebook_and_says_so(book):
    from resource import RLIMIT_FSIZE, setrlimit

    limits = LIMIT, LIMIT
    code, out, err = book.build(BIG, preexec_fn=lambda: setrlimit(RLIMIT_FSIZE, limits))
    assert code == 1
    assert err == "01_a.ipynb cannot be written: File too large\n"
    assert "01_a: FAILED; the stored notebook is untouched" in out
    assert book.is_whole()
    assert book.build(BIG)[0] == 0
    assert (book.chapters / "01_a.ipynb").stat().st_size > LIMIT
