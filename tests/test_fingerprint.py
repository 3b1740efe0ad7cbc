"""Which definitions a chapter reaches: a small library, changed in all ways that count."""

import textwrap
from pathlib import Path

import pytest

from claimbook.builder.fingerprint import Library, UnreadableError

LIBRARY = {
    "__init__.py": "",
    "acts.py": '''
        """Functions."""
        from __future__ import annotations
        import math
        from typing import TYPE_CHECKING
        from lib.checks import check
        if TYPE_CHECKING:
            from lib import hints
        SLOPE = 0.1
        """A text of its own."""

        def relu(x):
            """The positive part."""
            return max(x, 0)  # no slope

        def leaky(x: hints.Number) -> hints.Number:
            return max(x, SLOPE * x)

        def gelu(x):
            check(x)
            return x * math.erf(x)
    ''',
    "checks.py": "def check(x):\n    assert x < 9\n",
    "hints.py": "Number = float\n",
    "nets.py": """
        from . import acts
        from .acts import leaky as act

        class Net:
            def forward(self, x):
                return acts.relu(x)

        class Deep(Net):
            def backward(self, x):
                from lib.late import double
                return double(x)

        def double(x):
            return x
    """,
    "late.py": "def double(x):\n    return 2 * x\ndouble_ = double\n"
    "def find(name):\n    return globals()[name]\n",
    "lazy.py": "def __getattr__(name):\n    return 5\n",
    "state.py": "SEEN = []\ndef note(x):\n    SEEN.append(x)\nnote(1)\n",
    "data.py": "def load(name='a'):\n    return f'{name}.npz'\n",
    "page.py": "def show():\n    return ['page.css', show_source]\n"
    "def show_source(x):\n    return x\n",
    "registry.py": "ALL = {}\ndef known(f):\n    ALL[f.__name__] = f\n    return f\n",
    "plugin.py": "from lib.registry import known\n@known\ndef one(x):\n    return x\n",
    "sub/__init__.py": "from .inner import go\n",
    "sub/inner.py": "def go(x):\n    return x\n",
    "star.py": "from lib.checks import *\n",
    "a.npz": "1",
    "page.css": "a {}\n",
}
CHAPTERS = {
    "relu": "from lib.acts import relu\nrelu(1)",
    "leaky": "import lib.acts as a\na.leaky(1)",
    "gelu": "if True:\n    from lib.acts import gelu as g\ng(1)",
    "net": "from lib.nets import Net\nNet().forward(1)",
    "deep": "import lib.nets\nlib.nets.Deep().backward(1)",
    "value": "from lib import acts\nvars(acts)",
    "state": "import lib.state",
    "data": "from lib.data import load\nload()",
    "page": "from lib.page import show\nshow()",
    "shown": "from lib.acts import relu\nfrom lib.page import show_source\n"
    "show_source(relu)",
    "unnamed": "from lib.nets import Net\nfrom lib.page import show_source\n"
    "show_source(type(Net()).forward)",
    "own": "from lib.page import show_source as show\ndef own(x):\n"
    "    return x  # as it is\nshow(own)",
    "alias": "from lib.nets import act\nfrom lib.page import show_source as show\n"
    "show(act)",
    "by_name": "import lib\nfrom importlib import import_module\n"
    "getattr(import_module('lib.late'), 'double')(1)",
    "registry": "import lib.plugin\nfrom lib.registry import ALL\nALL['one'](1)",
    "found": "from lib.late import find\nfind('double')(1)",
    "lazy": "import lib.lazy\nlib.lazy.anything",
    "sub": "from lib.sub import go\ngo(1)",
    "star": "from lib.star import check\ncheck(1)",
    "none": "import library, math\nmath.erf(1)",
}
CHANGES = [
    ("acts.py", "The positive part", "Its positive part", ""),
    ("acts.py", '"""Functions."""', "", ""),
    ("acts.py", "A text of its own", "Another", ""),
    ("acts.py", "max(x, 0)", "max(x,\n              0)", "shown"),
    ("acts.py", "# no slope", "# flat", "shown"),
    ("acts.py", "x: hints.Number", "x: int", "alias"),
    ("acts.py", "-> hints.Number", "-> float", "alias"),
    ("hints.py", "float", "int", ""),
    ("acts.py", "max(x, 0)", "max(x, 1)", "relu net deep value shown unnamed"),
    ("acts.py", "0.1", "0.2", "leaky value alias"),
    ("acts.py", "SLOPE * x)", "SLOPE * x)  # why", "alias"),
    ("acts.py", "x * math.erf", "2 * math.erf", "gelu value"),
    ("acts.py", "import math", "import cmath as math", "gelu value"),
    ("checks.py", "9", "8", "gelu value star"),
    ("nets.py", "return acts", "return 1 * acts", "net deep unnamed"),
    ("nets.py", "acts.relu(x)", "acts.relu(x)  # why", "unnamed"),
    ("nets.py", "Deep(Net)", "Deep(Net, object)", "deep"),
    ("late.py", "2 * x", "x + x", "deep by_name found"),
    ("late.py", "double_ = double", "double_ = 1", "by_name found"),
    ("lazy.py", "5", "6", "lazy"),
    ("sub/inner.py", "return x", "return 2", "sub"),
    ("state.py", "note(1)", "note(2)", "state"),
    ("state.py", "append(x)", "insert(0, x)", "state"),
    ("plugin.py", "return x", "return 2 * x", "registry"),
    ("registry.py", "ALL[f", "ALL[1, f", "registry"),
    ("late.py", "globals()", "vars()", "by_name found"),
    ("data.py", "{name}.", "{name}2.", "data"),
    ("page.py", "return [", "return 2 * [", "page"),
    ("page.py", "return x", "return [x]", "page shown unnamed own alias"),
    ("a.npz", "1", "2", "data"),
    ("page.css", "{}", "{b}", "page"),
]


