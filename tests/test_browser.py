"""The pages in a real browser: silent, alone, accessible and within the width, light and dark.

Needs Chromium (Debian: apt-get install chromium) and axe-core, which npm fetches once a run; set
AXE_CORE to the path of an axe.min.js to spare that. Set TPCHECK_SHOTS to a folder to get pictures
of every page at phone and desk width, and as it prints (PDF).
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Browser, fetch_axe, find_chromium
from test_golden import SUMMARIES

from tpcheck.cli import app
from tpcheck.model import RuleSet
from tpcheck.render import book_html, html

PHONE, DESK = 360, 1280
#: WCAG 2.2 to level AA, with all that it takes in, and what axe-core calls good practice.
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return fetch_axe(tmp_path_factory.mktemp("axe"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(find_chromium(), tmp_path_factory.mktemp("chromium")) as found:
        yield found


Written = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Written:
    """Put a page in a file."""

    def put(name: str, text: str) -> Path:
        path = tmp_path / f"{name}.html"
        path.write_text(text, encoding="utf-8")
        return path

    return put


def _violations(browser: Browser, axe: str) -> list[str]:
    browser.evaluate(f"{axe};0")
    options = json.dumps({"runOnly": {"type": "tag", "values": _RULES}})
    found: dict[str, Any] = browser.evaluate(
        f"axe.run(document, {options}).then(r => ({{v: r.violations.map(v =>"
        " v.id + ': ' + v.nodes.map(n => n.html).join(' | ')), n: r.passes.length}))"
    )
    assert found["n"] > 5, "axe-core looked at nothing"
    return list(found["v"])


def _require_good(browser: Browser, axe: str, path: Path) -> None:
    """What holds for every page, at each width, in the light and the dark."""
    for width in (PHONE, DESK):
        for dark in (False, True):
            browser.open(path, width=width, dark=dark)
            assert browser.evaluate("document.documentElement.scrollWidth") <= width
            assert _violations(browser, axe) == []
            assert browser.noise == []
            assert browser.requests == [path.resolve().as_uri()]
            if shots := os.environ.get("TPCHECK_SHOTS"):
                name = f"{path.stem}-{width}{'-dark' if dark else ''}.png"
                (Path(shots) / name).write_bytes(browser.screenshot())


def _pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def _print(browser: Browser, path: Path) -> int:
    """The number of pages on paper."""
    browser.open(path)
    pdf = browser.pdf()
    if shots := os.environ.get("TPCHECK_SHOTS"):
        (Path(shots) / f"{path.stem}.pdf").write_bytes(pdf)
    return _pages(pdf)


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_report_is_good(browser: Browser, axe: str, write: Written, name: str) -> None:
    path = write(name, html.render(SUMMARIES[name]))

    _require_good(browser, axe, path)
    if not name.startswith("nasty"):
        assert 1 <= _print(browser, path) <= 2


def test_what_to_do_is_seen_without_scrolling(browser: Browser, write: Written) -> None:
    for name, summary in SUMMARIES.items():
        if summary.disposition and not name.startswith("nasty"):
            browser.open(write(name, html.render(summary)), width=PHONE, height=640)
            script = "document.querySelector('.card').getBoundingClientRect().bottom"
            assert browser.evaluate(script) <= 640, name


def test_the_rule_book_is_good(
    browser: Browser, axe: str, write: Written, small: RuleSet, shipped: RuleSet
) -> None:
    # The small one has one of each thing; to look at every colour of the large one takes a minute.
    _require_good(browser, axe, write("book_small", book_html.render(small)))

    path = write("book", book_html.render(shipped))
    for width in (PHONE, DESK):
        browser.open(path, width=width)
        assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.noise == []
    assert browser.requests == [path.resolve().as_uri()]
    assert 20 < _print(browser, path) <= 120


def test_the_paper_form_is_good(
    browser: Browser, axe: str, write: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    code = app.run(["export", "paper"])
    form = capsys.readouterr().out
    assert code == 0
    path = write("paper", form)

    for dark in (False, True):
        browser.open(path, width=DESK, dark=dark)
        assert _violations(browser, axe) == []
        assert browser.noise == []
        assert browser.requests == [path.resolve().as_uri()]
    _print(browser, path)


def test_a_page_that_is_not_good_is_found(browser: Browser, axe: str, write: Written) -> None:
    """The tests above can fail: a page with what they look for."""
    bad = write(
        "bad",
        "<!doctype html><html><head><title>x</title></head><body><main><h1>x</h1>"
        '<p style="color:#999;background:#aaa">pale</p><img src="none.png">'
        '<div style="width:900px">wide</div>'
        "<script>console.log('noise')</script></main></body></html>",
    )

    browser.open(bad, width=PHONE)

    found = " ".join(_violations(browser, axe))
    assert all(word in found for word in ("html-has-lang", "color-contrast", "image-alt"))
    assert any("noise" in said for said in browser.noise)
    assert len(browser.requests) == 2
    assert browser.evaluate("document.documentElement.scrollWidth") > PHONE
