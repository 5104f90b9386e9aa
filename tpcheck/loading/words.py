"""The sections that are words only: `screens` and `leaflet`."""

import re
from collections.abc import Mapping

from tpcheck import wording
from tpcheck.loading.fields import Record, each, entries, new, text
from tpcheck.loading.file import File, Named, listed
from tpcheck.model import Topic
from tpcheck.reader import MapNode, Node, Scalar, quoted

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

#: What the rule set has to bring: key to placeholders.
_TEXTS: Mapping[str, tuple[str, ...]] = {**wording.ASKING_TEXTS, **wording.RESULT_TEXTS}
_LISTS = (*wording.ASKING_LISTS, *wording.RESULT_LISTS)


def screens(file: File, node: Node) -> tuple[Mapping[str, str], Mapping[str, tuple[str, ...]]]:
    """Texts and lists of the screens and the result, by dotted key."""
    texts: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for name, key, value in _flat(file, node):
        if name in _LISTS:
            lists[name] = each(text, least=1)(file, value)
        elif name in _TEXTS:
            texts[name] = text(file, value)
            _check_placeholders(file, value, texts[name], _TEXTS[name])
        else:
            message = f"no screen has a text {quoted(name)}"
            file.refuse(key, "unknown-text", message, name, (*_TEXTS, *_LISTS))
    if missing := [name for name in (*_TEXTS, *_LISTS) if name not in texts and name not in lists]:
        file.refuse(node, "missing-text", f"'screens' needs these too: {listed(missing)}; add them")
    file.texts = texts
    return texts, lists


def _flat(file: File, node: Node) -> list[tuple[str, Scalar, Node]]:
    """Every text or list with its dotted key; the groups are one level deep."""
    found: list[tuple[str, Scalar, Node]] = []
    for group, value in entries(file, node, "'screens'"):
        if isinstance(value, MapNode):
            inner = entries(file, value, "a group of texts")
            found += ((f"{group.text}.{key.text}", key, words) for key, words in inner)
        else:
            found.append((group.text, group, value))
    return found


def _check_placeholders(file: File, node: Node, words: str, wanted: tuple[str, ...]) -> None:
    found = _PLACEHOLDER.findall(words)
    rest = _PLACEHOLDER.sub("", words)
    if words and (set(found) != set(wanted) or "{" in rest or "}" in rest):
        what = f"exactly these: {listed(f'{{{name}}}' for name in wanted)}" if wanted else "none"
        message = f"of words in braces, which the program fills in, this text must hold {what}"
        file.refuse(node, "placeholder", message)


def leaflet(file: File, node: Node) -> tuple[Topic, ...]:
    """The topics of the leaflet."""
    return each(_topic)(file, node)


def _topic(file: File, node: Node) -> Topic:
    with Record(file, node, "a topic") as r:
        return Topic(
            topic_id=r.need("id", new(Named.TOPIC)),
            title=r.need("title", text),
            paragraphs=r.need("paragraphs", each(text, least=1)),
            where=r.where,
        )
