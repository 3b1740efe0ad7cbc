"""Which definitions of the repository's packages does a chapter reach?

A *definition* is a function, a class or a constant of a module.  From the names in a
chapter's code we follow imports, calls and attributes from definition to definition, in the
syntax tree alone: nothing is imported.  Each definition reached has a short hash of its
syntax tree, in which comments, docstrings, layout and annotations leave no trace.  So a
chapter is executed again when what it runs has changed, and not when it is only described
in other words.

Where names do not tell, we take too much rather than too little:

- a statement of a module that defines nothing, or a definition with a decorator of ours,
  acts while the module is imported: it counts for every chapter that loads the module;
- a module used as a value, imported with ``*``, or looked into with ``globals`` or ``eval``
  counts as a whole;
- ``import_module`` means what the texts beside it name, such as ``"clip.total_norm"``, and
  every module if they name none;
- a class counts with all its methods;
- a file that a reached definition names (data, JavaScript, CSS) counts with its bytes;
- what ``show_source`` prints counts as it is printed, comments included.
"""

from __future__ import annotations

import ast
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from claimbook.source import docstring, without_docstrings

WHOLE_MODULE = {"globals", "locals", "vars", "eval", "exec"}
EVERY_MODULE = {"__import__", "import_module", "sys.modules"}
SHOW_SOURCE = "show_source"
FUTURE = "__future__"
HASH = 10  # digits of a hash in a notebook's metadata


class UnreadableError(Exception):
    """A module of the repository that is not Python."""


def digest(*parts: bytes) -> str:
    """Return the SHA-256 of ``parts``, the same for both kinds of line ending."""
    return hashlib.sha256(
        b"\0".join(part.replace(b"\r\n", b"\n") for part in parts)
    ).hexdigest()


def canonical(node: object) -> str:
    """Return a syntax tree as text, the same in every version of Python.

    Docstrings leave no trace; what is empty is left out, as newer versions have fields
    that older ones lack.
    """
    if isinstance(node, list):
        return f"[{' '.join(map(canonical, node))}]"
    if not isinstance(node, ast.AST):
        return f"{type(node).__name__}:{node!r}"
    skipped = docstring(node)
    fields = (
        (name, [v for v in value if v is not skipped])
        if name == "body" and isinstance(value, list)
        else (name, value)
        for name, value in ast.iter_fields(node)
        if name not in {"ctx", "kind", "type_comment"}
    )
    said = (f"{k}={canonical(v)}" for k, v in fields if v not in (None, []))
    return f"({type(node).__name__} {' '.join(said)})"


class WithoutAnnotations(ast.NodeTransformer):
    """Drop what ``from __future__ import annotations`` keeps from being executed."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """Drop that of an argument."""
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Drop that of what is returned."""
        node.returns = None
        return self.generic_visit(node)


