"""The notebooks in a real JupyterLab: as they come, trusted, and with a kernel."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook
from pages import ASKS, ROOT, moving
from playwright.sync_api import Browser, Locator, Page, expect
from twins import agreement

from claimbook.builder.chapter import (
    notebook_text,
    read_chapter,
    read_notebook,
    stored_run,
)
from claimbook.builder.execute import clean_outputs
from claimbook.builder.fingerprint import Library
from claimbook.builder.pages import Pages

FIGURE = [
    "import matplotlib.pyplot as plt\nfrom claimbook.explore import explore\n"
    "from claimbook.page import setup\n\nsetup()",
    "def loss(lr, steps):\n"
    "    return (81 * (1 - lr) ** (2 * steps) + 40 * (1 - 10 * lr) ** (2 * steps)) / 2",
    "def draw(learning_rate, steps):\n"
    "    figure, ax = plt.subplots(figsize=(6.4, 2.8))\n"
    "    ax.plot([loss(learning_rate, t) for t in range(steps + 1)])\n"
    "    return figure\n\n\n"
    "def describe(learning_rate, steps):\n"
    "    return (f'With learning rate {learning_rate:g} the loss after {steps} '\n"
    "            f'steps is {loss(learning_rate, steps):.3g}.')\n\n\n"
    "explore(draw, alt=describe, learning_rate=[0.02, 0.05, 0.1, 0.19, 0.2, 0.21],\n"
    "        steps=[0, 1, 2, 4, 8, 16, 24], start={'learning_rate': 0.05, 'steps': 4})",
]
SAYS = "With learning rate {lr:g} the loss after 4 steps is {loss:.3g}."
CHAPTER = "03_gradient_clipping"  # an applet and a figure of explore
EXERCISES = "10_dropout_further"  # with solutions in text and code, and a tip
OPENING = "index"  # with networks that train


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The chapters as a clone has them, and a notebook of three cells, to be run.

    The chapter of exercises is what the builder makes of its source now.
    """
    folder = tmp_path_factory.mktemp("clone")
    source = ROOT / "chapters" / "src" / f"{EXERCISES}.md"
    chapter = read_chapter(source, Library(ROOT), Pages(ROOT))
    stored = read_notebook(chapter.notebook)
    assert stored is not None
    text = notebook_text(chapter, stored_run(stored))
    for name in (EXERCISES, f"trusted_{EXERCISES}"):
        (folder / f"{name}.ipynb").write_text(
            text.replace('"kernelspec"', f'"title": "{name}", "kernelspec"')
        )
    source = ROOT / "chapters" / f"{CHAPTER}.ipynb"
    (folder / f"{CHAPTER}.ipynb").write_bytes(source.read_bytes())
    opening = nbformat.read(ROOT / "chapters" / f"{OPENING}.ipynb", as_version=4)
    for name in (OPENING, f"trusted_{OPENING}"):
        opening.metadata["title"] = name
        nbformat.write(opening, folder / f"{name}.ipynb")
    short = new_notebook(cells=[new_code_cell(source) for source in FIGURE])
    NotebookClient(short, store_widget_state=False).execute()
    for cell in short.cells:
        cell.outputs = clean_outputs(cell.outputs, "the notebook of three cells")
    for name in ("untrusted", "trusted", "to_run"):
        short.metadata["title"] = name  # else one signature would do for both
        nbformat.write(short, folder / f"{name}.ipynb")
    return folder


