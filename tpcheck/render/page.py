"""An HTML page that stands on its own: no script, nothing from outside, every text escaped.

What may be loaded is also said to the browser, as a Content-Security-Policy (W3C CSP Level 3), so
that nothing in a text can make a page fetch or run anything.
"""

import base64
import hashlib
import html
import re
import unicodedata
from collections.abc import Iterable
from importlib import resources

from tpcheck.render.characters import visible

_LANGUAGE = "en-GB"
#: A phone number with its area code. One without looks like any other number.
_PHONE = re.compile(r"(?<!\w)0\d{2,4} \d{3,4} ?\d{2,4}(?!\w)")


def escape(text: str) -> str:
    """`text` as it may stand in an element or in a quoted attribute."""
    return html.escape(visible(text))


def element(tag: str, text: str, attributes: str = "") -> str:
    """An element that holds `text`; phone numbers in it can be tapped."""
    # A text in a script that runs from right to left is laid out by its own direction.
    runs_left = any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)
    attributes = f"{attributes and ' '}{attributes}" + (' dir="auto"' if runs_left else "")
    return f"<{tag}{attributes}>{_PHONE.sub(_link, escape(text))}</{tag}>"


def bullets(texts: Iterable[str], attributes: str = "") -> str:
    """A list; nothing where there are no texts."""
    items = "\n".join(element("li", text) for text in texts)
    return f"<ul{attributes and ' '}{attributes}>\n{items}\n</ul>" if items else ""


def page(title: str, style: str, body: str, attributes: str = "") -> str:
    """A whole page. `body` is HTML; `style` names a style sheet beside this file."""
    sheet = _sheet("page") + _sheet(style)
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return f"""<!doctype html>
<html lang="{_LANGUAGE}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="format-detection" content="telephone=no">
<title>{escape(title)}</title>
<style>{sheet}</style>
</head>
<body{attributes and " "}{attributes}>
{body}
</body>
</html>
"""


def _sheet(name: str) -> str:
    source = resources.files(__package__).joinpath(f"{name}.css")
    return source.read_text(encoding="utf-8")


def _link(number: re.Match[str]) -> str:
    return f'<a href="tel:{number[0].replace(" ", "")}">{number[0]}</a>'
