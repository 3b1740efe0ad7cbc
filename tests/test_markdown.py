"""The book's directives and roles, as Markdown that needs no plug-in."""

import nbformat
import pytest

from claimbook.builder.chapter import Result, Run, notebook_text, read_chapter
from claimbook.builder.fingerprint import Library
from claimbook.builder.markdown import raw_myst
from claimbook.builder.pages import Pages
from claimbook.sphinxext.renderings import as_book

FILES = {
    "_config.yml": """
bibtex_bibfiles: [chapters/works.bib]
parse:
  myst_enable_extensions: [colon_fence, dollarmath, substitution]
  myst_substitutions: {title: Our Book, site: "https://a.org/", statements: s.yml}
""",
    "_toc.yml": """
parts:
  - chapters: [{file: chapters/before}]
  - {numbered: 1, chapters: [{file: chapters/01_a}]}
  - numbered: 1
    chapters: [{file: chapters/02_b, sections: [{file: chapters/02_b_further}]}]
""",
    "s.yml": """
- {id: A1, chapter: 2, kind: statement, says: It is., verdict: holds, note: Always.}
- {id: A2, chapter: 3, kind: statement, says: It was., verdict: holds, note: Once.}
""",
    "chapters/src/02_b_further.md": "# Further\n\n```{exercise}\n:label: ex-f\nDo.\n```",
    "chapters/works.bib": """
@article{he, author={He, K. and Li, A. and Wu, B.}, title={T}, year=2016,
  doi={10.1/x}}
@book{oord, author={van den Oord, A. and M{\\"u}ller, C.}, title={T}, year=2017,
  eprint={1.2}}
@book{alone, author={One, A.}, title={T}, year={1990}, isbn={1}}
""",
    "chapters/before.md": "# Before $x$ starts\n\n(how)=\n## How to run\n",
    "chapters/src/01_a.md": """# The first

## More to do

```{exercise} Named
:label: ex-a
Do.
```

$$
a
$$ (eq-a)

```{code-cell}
---
mystnb: {figure: {caption: "A *picture* of {cite:t}`he`.", name: fig-a}}
---
x = 1
```
""",
}
PIECES = r"""
| a |⏎|--|⏎| {doc}`before` | ⇒ | a |⏎|--|⏎| [Before x starts](before.md) |
{doc}`it <01_a>`, {doc}`01_a` ⇒ [it](01_a.ipynb), [The first](01_a.ipynb)
{doc}`09_left_out` ⇒ [Left out](https://a.org/chapters/09_left_out.html)
{ref}`how` ⇒ [How to run](before.md#How-to-run)
{ref}`ex-a` ⇒ [Exercise 1.1](01_a.ipynb#More-to-do)
{numref}`fig-a` ⇒ [Fig. 1.1](01_a.ipynb#More-to-do)
{numref}`see %s <fig-a>` ⇒ [see 1.1](01_a.ipynb#More-to-do)
{eq}`eq-a` ⇒ [(1.1)](01_a.ipynb#More-to-do)
[see](01_a.md#x), [it](#how) ⇒ [see](01_a.ipynb#x), [it](before.md#How-to-run)
{cite:t}`he` ⇒ [He et al. (2016)](https://doi.org/10.1/x)
{cite}`oord,alone` ⇒ ([van den Oord and Müller, 2017](https://arxiv.org/abs/1.2); One, 1990)
{{ title }} of {{ title }}⏎⏎{{ title }} ⇒ Our Book of Our Book⏎⏎Our Book
{math}`x^2`, {sub}`a`, {abbr}`SGD (s)` ⇒ $x^2$, <sub>a</sub>, SGD (s)
`{cite}` and ``{doc}`x` `` and $\{x\}`$ ` ⇒ as it is
% a comment⏎(target)=⏎## Heading ⇒ ## Heading
```{note}⏎A.⏎``` ⇒ > **Note**⏎>⏎> A.
:::{tip} At once⏎A {doc}`01_a`.⏎::: ⇒ > **Tip**⏎>⏎> At once⏎> A [The first](01_a.ipynb).
```{admonition} Say $x$⏎:class: tip⏎A.⏎⏎$$⏎x⏎= y⏎$$⏎```
    ⇒ > **Say $x$**⏎>⏎> A.⏎>⏎> $$ x = y $$
```{admonition} More⏎:class: dropdown⏎A.⏎```
    ⇒ <details>⏎<summary>More</summary>⏎⏎A.⏎⏎</details>
- one⏎  ```{note}⏎  B.⏎  ```⏎- two ⇒ - one⏎  > **Note**⏎  >⏎  > B.⏎- two
```{prf:theorem} Big⏎So.⏎``` ⇒ > **Theorem · Big**⏎>⏎> So.
```{exercise}⏎:label: b⏎Do.⏎```⏎{ref}`ex-f`
    ⇒ **Exercise 2.1**⏎⏎Do.⏎[Exercise 2.2](02_b_further.ipynb#Further)
```{statements}⏎```
    ⇒ <details>⏎<summary>What the lecture says: 1 statement, 1 holds</summary>⏎⏎
     | id | In our words | verdict |⏎|---|---|---|⏎
     | A1 | It is. | **holds**: Always. |⏎⏎</details>
```{math}⏎:label: c⏎x⏎``` ⇒ $$⏎x⏎\tag{2.1}⏎$$
```{figure} a.png⏎:alt: Seen⏎Said.⏎``` ⇒ ![Seen](a.png)⏎⏎**Fig. 2.1** Said.
```{code-block} python⏎x = 1⏎``` ⇒ ```python⏎x = 1⏎```
```python⏎{cite}`he`⏎``` ⇒ as it is
::::{grid} 2⏎:::{grid-item-card} Go⏎:link: 01_a⏎:link-type: doc⏎On.⏎:::⏎::::
    ⇒ - **[Go](01_a.ipynb)**⏎⏎  On.
```{glossary}⏎term⏎  What it is.⏎``` ⇒ - **term**: What it is.
\{cite}`he` stays ⇒ as it is
"""
"""A construct, and what becomes of it."""