@pytest.fixture(scope="module")
def lab(folder: Path, tmp_path_factory) -> Iterator[str]:
    """A JupyterLab without anyone's settings; two of its notebooks are trusted."""
    home = tmp_path_factory.mktemp("jupyter")
    (home / "data").mkdir()
    notary = NotebookNotary(data_dir=str(home / "data"))
    for name in ("trusted", CHAPTER, f"trusted_{EXERCISES}", f"trusted_{OPENING}"):
        path = folder / f"{name}.ipynb"
        notary.sign(nbformat.read(path, as_version=4))
    notary.store.close()
    settings = home / "settings/@jupyterlab/notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text(
        json.dumps({"windowingMode": "none"})  # every cell is drawn at once
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (home / "log").open("w")
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyter", "lab", "--no-browser"),
            *(f"--port={port}", "--ip=127.0.0.1", "--allow-root"),
            *("--IdentityProvider.token=", "--ServerApp.password="),
            f"--ServerApp.root_dir={folder}",
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ],
        env=os.environ
        | {
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_RUNTIME_DIR": str(home / "run"),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "IPYTHONDIR": str(home / "ipython"),
        },
        stdout=subprocess.DEVNULL,
        stderr=log,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(server, address, home / "log")
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        log.close()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def wait_for(server: subprocess.Popen, address: str, log: Path) -> None:
    for _ in range(240):
        try:
            with urlopen(f"{address}/api/status"):
                return
        except URLError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.25)
    pytest.fail(f"JupyterLab did not start: {log.read_text()}")


