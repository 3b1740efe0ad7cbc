"""The icon fonts keep what the book shows, and only that."""

import pytest
from fontTools.ttLib import TTFont

from claimbook.sphinxext.icons import FONTS, THEME, cut, icons

NAMED = r"""
.fa-arrow-up:before{content:"\f062"}
.fa-magnifying-glass:before,.fa-search:before{content:"\f002"}
"""
FONT = THEME / FONTS / "fa-solid-900.woff2"


@pytest.mark.parametrize("name", ["magnifying-glass", "search"])
def test_an_icon_is_kept_under_each_of_its_names(name):
    page = f'<i class="fa-solid fa-{name}"></i>'
    assert icons(NAMED, [page]) == {0xF002}


def test_an_icon_that_nobody_names_is_not_kept():
    assert icons(NAMED, ["fa-search-plus", "search", "sofa-search"]) == set()


@pytest.mark.parametrize("written", [r"\f107", "\uf107"])
def test_an_icon_that_a_style_sheet_shows_is_kept(written):
    styles = f'{NAMED} summary::after{{content:"{written}"}}'
    assert icons(styles, []) == {0xF107}


@pytest.mark.parametrize("suffix", [".woff2", ".ttf"])
def test_a_font_is_cut(tmp_path, suffix):
    font, out = FONT.with_suffix(suffix), tmp_path / f"cut{suffix}"
    cut(font, [0xF002, 0xF062], out)
    with TTFont(out) as small:
        assert set(small.getBestCmap()) == {0xF002, 0xF062}
        assert small.flavor == (None if suffix == ".ttf" else "woff2")
    assert out.stat().st_size < font.stat().st_size / 20


def test_the_theme_has_the_fonts():
    assert len(list((THEME / FONTS).glob("*.woff2"))) == 3
