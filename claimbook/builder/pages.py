"""What the pages of a book say of each other: titles, numbers, labels, references.

Sphinx knows all this while it builds the book.  The builder needs it for the notebooks,
which are read without Sphinx; it looks into the sources, ``_toc.yml`` and the bibliography.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from jinja2 import Environment, StrictUndefined, TemplateError
from jupytext.myst import MystMetadataParsingError, parse_directive_options
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser
from pybtex.database import Entry, Person, parse_file

from claimbook.book import read_statements

EXTENSIONS = ("colon_fence", "dollarmath", "substitution", "tasklist")
FENCES = {"fence", "colon_fence"}


class BuildError(Exception):
    """Something the author has to mend, said in one message."""


def shown(source: Path) -> str:
    """Return ``chapters/src/NAME.md`` for a source in any repository."""
    return source.relative_to(source.parents[2]).as_posix()


@dataclass(frozen=True)
class Directive:
    """A fenced block with a name in braces.

    Attributes:
        name: ``"exercise"`` for ````{exercise} Title``.
        argument: What stands behind it, such as the title.
        options: Its ``:key: value`` lines.
        body: The lines inside.
    """

    name: str
    argument: str
    options: dict[str, Any]
    body: list[str]

    @property
    def classes(self) -> list[str]:
        """Its ``:class:``."""
        return str(self.options.get("class", "")).split()


def as_directive(token: Token) -> Directive | None:
    """Read a token as a directive, or return None if it is something else."""
    info = token.info.strip()
    if token.type not in FENCES or not info.startswith("{"):
        return None
    name, _, argument = info[1:].partition("}")
    if token.content.lstrip().startswith(":::"):  # no options, but another
        body, options = token.content.splitlines(), {}
    else:
        body, options = parse_directive_options(token.content, f"{info}: ")
    while body and not body[0].strip():
        body.pop(0)
    return Directive(name, argument.strip(), options, [*map(str, body)])


@dataclass(frozen=True)
class Label:
    """A place that other places refer to.

    Attributes:
        page: Its page, without ending.
        kind: ``"section"``, ``"exercise"``, ``"figure"`` or ``"equation"``.
        number: Such as ``"10.1"``; ``""`` for a section.
        title: What it is called, if it has a name.
        heading: The heading below which it stands.
    """

    page: str
    kind: str
    number: str
    title: str
    heading: str


KINDS = {"exercise": "Exercise", "figure": "Fig.", "equation": ""}


@dataclass(frozen=True)
class Page:
    """What one page offers to the others.

    Attributes:
        title: Its first heading.
        labels: What others may refer to.
        numbers: The number of the k-th figure, exercise or equation.
        counts: How many of each kind its chapter has up to its end.
    """

    title: str
    labels: dict[str, Label]
    numbers: dict[tuple[str, int], str]
    counts: dict[str, int] = field(default_factory=dict)


class Pages:
    """The pages of a book.

    Args:
        root: The repository.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "chapters"
        self._pages: dict[str, Page] = {}

    def text(self, source: Path) -> str:
        """Return what a file says.

        Raises:
            BuildError: If it cannot be read.
        """
        try:
            return source.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            where = source.relative_to(self.root).as_posix()
            raise BuildError(f"{where}: cannot be read: {error}") from error

    def _yaml(self, name: str) -> dict[str, Any]:
        path = self.root / name
        try:
            said = yaml.safe_load(self.text(path)) if path.exists() else None
        except yaml.YAMLError as error:
            message = " ".join(str(error).split())
            raise BuildError(f"{name}: is not YAML: {message}") from error
        if not isinstance(said or {}, dict):
            raise BuildError(f"{name}: must hold names with values")
        return said or {}

    @cached_property
    def settings(self) -> dict[str, Any]:
        """``_config.yml``."""
        return self._yaml("_config.yml")

    @property
    def repository(self) -> str:
        """The address of the book's sources, or ``""``."""
        return (self.settings.get("repository") or {}).get("url", "")

    @cached_property
    def parse(self) -> dict[str, Any]:
        """What ``_config.yml`` says of how pages are read."""
        return self.settings.get("parse") or {}

    @cached_property
    def substitutions(self) -> dict[str, Any]:
        """What ``{{ name }}`` stands for."""
        return self.parse.get("myst_substitutions") or {}

    @cached_property
    def statements(self) -> list[dict[str, Any]] | None:
        """What claims may be about, in order; None if the book lists nothing."""
        name = self.substitutions.get("statements")
        if not name:
            return None
        try:
            return read_statements(self.root / name)
        except (OSError, ValueError, yaml.YAMLError) as error:
            message = " ".join(str(error).split())
            raise BuildError(f"{name} cannot be read: {message}") from error

    def parser(self) -> MarkdownIt:
        """Return a parser that reads Markdown as the book does."""
        names = self.parse.get("myst_enable_extensions", EXTENSIONS)
        config = MdParserConfig(enable_extensions=set(names))
        return create_md_parser(config, RendererHTML)

    @cached_property
    def chapters(self) -> list[list[str]]:
        """The pages of each chapter that ``_toc.yml`` numbers: its own, and those below."""

        def names(entry: dict[str, Any]) -> list[str]:
            below = entry.get("sections", [])
            return sum(map(names, below), [Path(entry["file"]).name])

        parts = self._yaml("_toc.yml").get("parts", [])
        return [
            names(chapter)
            for part in parts
            if part.get("numbered")
            for chapter in part["chapters"]
        ]

    @cached_property
    def numbers(self) -> dict[str, str]:
        """The number of each page's chapter, through all parts."""
        return {
            name: str(i)
            for i, chapter in enumerate(self.chapters, 1)
            for name in chapter
        }

    def before(self, name: str) -> dict[str, int]:
        """Count what a chapter has numbered on its pages before this one."""
        chapter = next((c for c in self.chapters if name in c), [name])
        counts: dict[str, int] = {}
        for earlier in chapter[: chapter.index(name)]:
            page = self.page(earlier)
            counts |= page.counts if page else {}
        return counts

    @cached_property
    def sources(self) -> dict[str, Path]:
        """The source of each page."""
        return {
            path.stem: path
            for folder in (self.folder, self.folder / "src")
            for path in sorted(folder.glob("*.md"))
        }

    def file(self, page: str) -> str:
        """Return the name of the file that a reader of the repository opens."""
        is_chapter = self.sources[page].parent.name == "src"
        return f"{page}.ipynb" if is_chapter else f"{page}.md"

    def page(self, name: str) -> Page | None:
        """Return what a page offers, or None if there is no such page."""
        if name not in self.sources:
            return None
        if name not in self._pages:
            tokens = self.parser().parse(self.text(self.sources[name]))
            self._pages[name] = self._read(name, tokens)
        return self._pages[name]

    @cached_property
    def labels(self) -> dict[str, Label]:
        """Every label of the book."""
        found = {}
        for name in self.sources:
            page = self.page(name)
            found |= page.labels if page else {}
        return found

    def _read(self, name: str, tokens: list[Token]) -> Page:
        counts = self.before(name)
        labels, numbers = {}, {}
        title = heading = ""
        waiting: list[str] = []
        for place, token in enumerate(tokens):
            if token.type == "heading_open":
                heading = plain(tokens[place + 1])
                title = title or heading
                for label in waiting:
                    labels[label] = Label(
                        name, "section", "", heading, heading
                    )
                waiting = []
            elif token.type == "myst_target":
                waiting.append(token.content)
            elif found := numbered(token):
                kind, label, called = found
                counts[kind] = counts.get(kind, 0) + 1
                number = f"{self.numbers.get(name, '')}.{counts[kind]}"
                number = number.lstrip(".")
                numbers[kind, counts[kind]] = number
                labels[label] = Label(name, kind, number, called, heading)
        labels.pop("", None)
        return Page(title, labels, numbers, counts)

    def substitute(self, expression: str) -> str:
        """Return what ``{{ expression }}`` stands for.

        Raises:
            BuildError: If it stands for nothing.
        """
        try:
            return (
                Environment(undefined=StrictUndefined)
                .from_string(f"{{{{ {expression} }}}}")
                .render(self.substitutions)
            )
        except TemplateError as error:
            raise BuildError(f"{{{{ {expression} }}}}: {error}") from error

    @cached_property
    def bibliography(self) -> dict[str, Entry]:
        """The works cited, by their keys."""
        found = {}
        for name in self.settings.get("bibtex_bibfiles", []):
            found |= dict(parse_file(str(self.root / name)).entries.items())
        return found

    def work(self, key: str) -> tuple[str, str, str]:
        """Return authors, year and address of a work.

        Raises:
            BuildError: If the bibliography does not have it.
        """
        if key not in self.bibliography:
            raise BuildError(f"the bibliography has no {key!r}")
        entry = self.bibliography[key]
        persons: dict[str, list[Person]] = dict(entry.persons or {})
        people = persons.get("author") or persons.get("editor") or []
        names = [surname(person) for person in people]
        who = (
            f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
        ) or key
        said: dict[str, str] = dict(entry.fields or {})
        addresses = {
            "doi": "https://doi.org/{}",
            "eprint": "https://arxiv.org/abs/{}",
            "url": "{}",
        }
        for name, form in addresses.items():
            if name in said:
                return who, said.get("year", ""), form.format(said[name])
        return who, said.get("year", ""), ""


