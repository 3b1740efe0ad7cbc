"""A chapter for people: the book's directives and roles as Markdown that anything shows.

JupyterLab, VS Code, Colab, GitHub and nbconvert read no MyST.  Here every directive and
role of a chapter's source becomes plain Markdown, found by the book's own parser; all other
text stays as it is, character by character.  What has no plain form is refused, with its
line.  Pages of the book are made from the source (:mod:`claimbook.sphinxext.renderings`).
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from jupytext.myst import MystMetadataParsingError
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from nbformat import NotebookNode

from claimbook import statements
from claimbook.builder.pages import (
    BuildError,
    Directive,
    Label,
    Pages,
    anchor,
    as_directive,
    shown,
)
from claimbook.statements import of_page

SOLUTION = "# @title Solution\n"
"""The first line of a solution's code: all that JupyterLab and Colab show of it folded."""

Lines = list[str]
Rule = Callable[[StateInline, bool], bool]

INLINE = {"myst_role", "substitution_inline", "link"}
NOT_SHOWN = {"myst_target", "myst_line_comment", "myst_block_break"}
ADMONITIONS = {
    *("attention", "caution", "danger", "error", "hint", "important"),
    *("note", "tip", "warning", "seealso"),
}
TITLED = {"admonition", "topic", "sidebar"}
UNTITLED = {"epigraph", "highlights", "pull-quote", "margin"}
CONTAINERS = {"grid", "grid-item", "tab-set", "card-carousel", "div"}
CARDS = {"grid-item-card", "card", "tab-item"}
CODE = {"code-block", "code", "sourcecode"}
NAVIGATION = {"contents", "toctree", "tableofcontents", "index"}
GATES = {"solution-start", "solution-end"}
LIKE_CODE = {
    *("func", "meth", "class", "mod", "attr", "data", "exc", "obj", "file"),
    *("code", "samp", "command", "program"),
}
WRAPPED = {
    "math": ("$", "$"),
    "sub": ("<sub>", "</sub>"),
    "sup": ("<sup>", "</sup>"),
    "kbd": ("<kbd>", "</kbd>"),
    "term": ("*", "*"),
    "emphasis": ("*", "*"),
    "strong": ("**", "**"),
    "guilabel": ("**", "**"),
    "menuselection": ("**", "**"),
}
PREFIXES = {"section": "", "exercise": "Exercise ", "figure": "Fig. "}
WITH_TARGET = re.compile(r"(.*?)\s*<([^<>]+)>", re.DOTALL)