@pytest.fixture
def root(tmp_path):
    """A repository with the small library."""
    (tmp_path / "lib" / "sub").mkdir(parents=True)
    for name, text in LIBRARY.items():
        (tmp_path / "lib" / name).write_text(textwrap.dedent(text).lstrip())
    return tmp_path


def prints(root):
    library = Library(root)
    return {name: library.fingerprint(c) for name, c in CHAPTERS.items()}


@pytest.mark.parametrize(("file", "old", "new", "stale"), CHANGES)
def test_a_change_makes_exactly_its_chapters_stale(root, file, old, new, stale):
    before = prints(root)
    path = root / "lib" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    after = prints(root)
    assert {n for n in CHAPTERS if before[n] != after[n]} == {*stale.split()}


def test_a_comment_that_a_chapter_prints_of_its_own_function_counts(root):
    code, library = CHAPTERS["own"], Library(root)
    one, other = map(library.fingerprint, (code, code.replace("as it is", "the same")))
    assert dict(one.items() - other.items()).keys() == {"own as printed"}


def test_line_ends_do_not_matter_and_a_module_that_is_not_python_is_named(root):
    before = prints(root)
    for path in (root / "lib").rglob("*.*"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert prints(root) == before
    (root / "lib" / "checks.py").write_text("def (")
    with pytest.raises(UnreadableError, match=r"checks\.py cannot be read"):
        prints(root)


@pytest.mark.parametrize("package", ["nnlib", "laws", "claimbook"])
def test_every_file_of_the_packages_is_named_by_some_module(package, pytestconfig):
    """Data that nothing names would change without anybody noticing."""
    library = Library(pytestconfig.rootpath)
    modules = [name for name in library.paths if name.split(".")[0] == package]
    code = "\n".join(f"import {name} as m{i}\nm{i}" for i, name in enumerate(modules))
    reached = {Path(name).name for name in library.fingerprint(code)}
    assert {path.name for path in library.files[package]} - reached <= {"py.typed"}