class Names(ast.NodeVisitor):
    """Every dotted name, import and text in a piece of code."""

    def __init__(self, *nodes: ast.AST) -> None:
        self.dotted: set[str] = set()
        self.imports: dict[str, str] = {}
        self.modules: set[str] = set()
        self.stars: set[str] = set()
        self.texts: set[str] = set()
        for node in nodes:
            self.visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        """A name by itself."""
        self.dotted.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """A chain of attributes counts as one name if it begins with a name."""
        if chain := dotted(node):
            self.dotted.add(chain)
        else:
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """A text may name a file."""
        if isinstance(node.value, str):
            self.texts.add(node.value)

    def visit_Import(self, node: ast.Import) -> None:
        """``import a.b`` binds ``a``; ``import a.b as c`` binds ``c``."""
        for alias in node.names:
            self.modules.add(alias.name)
            bound = alias.asname or alias.name.split(".")[0]
            self.imports[bound] = alias.name if alias.asname else bound

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """``from a import b`` binds ``b`` to ``a.b``."""
        module = "." * node.level + (node.module or "")
        self.modules.add(module)
        for alias in node.names:
            if alias.name == "*":
                self.stars.add(module)
            else:
                between = "" if module.endswith(".") else "."
                target = f"{module}{between}{alias.name}"
                self.imports[alias.asname or alias.name] = target
                self.modules.add(target)


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` for a chain of attributes that begins with a name, else ``""``."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


@dataclass
class Module:
    """A module of the repository, parsed.

    Attributes:
        path: Its file.
        definitions: The statements that define each of its names.
        loose: The statements that define nothing.
        imports: What its import statements bind.
        loads: The modules that importing this one imports.
        source: Its text.
    """

    path: Path
    definitions: dict[str, list[ast.stmt]] = field(
        default_factory=lambda: defaultdict(list)
    )
    loose: list[ast.stmt] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)
    loads: set[str] = field(default_factory=set)
    stars: set[str] = field(default_factory=set)
    source: str = ""

    @classmethod
    def read(cls, path: Path) -> Module:
        """Parse a file."""
        try:
            return cls.parse(path.read_text(encoding="utf-8"), path)
        except (OSError, SyntaxError, ValueError) as error:
            raise UnreadableError(f"{path} cannot be read: {error}") from error

    @classmethod
    def parse(cls, source: str, path: Path) -> Module:
        """Parse a text."""
        made, tree = cls(path, source=source), ast.parse(source)
        later = any(
            isinstance(node, ast.ImportFrom) and node.module == FUTURE
            for node in tree.body
        )
        for statement in tree.body:
            if not is_text(statement):
                made.add(
                    WithoutAnnotations().visit(statement)
                    if later
                    else statement
                )
        return made

    def add(self, statement: ast.stmt) -> None:
        """Sort one statement in."""
        if isinstance(statement, ast.If) and dotted(
            statement.test
        ).removeprefix("typing.") == ("TYPE_CHECKING"):
            return
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            found = Names(statement)
            self.imports |= found.imports
            self.loads |= found.modules
            self.stars |= found.stars
        elif names := defined(statement):
            for name in names:
                self.definitions[name].append(statement)
        else:
            self.loose.append(statement)
            for name in bound(statement):
                self.definitions[name].append(statement)
            self.imports |= Names(statement).imports
            self.loads |= Names(statement).modules

    def text(self, statement: ast.stmt, method: str = "") -> str | None:
        """Return a definition, or one method of it, as ``show_source`` prints it."""
        if method:
            inner = getattr(statement, "body", [])
            found = [n for n in inner if getattr(n, "name", "") == method]
            if not found:
                return None
            statement = found[-1]
        if not isinstance(
            statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        ):
            return None
        first = min(n.lineno for n in [statement, *statement.decorator_list])
        lines = self.source.splitlines()[first - 1 : statement.end_lineno]
        return without_docstrings("\n".join(lines))


def is_text(statement: ast.stmt) -> bool:
    """Say whether a statement is a text by itself: a docstring, or like one."""
    return isinstance(statement, ast.Expr) and isinstance(
        statement.value, ast.Constant
    )


def defined(statement: ast.stmt) -> list[str]:
    """Return the names for which a statement is a definition and nothing else."""
    if isinstance(
        statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    ):
        return [statement.name]
    targets = (
        statement.targets
        if isinstance(statement, ast.Assign)
        else [statement.target]
        if isinstance(statement, ast.AnnAssign)
        else []
    )
    names = [n for t in targets for n in getattr(t, "elts", [t])]
    ids = [n.id for n in names if isinstance(n, ast.Name)]
    return ids if len(ids) == len(names) else []


def bound(statement: ast.stmt) -> set[str]:
    """Return every name that a statement binds somewhere inside."""
    return {
        name
        for node in ast.walk(statement)
        for name in [
            node.id
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            else getattr(node, "name", None)
        ]
        if isinstance(name, str)
    }


class Library:
    """The packages of a repository, as definitions that refer to each other.

    Args:
        root: The repository; each of its folders with an ``__init__.py`` is a package.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._read: dict[str, Module] = {}
        self._names: dict[tuple[str, str], Names] = {}
        self._hashes: dict[tuple[str, str], str] = {}

    @cached_property
    def paths(self) -> dict[str, Path]:
        """The file of every module, by the module's dotted name."""
        found = {}
        for init in sorted(self.root.glob("*/__init__.py")):
            for path in sorted(init.parent.rglob("*.py")):
                parts = path.relative_to(self.root).with_suffix("").parts
                found[".".join(p for p in parts if p != "__init__")] = path
        return found

    def module(self, name: str) -> Module:
        """Return a module, parsed when it is first asked for."""
        if name not in self._read:
            self._read[name] = Module.read(self.paths[name])
        return self._read[name]

    @cached_property
    def files(self) -> dict[str, list[Path]]:
        """The files of each package that are not Python."""
        packages = {name for name in self.paths if "." not in name}
        return {
            package: [
                path
                for path in sorted((self.root / package).rglob("*"))
                if path.is_file()
                and path.suffix not in {".py", ".pyc"}
                and "__pycache__" not in path.parts
            ]
            for package in packages
        }

    def names(self, name: str, key: str, nodes: Iterable[ast.AST]) -> Names:
        """Return the names in a definition, looked up once for all chapters."""
        if not name:
            return Names(*nodes)
        if (name, key) not in self._names:
            self._names[name, key] = Names(*nodes)
        return self._names[name, key]

    def hash(self, name: str, key: str, nodes: list[ast.stmt]) -> str:
        """Return the hash of a definition's syntax tree."""
        if (name, key) not in self._hashes:
            self._hashes[name, key] = digest(canonical(nodes).encode())
        return self._hashes[name, key]

    def fingerprint(self, code: str) -> dict[str, str]:
        """Return a short hash of everything of the repository that ``code`` reaches.

        Args:
            code: Python, as IPython would run it.
        """
        return Search(self, code).hashes()


class Search:
    """What one chapter reaches.

    Args:
        library: The packages of the repository.
        code: The chapter's code.
    """

    def __init__(self, library: Library, code: str) -> None:
        chapter = ast.parse(code)
        self.library = library
        self.reached: dict[tuple[str, str], list[ast.stmt]] = {}
        self.outside: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.texts: dict[str, set[str]] = defaultdict(set)
        self.loaded: set[str] = set()
        top = Module(Path())
        top.imports = Names(chapter).imports
        top.stars = Names(chapter).stars
        self.follow("", top, "", [chapter])
        own = Module.parse(code, Path())
        self.printed = dict(self.shown(chapter, top.imports, own))

    def hashes(self) -> dict[str, str]:
        """Return the short hash of each thing that is reached."""
        found = {
            f"{module}.{name}": [
                self.library.hash(module, name, nodes),
                *sorted(self.outside[module, name]),
            ]
            for (module, name), nodes in self.reached.items()
            if module and nodes
        }
        found |= {f"{key} as printed": [t] for key, t in self.printed.items()}
        hashes = {
            key: digest(*(part.encode() for part in parts))
            for key, parts in found.items()
        }
        for path in self.named_files():
            name = path.relative_to(self.library.root).as_posix()
            hashes[name] = digest(path.read_bytes())
        return {key: hashes[key][:HASH] for key in sorted(hashes)}

    def follow(
        self, name: str, module: Module, key: str, nodes: Iterable[ast.AST]
    ) -> None:
        """Reach what ``nodes``, which stand in a module, refer to."""
        found = self.library.names(name, key, nodes)
        self.texts[name.split(".")[0]] |= found.texts
        for target in found.modules:
            self.load(absolute(target, name, module))
        for star in module.stars:
            self.whole(absolute(star, name, module))
        imports = module.imports | found.imports
        for chain in sorted(found.dotted):
            first, _, rest = chain.partition(".")
            if chain in EVERY_MODULE or rest in EVERY_MODULE:
                self.named_in(found.texts)
            elif first in WHOLE_MODULE and name:
                self.whole(name)
            if first in module.definitions:
                self.reach(name, first)
            if first in imports:
                target = absolute(imports[first], name, module)
                if not self.resolve(f"{target}.{rest}".rstrip(".")):
                    self.outside[name, key].add(f"{first}={target}")

    def named_in(self, texts: set[str]) -> None:
        """Reach what texts name for ``import_module``, in the packages that are loaded."""
        packages = {name.split(".")[0] for name in self.loaded}
        modules = [
            name
            for name in self.library.paths
            if name.split(".")[0] in packages
        ]
        named = [
            f"{module}{text[len(short) :]}"
            for module in modules
            for short in (module, module.partition(".")[2] or module)
            for text in texts
            if text == module or text.startswith(f"{short}.")
        ]
        for name in named or modules:
            self.resolve(name.rstrip("."))

    def resolve(self, target: str) -> bool:
        """Reach what a dotted name means; say whether it is of the repository."""
        parts = target.split(".")
        if parts[0] not in self.library.paths:
            return False
        for k in range(len(parts), 0, -1):
            if (name := ".".join(parts[:k])) in self.library.paths:
                self.load(name)
                if k == len(parts):
                    self.whole(name)
                else:
                    self.reach(name, parts[k])
                break
        return True

    def reach(self, name: str, attribute: str) -> None:
        """Reach a definition, where it is defined or from where it is imported."""
        module = self.library.module(name)
        if (name, attribute) in self.reached:
            return
        nodes = module.definitions.get(attribute, [])
        self.reached[name, attribute] = nodes
        if nodes:
            self.follow(name, module, attribute, nodes)
        elif attribute in module.imports:
            self.resolve(absolute(module.imports[attribute], name, module))
        else:
            self.whole(name)

    def whole(self, name: str) -> None:
        """Reach every definition of a module."""
        if name in self.library.paths:
            self.load(name)
            for attribute in self.library.module(name).definitions:
                self.reach(name, attribute)

    def load(self, target: str) -> None:
        """Import a module: its packages, what it imports, and what it does meanwhile."""
        parts = target.split(".")
        for k in range(1, len(parts) + 1):
            name = ".".join(parts[:k])
            if name in self.loaded or name not in self.library.paths:
                continue
            self.loaded.add(name)
            module = self.library.module(name)
            for other in module.loads:
                self.load(absolute(other, name, module))
            for star in module.stars:
                self.whole(absolute(star, name, module))
            if module.loose:
                self.reached[name, "(module)"] = module.loose
                self.follow(name, module, "(module)", module.loose)
            for attribute, nodes in module.definitions.items():
                if any(self.is_registered(name, module, n) for n in nodes):
                    self.reach(name, attribute)

    def is_registered(self, name: str, module: Module, node: ast.AST) -> bool:
        """Say whether a decorator of the repository acts on a definition at import."""
        found = Names(*getattr(node, "decorator_list", []))
        firsts = {chain.split(".")[0] for chain in found.dotted}
        targets = {
            absolute(module.imports[first], name, module).split(".")[0]
            for first in firsts & module.imports.keys()
        }
        return bool(
            firsts & module.definitions.keys()
            or targets & self.library.paths.keys()
        )

    def named_files(self) -> Iterator[Path]:
        """Yield the files that the reached definitions name, whole or by their ending."""
        for package, files in self.library.files.items():
            texts = self.texts[package] | self.texts[""]
            folder = self.library.root / package
            for path in files:
                parts = path.relative_to(folder).parts
                if any(
                    part in text or text == path.suffix != ""
                    for text in texts
                    for part in parts
                ):
                    yield path

    def shown(
        self, chapter: ast.Module, imports: dict[str, str], own: Module
    ) -> Iterator[tuple[str, str]]:
        """Yield what ``show_source`` prints, also of the chapter's own definitions.

        Of an object whose definition the code does not name, such as
        ``type(net).forward``, everything reached that has the method.
        """
        calls = [n for n in ast.walk(chapter) if isinstance(n, ast.Call)]
        for call in calls:
            called = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if imports.get(called, called).split(".")[-1] != SHOW_SOURCE:
                continue
            for argument in call.args:
                first, _, rest = dotted(argument).partition(".")
                found = dict(texts(own, first, rest))
                if target := imports.get(first):
                    name, attribute, rest = self.place(f"{target}.{rest}")
                    if name:
                        module = self.library.module(name)
                        found |= texts(module, attribute, rest, name)
                method = getattr(argument, "attr", "")
                for name, attribute in self.reached if not found else ():
                    if name:
                        module = self.library.module(name)
                        inside = "" if method == attribute else method
                        found |= texts(module, attribute, inside, name)
                yield from found.items()

    def place(self, target: str) -> tuple[str, str, str]:
        """Return where the definition stands that is meant: module, name, and method."""
        parts = target.rstrip(".").split(".")
        for k in range(len(parts) - 1, 0, -1):
            if (name := ".".join(parts[:k])) in self.library.paths:
                module, attribute = self.library.module(name), parts[k]
                if attribute in {*module.imports} - {*module.definitions}:
                    parts[: k + 1] = [
                        absolute(module.imports[attribute], name, module)
                    ]
                    return self.place(".".join(parts))
                return name, attribute, ".".join(parts[k + 1 :])
        return "", "", ""


def texts(
    module: Module, attribute: str, method: str, name: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield the key and the text of each definition of a name in a module."""
    for node in module.definitions.get(attribute, []):
        text = module.text(node, method)
        if text is not None:
            yield f"{name}.{attribute}.{method}".strip("."), text


def absolute(target: str, name: str, module: Module) -> str:
    """Return the full name of what ``module`` imports as ``target``."""
    level = len(target) - len(target.lstrip("."))
    if not level:
        return target
    parts = name.split(".")
    if module.path.name == "__init__.py":
        level -= 1
    return ".".join([*parts[: len(parts) - level], target.lstrip(".")]).strip(
        "."
    )
