"""Whoever kept the old address of a page that was renamed is taken to the new one."""

import re
from pathlib import Path

import yaml
from sphinx.cmd.build import build_main

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
TEMPLATE = ROOT / CONFIG["sphinx"]["config"]["redirect_html_template_file"]
POLICY = "claimbook.sphinxext.policy"  # the extension that writes it


def test_an_old_address_leads_to_the_new_one_under_the_policy(tmp_path, serve, visit):
    source, out = tmp_path / "source", tmp_path / "out"
    (source / "chapters").mkdir(parents=True)
    conf = (
        f"extensions = ['sphinx_reredirects', {POLICY!r}]\n"
        "html_theme, html_favicon = 'basic', 'icon.svg'\n"
        "redirects = {'chapters/old': 'new.html'}\n"
        f"redirect_html_template_file = {str(TEMPLATE)!r}\n"
    )
    (source / "conf.py").write_text(conf)
    icon = '<svg xmlns="http://www.w3.org/2000/svg"/>'
    (source / "icon.svg").write_text(icon)
    index = "Book\n====\n\n.. toctree::\n\n   chapters/new\n"
    (source / "index.rst").write_text(index)
    (source / "chapters" / "new.rst").write_text("New\n===\n\nA page.\n")
    assert build_main(["-W", "-q", str(source), str(out)]) == 0

    old = (out / "chapters" / "old.html").read_text("utf-8")
    assert re.search("Content-Security-Policy.*sha256-", old)
    page = visit(f"{serve(out)}/chapters/old.html#part")
    page.wait_for_url("**/chapters/new.html#part")
    assert page.title().startswith("New")


def test_no_redirect_of_the_book_leads_astray():
    for old, new in CONFIG["sphinx"]["config"]["redirects"].items():
        assert not list(ROOT.glob(f"{old}.*")), f"{old} is a page"
        target = (ROOT / old).parent / new.partition("#")[0]
        assert list(ROOT.glob(f"{target.relative_to(ROOT).with_suffix('.*')}"))