@pytest.fixture
def notebook(browser: Browser, lab: str) -> Iterator[Callable[[str], Page]]:
    """Open a notebook in JupyterLab; no script of it may fail."""
    contexts, errors = [], []

    def open_notebook(name: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{lab}/lab/tree/{name}.ipynb?reset")
        page.locator(
            ".jp-Notebook :is(.jp-OutputArea-output img, .nnl, .nnl-lab)"
        ).first.wait_for()
        return page

    yield open_notebook
    for context in contexts:
        context.close()
    assert errors == []


def figure_of(page: Page) -> Locator:
    """The output of explore in the notebook of three cells."""
    output = page.locator(".jp-Notebook .jp-OutputArea-output").last
    output.scroll_into_view_if_needed()
    return output


def loss(lr: float) -> float:
    """The loss after four steps from (−9, 2), where the curvatures are 1 and 10."""
    return (81 * (1 - lr) ** 8 + 40 * (1 - 10 * lr) ** 8) / 2


def test_an_untrusted_clone_shows_a_picture_and_says_how_to_move_it(notebook):
    figure = figure_of(notebook("untrusted"))
    picture = figure.get_by_role("img")
    expect(picture).to_have_count(1)
    expect(picture).to_have_accessible_name(SAYS.format(lr=0.05, loss=loss(0.05)))
    assert picture.evaluate("i => i.naturalWidth") > 400
    expect(figure).to_contain_text("This figure moves.")
    expect(figure).to_contain_text("trust the notebook, to move it")
    expect(figure).not_to_contain_text("const ")
    expect(figure.locator("input, button, script, style")).to_have_count(0)


def test_a_trusted_clone_is_alive_before_anything_runs(notebook, folder):
    figure = figure_of(notebook("trusted")).locator(".nnl")
    agree = agreement(figure, *moving("trusted", folder)[0])
    expect(figure).not_to_contain_text("This figure moves.")
    steps = figure.get_by_role("slider", name="steps")
    steps.focus()
    for _ in range(2):  # JupyterLab's own keys would select another cell
        figure.page.keyboard.press("ArrowRight")
        agree()
    assert steps.input_value() == "5"


def test_a_whole_chapter_is_alive(notebook):
    page = notebook(CHAPTER)
    figures = page.locator(".jp-Notebook .nnl").all()
    for figure, (kind, data) in zip(figures, moving(CHAPTER), strict=True):
        if kind in ASKS:
            expect(figure.get_by_role("button").first).to_be_attached()
            continue
        agree = agreement(figure, kind, data)
        slider = figure.get_by_role("slider").last
        before = slider.get_attribute("aria-valuetext")
        slider.focus()
        page.keyboard.press("ArrowRight")
        assert slider.get_attribute("aria-valuetext") != before
        agree()


def test_networks_train_in_a_trusted_clone(notebook):
    laboratory = notebook(f"trusted_{OPENING}").locator(".jp-Notebook .nnl-lab")
    seeds = laboratory.get_by_role("slider", name="seeds")
    seeds.focus()
    for key in ("Home", "ArrowRight", "ArrowRight"):  # 1, 2, 5
        laboratory.page.keyboard.press(key)
    laboratory.get_by_role("slider", name="epochs").press("Home")
    laboratory.get_by_role("button", name="Train 10 networks").click()
    expect(laboratory).to_have_attribute("data-state", "done", timeout=60_000)
    expect(laboratory.locator(".status")).to_contain_text("worker")
    chapter = laboratory.page.locator(".jp-Notebook a[href$='.html']")
    expect(chapter).to_have_count(0)


def test_an_untrusted_clone_shows_what_its_networks_did(notebook):
    page = notebook(OPENING)
    expect(page.locator(".jp-Notebook .jp-RenderedHTML img").first).to_be_visible()
    expect(page.locator(".jp-Notebook")).to_contain_text("Here networks train.")


@pytest.mark.parametrize("name", [EXERCISES, f"trusted_{EXERCISES}"])
def test_exercises_are_read_without_a_plug_in(notebook, name):
    page = notebook(name)
    sheet = page.locator(".jp-Notebook")
    source = (ROOT / "chapters" / "src" / f"{EXERCISES}.md").read_text("utf-8")
    for raw in ("{exercise}", ":class:", "{cite", "{doc}"):
        assert raw in source
        assert raw not in sheet.inner_text()
    tip, title = source.split("```{admonition} ")[1].split("\n")[0], "strong"
    expect(sheet.locator("blockquote").locator(title).first).to_have_text(tip)
    assert sheet.locator("strong", has_text="Exercise 10.").count() == (
        source.count("```{exercise}")
    )
    solutions = sheet.locator("details")
    assert solutions.count() >= source.count("{solution-start}")
    expect(sheet.locator("details[open]")).to_have_count(0)
    code = sheet.locator(".jp-CodeCell").filter(has_text="@title Solution")
    assert code.count() > 3
    for cell in code.all():
        expect(cell.locator(".cm-content")).to_have_count(0)
        expect(cell.locator(".jp-OutputArea-output")).to_have_count(0)
    first = solutions.filter(has=page.locator("mjx-container")).first
    first.locator("summary").click()
    expect(first.locator("mjx-container").first).to_be_visible()
    assert "$" not in first.inner_text()
    code.first.locator(".jp-Placeholder").first.click()
    expect(code.first.locator(".cm-content")).to_contain_text("Solution")


def test_with_a_kernel_the_sliders_cover_the_whole_range(notebook, folder):
    page = notebook("to_run")
    status = page.locator("#jp-main-statusbar")
    expect(status).to_contain_text("| Idle", timeout=60_000)
    page.locator(".lm-MenuBar-item", has_text="Run").click()
    page.locator(".lm-Menu-item:has-text('Run All Cells')").first.click()
    rate = page.locator(".widget-slider").first
    rate.wait_for()
    figure = page.locator(".jp-OutputArea-output:has(.widget-slider)")
    expect(figure.locator(".widget-label:not(:empty)")).to_have_text(
        ["learning rate", "steps"]
    )
    image = figure.get_by_role("img")
    stored = [*moving("trusted", folder)[0][1]["frames"], image.get_attribute("src")]

    handle, value = (
        rate.locator(".noUi-handle"),
        rate.locator(".widget-readout"),
    )
    handle.focus()
    page.keyboard.press("Home")
    expect(value).to_have_text("0.02")
    page.keyboard.press("End")
    expect(value).to_have_text("0.21")
    page.keyboard.press("ArrowLeft")
    expect(value).not_to_have_text("0.21")
    lr = float(value.inner_text())
    assert 0.2 < lr < 0.21, "between the values that were drawn in advance"

    expect(image).to_have_accessible_name(SAYS.format(lr=lr, loss=loss(lr)))
    assert image.get_attribute("src") not in stored
    assert image.evaluate("i => i.decode().then(() => i.naturalWidth)")