def surname(person: Person) -> str:
    """Return a surname with its particle, without LaTeX."""
    parts = [*person.rich_prelast_names, *person.rich_last_names]
    return " ".join(map(str, parts))


def plain(token: Token) -> str:
    """Return the words of a heading."""
    return "".join(
        child.content for child in token.children or [] if child.content
    )


def numbered(token: Token) -> tuple[str, str, str] | None:
    """Return kind, label and title of what the book numbers, or None."""
    if token.type == "math_block_label":
        return "equation", token.info, ""
    try:
        directive = as_directive(token)
    except MystMetadataParsingError:
        return None  # the chapter that holds it says so, with its line
    if directive is None:
        return None
    options = directive.options
    if directive.name in {"exercise", "exercise-start"}:
        label = options.get("label", "")
        return "exercise", str(label), directive.argument
    if directive.name == "code-cell":
        figure = options.get("mystnb", {}).get("figure", {})
        if "caption" in figure:
            return "figure", figure.get("name", ""), ""
    if directive.name == "figure":
        return "figure", options.get("name", ""), ""
    if directive.name == "math" and "label" in options:
        return "equation", options["label"], ""
    return None


def anchor(heading: str) -> str:
    """Return the fragment by which JupyterLab knows a heading."""
    return quote(heading.replace(" ", "-"), safe="")