class ForPeople:
    """One chapter, being rendered from its first cell to its last.

    Args:
        pages: What the chapters say of each other.
        source: The chapter's source.
    """

    def __init__(self, pages: Pages, source: Path) -> None:
        self.pages = pages
        self.where = shown(source)
        self.name = source.stem
        self.page = pages.page(source.stem)
        self.counts = Counter(pages.before(source.stem))
        self.solution = ""  # the summary of the next part, while in one
        self.parser = with_spans(pages.parser())

    def notebook(
        self, cells: Iterable[NotebookNode], lines: Iterable[int]
    ) -> tuple[list[NotebookNode], list[int]]:
        """Return the cells for a notebook, and the line of each.

        A figure's caption, which the book takes from the cell that draws it, becomes a cell
        of its own.
        """
        made: list[NotebookNode] = []
        at: list[int] = []
        for cell, line in zip(cells, lines, strict=True):
            cell = deepcopy(cell)
            if cell.cell_type == "markdown":
                cell.source = self.cell(cell.source, line)
            elif cell.cell_type == "code":
                fold(cell, in_solution=bool(self.solution))
                line -= bool(self.solution)
            if cell.cell_type == "code" or cell.source:
                made.append(cell)
                at.append(line)
            if caption := self.caption(cell, line):
                made.append(caption)
                at.append(line)
        return made, at

    def caption(self, cell: NotebookNode, line: int) -> NotebookNode | None:
        """Return a cell with the caption of what ``cell`` draws, if it has one."""
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        if "caption" not in figure:
            return None
        number = self.number("figure")
        text = self.inline(figure["caption"].strip(), line)
        said = [f"**{PREFIXES['figure']}{number}** {text}"]
        made = nbformat.v4.new_markdown_cell(
            "\n".join(self.in_solution(said) if self.solution else said)
        )
        made["id"] = f"{cell['id']}-caption"
        return made

    def cell(self, text: str, line: int) -> str:
        """Render one Markdown cell, whose text begins on ``line``."""
        made: Lines = []
        for first, part in self.parts(text.split("\n"), line):
            inside = bool(self.solution)
            said = self.render(part, line + first)
            if inside and any(said):
                said = self.in_solution(said)
            made += ["", *said] if made else said
        return "\n".join(made).strip("\n")

    def parts(self, lines: Lines, line: int) -> Iterator[tuple[int, Lines]]:
        """Split a cell where a solution starts or ends, and note on which side we are."""
        begin = 0
        for token in self.parser.parse("\n".join(lines)):
            if token.level or not token.map:
                continue
            found = self.directive_of(token, line)
            if found is None or found.name not in GATES:
                continue
            yield begin, lines[begin : token.map[0]]
            starts = found.name == "solution-start"
            self.solution = "Solution" if starts else ""
            begin = token.map[1]
        rest = lines[begin:]
        if self.solution == "Solution" and not any(rest):
            rest = ["The next cell is the solution."]
        yield begin, rest

    def in_solution(self, lines: Lines) -> Lines:
        """Fold a part of a solution."""
        summary, self.solution = self.solution, "Solution, continued"
        return folded(summary, lines)

    def number(self, kind: str) -> str:
        """Return the number of the next exercise, figure or equation."""
        self.counts[kind] += 1
        return self.page.numbers[kind, self.counts[kind]] if self.page else ""

    # --- blocks -----------------------------------------------------------------------

    def render(self, lines: Lines, line: int) -> Lines:
        """Render a piece of text, whose first line is number ``line`` of the source."""
        made: Lines = []
        done = 0
        for token in self.parser.parse("\n".join(lines)):
            if not token.map or token.map[0] < done:
                continue
            first, end = token.map
            try:
                new = self.block(token, lines[first:end], line + first)
            except BuildError as error:
                raise self.at(line + first, error) from error
            if new is None:
                continue
            if token.level and token.type not in {"inline", "table_open"}:
                new = indented(new, lines[first], token)
            made += lines[done:first] + new
            done = end
        made += lines[done:]
        while made and not made[0].strip():
            made.pop(0)
        while made and not made[-1].strip():
            made.pop()
        return made

    def at(self, line: int, error: BuildError) -> BuildError:
        """Put file and line before an error, unless it has them."""
        said = str(error)
        if said.startswith(self.where):
            return error
        return BuildError(f"{self.where}:{line}: {said}")

    def block(self, token: Token, lines: Lines, line: int) -> Lines | None:
        """Return what stands in place of a block, or None if it stays."""
        if token.type in {"inline", "table_open"}:
            return self.inline("\n".join(lines), line).split("\n")
        if token.type in NOT_SHOWN:
            return []
        if token.type == "substitution_block":
            return self.pages.substitute(token.content).split("\n")
        if token.type == "math_block_label":
            return self.equation(token.content.strip().split("\n"), True)
        directive = self.directive_of(token, line)
        return self.directive(directive, line) if directive else None

    def directive_of(self, token: Token, line: int) -> Directive | None:
        """Read a token as a directive.

        Raises:
            BuildError: If its options cannot be read.
        """
        try:
            return as_directive(token)
        except MystMetadataParsingError as error:
            raise self.at(line, BuildError(str(error))) from error

    def directive(self, d: Directive, line: int) -> Lines:
        """Return a directive in plain Markdown.

        Raises:
            BuildError: If it has no plain form here.
        """
        name = d.name
        title = self.inline(d.argument, line)

        def body() -> Lines:
            return self.render(d.body, line + 1)

        if name in {"exercise", "exercise-start"}:
            number = self.number("exercise")
            return [headed(f"Exercise {number}", title), "", *body()]
        if name in {"exercise-end", *NAVIGATION}:
            return []
        if name == "statements":
            mine = of_page(self.pages.statements or [], self.name)
            return self.render(statements.folded(mine), line)
        if name == "solution":
            return folded("Solution", body())
        if name == "dropdown" or (name in TITLED and "dropdown" in d.classes):
            return folded(title, body())
        if name in TITLED:
            return quoted(f"**{title}**", body())
        if name in ADMONITIONS:
            said = [title, *body()] if title else body()
            return quoted(
                f"**{name.replace('seealso', 'see also').capitalize()}**", said
            )
        if name in UNTITLED:
            return quoted("", body())
        if name.startswith("prf:"):
            kind = name.removeprefix("prf:").capitalize()
            return quoted(headed(kind, title), body())
        if name in CONTAINERS:
            return body()
        if name in CARDS:
            return self.card(d, title, body())
        if name in {"image", "figure"}:
            return self.picture(d, body())
        if name == "math":
            return self.equation(d.body, "label" in d.options)
        if name in CODE:
            return [f"```{d.argument}", *d.body, "```"]
        if name == "glossary":
            return definitions(body())
        raise BuildError(
            f"the directive {{{name}}} has no form in a notebook "
            "(claimbook/builder/markdown.py)"
        )

    def card(self, d: Directive, title: str, body: Lines) -> Lines:
        """Return a card as an item of a list."""
        if link := d.options.get("link"):
            kind = d.options.get("link-type", "url")
            roles = {"doc": self.to_page, "ref": self.to_label}
            title = (
                roles[kind](link, title)
                if kind in roles
                else f"[{title}]({link})"
            )
        return indented([f"**{title}**", "", *body], "- ", None)

    def picture(self, d: Directive, body: Lines) -> Lines:
        """Return a picture, with its caption if it is a figure."""
        made = [f"![{d.options.get('alt', '')}]({d.argument})"]
        if d.name == "figure":
            number = self.number("figure")
            made += ["", f"**{PREFIXES['figure']}{number}** {' '.join(body)}"]
        return made

    def equation(self, formula: Lines, has_label: bool) -> Lines:
        """Return a displayed formula, with its number if others refer to it."""
        tag = [rf"\tag{{{self.number('equation')}}}"] if has_label else []
        return ["$$", *(f for f in formula if f.strip()), *tag, "$$"]

    # --- within a line ----------------------------------------------------------------

    def inline(self, text: str, line: int) -> str:
        """Render the roles, substitutions and links in the text of a block.

        Raises:
            BuildError: With file and line, if one has no plain form.
        """
        tokens: list[Token] = []
        self.parser.inline.parse(text, self.parser, {}, tokens)
        made, done = "", 0
        for token in tokens:
            if "span" not in token.meta:
                continue
            first, end = token.meta["span"]
            try:
                if token.type == "link_open":
                    first = text.rindex("](", first, end)
                    new = self.link(text[first:end], str(token.attrs["href"]))
                elif token.type == "myst_role":
                    new = self.role(token.meta["name"], token.content)
                else:
                    new = self.pages.substitute(token.content)
            except BuildError as error:
                at = line + text.count("\n", 0, first)
                raise self.at(at, error) from error
            made += text[done:first] + new
            done = end
        return made + text[done:]

    def role(self, name: str, content: str) -> str:
        """Return a role in plain Markdown.

        Raises:
            BuildError: If it has no plain form here.
        """
        match = WITH_TARGET.fullmatch(content)
        words, target = match.groups() if match else ("", content)
        if name == "doc":
            return self.to_page(target, words)
        if name in {"ref", "numref", "eq", "prf:ref"}:
            return self.to_label(target, words)
        if name == "cite" or name.startswith("cite:"):
            return self.cite(content.split(","), in_text=name == "cite:t")
        if name == "abbr":
            return words or target
        if name == "download":
            return f"[{words or target}]({target})"
        if name in WRAPPED:
            return (
                words.join(WRAPPED[name])
                if words
                else content.join(WRAPPED[name])
            )
        if name.removeprefix("py:") in LIKE_CODE:
            return f"`{words or target.removeprefix('~')}`"
        raise BuildError(
            f"the role {{{name}}} has no form in a notebook "
            "(claimbook/builder/markdown.py)"
        )

    def to_page(self, target: str, words: str = "") -> str:
        """Return a link to a page, by its title unless there are words for it.

        A page that this book leaves out is sought where the whole book is published.
        """
        name = target.split("/")[-1].removesuffix(".md").removesuffix(".ipynb")
        page = self.pages.page(name)
        if page:
            return f"[{words or page.title}]({self.pages.file(name)})"
        words = (
            words or name.lstrip("0123456789_").replace("_", " ").capitalize()
        )
        site = self.pages.substitutions.get("site")
        return f"[{words}]({site}chapters/{name}.html)" if site else words

    def to_label(self, target: str, words: str = "") -> str:
        """Return a link to the heading below which a label stands."""
        label = self.pages.labels.get(target)
        if label is None:
            return words or "elsewhere in the book"
        name = (
            f"({label.number})"
            if label.kind == "equation"
            else (
                f"{PREFIXES[label.kind]}{label.number}"
                if label.number
                else label.title
            )
        )
        words = words.replace("%s", label.number).replace(
            "{number}", label.number
        )
        return f"[{words or name}]({self.address(label)})"

    def address(self, label: Label) -> str:
        """Return where a label is, seen from this chapter."""
        file = "" if label.page == self.name else self.pages.file(label.page)
        return f"{file}#{anchor(label.heading)}" if label.heading else file

    def link(self, tail: str, address: str) -> str:
        """Return the second half of a Markdown link, for a notebook."""
        parts = urlsplit(address)
        name = Path(parts.path).stem
        if not parts.scheme and parts.path and name in self.pages.sources:
            rest = f"#{parts.fragment}" if parts.fragment else ""
            return f"]({self.pages.file(name)}{rest})"
        label = self.pages.labels.get(parts.fragment)
        if label and not parts.path and not parts.scheme:
            return f"]({self.address(label)})"
        return tail

    def cite(self, keys: Iterable[str], *, in_text: bool) -> str:
        """Return references to works: "He et al. (2016)" or "(He et al., 2016)"."""
        said = []
        for key in map(str.strip, keys):
            who, year, address = self.pages.work(key)
            words = f"{who} ({year})" if in_text else f"{who}, {year}"
            said.append(f"[{words}]({address})" if address else words)
        return ", ".join(said) if in_text else f"({'; '.join(said)})"


