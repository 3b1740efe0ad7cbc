"""A real Chromium, a server on localhost, and pages that must stay silent."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Route,
    sync_playwright,
)

from nnlib.interactive import Output

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "no Chromium found: install Debian's or Ubuntu's chromium package, Google Chrome, "
    "or run `python -m playwright install chromium`"
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium; skips without one, except where CI is set."""
    with sync_playwright() as playwright:
        paths = [
            *map(shutil.which, NAMES),
            playwright.chromium.executable_path,
        ]
        found = [path for path in paths if path and Path(path).exists()]
        if not found:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
        browser = playwright.chromium.launch(executable_path=found[0])
        yield browser
        browser.close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Serve a folder on localhost; return its address."""
    servers = []

    def start(folder: Path) -> str:
        handler = partial(Quiet, directory=str(folder))
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def show(serve: Callable[[Path], str], tmp_path_factory) -> Callable[..., str]:
    """Write outputs into a page, as a browser meets them; return its address."""

    def write(*outputs: Output) -> str:
        folder = tmp_path_factory.mktemp("page")
        head = (
            '<!doctype html><html lang="en"><meta charset="utf-8">'
            "<title>Page</title>"
            '<meta name="viewport" content="width=device-width">'
            '<link rel="icon" href="data:,">'
        )
        body = "".join(output.html for output in outputs)
        (folder / "index.html").write_text(f"{head}<main>{body}</main>")
        return serve(folder)

    return write


def drag(figure: Locator, where: tuple[float, float]) -> None:
    """Drag the figure's dot to a place, in shares of its picture; let go, move on."""
    figure.scroll_into_view_if_needed()
    point = figure.locator(".dot").bounding_box()
    picture = figure.locator("svg").bounding_box()
    mouse = figure.page.mouse
    mouse.move(point["x"] + 5, point["y"] + 5)
    mouse.down()
    x = picture["x"] + picture["width"] * where[0]
    y = picture["y"] + picture["height"] * where[1]
    mouse.move(x, y, steps=4)
    mouse.up()
    mouse.move(x + 50, y)


@pytest.fixture(scope="session")
def book(serve: Callable[[Path], str]) -> str:
    """The address of the built book."""
    folder = ROOT / "_build" / "html"
    if not (folder / "index.html").exists():
        pytest.fail("the book is not built: run `make book` first")
    return serve(folder)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open an address with every outside host blocked.

    At the end of the test, each page that was opened must have asked no other host,
    failed to load nothing, raised no script error and logged no warning or error.
    """
    contexts: list[BrowserContext] = []
    noise: list[str] = []

    def outside(url: str) -> bool:
        return urlsplit(url).hostname not in ("127.0.0.1", "localhost")

    def gate(route: Route) -> None:
        if outside(route.request.url):
            noise.append(f"asks another host: {route.request.url}")
            route.abort()
        else:
            route.continue_()

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            noise.append(f"console {message.type}: {message.text}")

    def open_page(address: str, *, width: int = 1280, **settings) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, **settings
        )
        context.route("**/*", gate)
        context.on(
            "response",
            lambda r: (
                noise.append(f"{r.status}: {r.url}")
                if r.status >= 400
                else None
            ),
        )
        page = context.new_page()
        page.on("requestfailed", lambda r: noise.append(f"failed: {r.url}"))
        page.on(
            "pageerror", lambda error: noise.append(f"script error: {error}")
        )
        page.on("console", listen)
        contexts.append(context)
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not noise, "\n".join(noise)
