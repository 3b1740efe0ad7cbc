"""Call a student's function: whatever it does, the judge goes on.

What it prints and warns of is not shown, random numbers come from one seed, and each
generator gets its state back.  A loop without an end is ended by an exception that another
thread sends, which works in the main thread of a notebook and on every system.

What it cannot end: a single call into C that never comes back, a loop that catches
everything with a bare ``except:``, and ``os._exit``.
"""

from __future__ import annotations

import contextlib
import ctypes
import inspect
import io
import math
import random
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch

from laws.numbers import Numbers, Wrong

AGAIN = (
    0.05  # seconds until the next strike, if a bare ``except:`` swallowed one
)
STRIKES = 100
LONGEST_MESSAGE = 120


class Unwritten(Wrong):
    """The function raises NotImplementedError: it is still a stub."""


class TooSlow(Wrong):
    """The function does not come back."""


class TimeIsUp(BaseException):  # no ``except Exception`` holds it
    """What is raised in a function that takes too long."""


class Watch:
    """A thread that ends what takes too long in the thread that made it.

    Example:
        >>> with Watch() as watch, watch.limit(1.0):
        ...     1 + 1
        2
    """

    def __init__(self) -> None:
        self.thread = ctypes.c_ulong(threading.get_ident())
        self.lock, self.over = threading.Lock(), threading.Event()
        self.end, self.strikes, self.struck = math.inf, 0, False

    def __enter__(self) -> Watch:
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()

    def _watch(self) -> None:
        while not self.over.wait(AGAIN):
            with self.lock:
                if self.end < time.monotonic() and self.strikes < STRIKES:
                    self.strikes, self.struck = self.strikes + 1, True
                    strike(self.thread, ctypes.py_object(TimeIsUp))

    @contextlib.contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Raise :class:`TimeIsUp` in here, again and again, once time is up."""
        with self.lock:
            self.end, self.strikes = time.monotonic() + seconds, 0
        try:
            yield
        finally:
            while self.end < math.inf:  # a strike may fall just here
                with contextlib.suppress(TimeIsUp), self.lock:
                    self.end = math.inf


strike = ctypes.pythonapi.PyThreadState_SetAsyncExc


def answer(
    ask: Callable[..., Numbers],
    function: Callable[..., Any],
    question: Mapping[str, Any],
    limit: contextlib.AbstractContextManager[None],
) -> Numbers | Wrong:
    """Ask a function one question; return its answer, or what it did instead."""
    try:
        seed(0)
        with torch.enable_grad(), limit:
            return ask(function, **question)
    except Wrong as wrong:
        return wrong
    except NotImplementedError:
        return Unwritten("is not written yet")
    except TimeIsUp:
        return TooSlow("does not come back: does each loop end?")
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # exit(), too
        *_, last = traceback.format_exception_only(error)
        said = " ".join(last.split())[:LONGEST_MESSAGE]
        return Wrong(f"raises {said}", own_line(function, error))


def own_line(function: Callable[..., Any], error: BaseException) -> str:
    """Return the line of the function's own file in which it failed, if there is one."""
    inner = inspect.unwrap(function)
    code = getattr(inner, "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if code and f.filename == code.co_filename]
    if not own:
        return ""
    line = (own[-1].line or "").partition("\n")[0]
    return f"line {own[-1].lineno}: {line}"


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Show nothing of what is printed or warned of; give each generator its state back."""
    nowhere = io.StringIO()
    pytorch, numpys = torch.get_rng_state(), np.random.get_state()
    python = random.getstate()
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            torch.set_rng_state(pytorch)
            np.random.set_state(numpys)
            random.setstate(python)


def seed(number: int) -> None:
    """Seed PyTorch's, NumPy's and Python's own generator."""
    torch.default_generator.manual_seed(number)
    np.random.seed(number)
    random.seed(number)


def in_either(
    function: Callable[..., Any], *arrays: Any, **options: Any
) -> Any:
    """Call a function with tensors, or with NumPy's arrays if it takes no tensors."""
    try:
        tensors = [torch.tensor(a, dtype=torch.float64) for a in arrays]
        return function(*tensors, **options)
    except NotImplementedError:
        raise
    except Exception:
        with contextlib.suppress(Exception):
            return function(*(np.array(a, float) for a in arrays), **options)
        raise
