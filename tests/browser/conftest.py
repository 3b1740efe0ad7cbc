"""A real Chromium, a server on localhost, and pages that must stay silent."""

import os
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pages import HTML
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    Route,
    expect,
)

from claimbook.page import Output
from claimbook.printing import chromium

SLOWEST = 120_000  # milliseconds that a busy machine may need for anything
expect.set_options(timeout=SLOWEST / 4)

# What the theme itself tells the console.
CHATTER = ("[PST]: ", "[togglebutton]: ")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Say in one line that there is no browser; in CI that is a failure."""
    if hasattr(session.config, "workerinput"):
        return
    try:
        with chromium():
            pass
    except FileNotFoundError as missing:
        pytest.exit(str(missing), returncode=int("CI" in os.environ))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium."""
    with chromium() as browser:
        yield browser


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


def stop_clock(page: Page) -> None:
    """From now on time passes only by ``page.clock.run_for``."""
    page.clock.install(time=0)
    page.clock.pause_at(1)


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
    if not (HTML / "index.html").exists():
        pytest.fail("the book is not built: run `make book` first")
    return serve(HTML)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open an address with every outside host blocked.

    At the end of the test, the pages must have asked no other host, failed to load
    nothing, raised no script error and said nothing in the console.
    """
    contexts: list[BrowserContext] = []
    noise: list[str] = []

    def outside(url: str) -> bool:
        host = urlsplit(url).hostname
        return host not in (None, "127.0.0.1", "localhost")

    def gate(route: Route) -> None:
        if outside(route.request.url):
            noise.append(f"asks another host: {route.request.url}")
            route.abort()
        else:
            route.continue_()

    def answered(response: Response) -> None:
        if response.status >= 400:
            noise.append(f"{response.status}: {response.url}")

    def lost(settings: dict, request: Request) -> None:
        scripts = settings.get("java_script_enabled", True)
        if scripts or request.resource_type != "script":
            noise.append(f"failed: {request.url}")

    def said(message: ConsoleMessage) -> None:
        if not message.text.startswith(CHATTER):
            noise.append(f"console {message.type}: {message.text}")

    def open_page(address: str, *, width: int = 1280, **settings) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **settings)
        context.set_default_timeout(SLOWEST)
        contexts.append(context)
        context.route("**/*", gate)
        context.on("response", answered)
        context.on("requestfailed", partial(lost, settings))
        context.on("weberror", lambda e: noise.append(f"script error: {e.error}"))
        context.on("console", said)
        page = context.new_page()
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not noise, "\n".join(noise)