@pytest.fixture
def root(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def read(root, text):
    source = root / "chapters" / "src" / "02_b.md"
    source.write_text(text, encoding="utf-8")
    return read_chapter(source, Library(root), Pages(root))


def pieces():
    for row in PIECES.strip().replace("\n    ⇒", " ⇒").replace("\n     ", "").split("\n"):
        source, plain = row.replace("⏎", "\n").split(" ⇒ ")
        yield source, source if plain == "as it is" else plain


@pytest.mark.parametrize(("source", "plain"), [*pieces()])
def test_a_construct_has_its_plain_form(root, source, plain):
    text = read(root, f"{source}\n\n```{{code-cell}}\nx\n```\n").cells[0].source
    assert text == plain
    parser = Pages(root).parser()
    assert raw_myst(text, parser) == []
    assert source == plain or "](" in source or raw_myst(source, parser)


SOLVED = """\
## Exercises

```{exercise} First
Do it.
```

````{solution-start} a
:class: dropdown
````
Like $x$.
```{code-cell}
y = 1
```
And so.
````{solution-end}
````
```{exercise} Second
Again.
```
````{solution-start} b
````
```{code-cell}
z = 1
```
````{solution-end}
````
```{code-cell}
after = 1
```
"""
INPUT, OUTPUT = "source_hidden", "outputs_hidden"
FOLDED = {"cellView": "form", "collapsed": True, "jupyter": {INPUT: True, OUTPUT: True}}


def test_solutions_are_folded_text_code_and_outputs(root):
    first, code, between, more, after = read(root, SOLVED).cells
    assert first.source.split("\n", 2)[2] == (
        "**Exercise 2.1 · First**\n\nDo it.\n\n"
        "<details>\n<summary>Solution</summary>\n\nLike $x$.\n\n</details>"
    )
    assert between.source == (
        "<details>\n<summary>Solution, continued</summary>\n\nAnd so.\n\n</details>"
        "\n\n**Exercise 2.2 · Second**\n\nAgain.\n\n"
        "<details>\n<summary>Solution</summary>\n\n"
        "The next cell is the solution.\n\n</details>"
    )
    assert [(cell.source, cell.metadata) for cell in (code, more, after)] == [
        ("# @title Solution\ny = 1", FOLDED), ("# @title Solution\nz = 1", FOLDED),
        ("after = 1", {}),
    ]  # fmt: skip


HIDDEN = {
    (INPUT,): ["import math", "from math import e\ny = e", "quiz(1)",
               ":tags: [hide-input]\n\nx = 1"],
    (OUTPUT,): [":tags: [hide-output]\n\nx = 1"],
    (INPUT, OUTPUT): [":tags: [hide-cell]\n\nx = 1"],
    (): ["x = 1\nimport math", "x = quiz"],
}  # fmt: skip


@pytest.mark.parametrize(("hidden", "cells"), HIDDEN.items())
def test_imports_drawing_and_quizzes_are_folded(root, cells, hidden):
    fences = [f"```{{code-cell}}\n{cell}\n```\n" for cell in cells]
    for made in read(root, "".join(fences)).cells:
        assert (*made.metadata.get("jupyter", {}),) == hidden
        assert ("cellView" in made.metadata) == (INPUT in hidden)


def test_a_caption_is_a_cell_of_its_own(root):
    *_, drawn, caption = read(root, FILES["chapters/src/01_a.md"]).cells
    said = "A *picture* of [He et al. (2016)](https://doi.org/10.1/x)."
    assert caption.source == f"**Fig. 2.1** {said}"
    assert caption.id == f"{drawn.id}-caption"


def test_the_first_cell_installs_the_book_and_the_book_does_not_show_it(root):
    """The book reads the source, with the outputs of the notebook."""
    with (root / "_config.yml").open("a") as config:
        config.write("repository: {url: https://example.org/a/book}\n")
    source = SOLVED.replace("after", ":tags: [remove-cell]\n\nafter")
    chapter = read(root, source)
    first = chapter.cells[0]
    last = "    %pip install -q git+https://example.org/a/book"
    assert first.source.endswith(last)
    assert first.metadata["tags"] == ["remove-cell"]
    assert first.metadata["jupyter"] == {"source_hidden": True}
    printed = [nbformat.v4.new_output("stream", text=str(i)) for i in range(4)]
    notebook = notebook_text(chapter, Run([Result(1, [output]) for output in printed]))
    book = nbformat.reads(as_book(notebook, source), as_version=4)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [(cell.source, cell.outputs[0].text, cell.metadata) for cell in code] == [
        ("y = 1", "1", {}), ("z = 1", "2", {}),
        ("after = 1", "3", {"tags": ["remove-cell"]}),
    ]  # fmt: skip
    assert "```{exercise} First" in book.cells[0].source
    with pytest.raises(ValueError, match="the code differs"):
        as_book(notebook, source.replace("z = 1", "z = 2"))