def with_spans(parser: MarkdownIt) -> MarkdownIt:
    """Let a parser note where each role, substitution and link stands in its block."""

    def noted(rule: Rule) -> Rule:
        def noting(state: StateInline, silent: bool) -> bool:
            start, before = state.pos, len(state.tokens)
            if not rule(state, silent):
                return False
            for token in state.tokens[before:]:
                if not silent and token.type not in {"text", "link_close"}:
                    token.meta.setdefault("span", (start, state.pos))
                    break
            return True

        return noting

    for rule in parser.inline.ruler.__rules__:
        if rule.name in INLINE:
            parser.inline.ruler.at(rule.name, noted(rule.fn))
    return parser


def headed(name: str, title: str) -> str:
    """Return ``**Exercise 3 · Title**``."""
    return f"**{name} · {title}**" if title else f"**{name}**"


def folded(summary: str, lines: Lines) -> Lines:
    """Return what opens on a click; the empty lines let Markdown inside be read as such."""
    return [
        "<details>",
        f"<summary>{summary}</summary>",
        "",
        *lines,
        "",
        "</details>",
    ]


def quoted(title: str, lines: Lines) -> Lines:
    """Return a quotation with a title.

    A formula of several lines would get the marks of a quotation inside, so it becomes one
    line.
    """
    said = [title, "", *lines] if title else lines
    return [f"> {line}".rstrip() for line in formulas_in_one_line(said)]


def formulas_in_one_line(lines: Lines) -> Lines:
    """Join the lines of each displayed formula."""
    made: Lines = []
    formula: Lines | None = None
    for line in lines:
        marks = line.count("$$")
        if formula is None and marks % 2 == 0:
            made.append(line)
            continue
        formula = [*(formula or []), line.strip()]
        if len(formula) > 1 and marks % 2:
            made.append(" ".join(formula))
            formula = None
    return made + (formula or [])


def indented(lines: Lines, first: str, token: Token | None) -> Lines:
    """Put lines in the place of a block inside a list or a quotation."""
    mark = (
        first
        if token is None
        else first[: first.index(token.markup[:3] or first.strip())]
    )
    rest = re.sub(r"[^>\s]", " ", mark)
    made = [(rest + line).rstrip() for line in lines]
    return [mark + lines[0], *made[1:]] if lines else [mark.rstrip()]


def definitions(lines: Lines) -> Lines:
    """Return a glossary as a list: a term, and below it, indented, what it means."""
    made: Lines = []
    for line in filter(str.strip, lines):
        if line[0].isspace() and made:
            made[-1] += f" {line.strip()}"
        else:
            made.append(f"- **{line.strip()}**:")
    return made


# --- code -----------------------------------------------------------------------------


def fold(cell: NotebookNode, *, in_solution: bool) -> None:
    """Mark what a reader opens only on demand, for JupyterLab, VS Code and Colab."""
    tags = set(cell.metadata.get("tags", []))
    hidden: dict[str, Any] = {}
    if in_solution:
        cell.source = SOLUTION + cell.source
    if (
        in_solution
        or tags & {"hide-input", "hide-cell", "remove-input", "remove-cell"}
        or is_machinery(cell.source)
    ):
        hidden["source_hidden"] = True
        cell.metadata["cellView"] = "form"
    if in_solution or tags & {"hide-output", "hide-cell", "remove-output"}:
        hidden["outputs_hidden"] = True
        cell.metadata["collapsed"] = True
    if hidden:
        cell.metadata["jupyter"] = hidden


def is_machinery(code: str) -> bool:
    """Say whether a cell begins with imports, or asks a quiz."""
    body = ast.parse(TransformerManager().transform_cell(code)).body
    if body and isinstance(body[0], (ast.Import, ast.ImportFrom)):
        return True
    return any(
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and getattr(node.value.func, "id", "") == "quiz"
        for node in body
    )


# --- nothing raw ----------------------------------------------------------------------


def raw_myst(text: str, parser: MarkdownIt) -> list[str]:
    """Return every directive, role, target, comment and substitution that is left."""
    left = []
    for token in parser.parse(text):
        if token.type in NOT_SHOWN or token.type.startswith("substitution"):
            left.append(token.content)
        with suppress(MystMetadataParsingError):
            if token.type in {"fence", "colon_fence"} and as_directive(token):
                left.append(token.info)
        left += [
            f"{{{child.meta['name']}}}`{child.content}`"
            if child.type == "myst_role"
            else child.content
            for child in token.children or []
            if child.type in {"myst_role", "substitution_inline"}
        ]
    return left
