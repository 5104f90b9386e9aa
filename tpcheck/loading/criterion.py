"""Criteria: tests of answers, put together."""

from functools import partial

from tpcheck.loading.fields import Record, each, entries, number, only, ref
from tpcheck.loading.file import ABSENT, File, Named
from tpcheck.model import (
    NOT_SURE,
    AllOf,
    Answered,
    AnswerIs,
    AnyOf,
    AtLeast,
    Criterion,
    Item,
    NoneOf,
    RuleMet,
)
from tpcheck.reader import ListNode, MapNode, Node, Scalar, quoted

#: Words that a criterion may start with, so that no item may have one as its id.
WORDS = ("all", "any", "none", "at_least", "rule", "answered")

_NEVER = AnyOf(())


def criterion(file: File, node: Node) -> Criterion:
    """Any criterion."""
    return _criterion(file, node, outer=WORDS, inner=WORDS)


def ask_when(file: File, node: Node) -> Criterion:
    """The criteria that a form in FHIR can follow too: tests of answers under one all or any."""
    return _criterion(file, node, outer=("all", "any", "answered"), inner=("answered",))


def _criterion(
    file: File, node: Node, *, outer: tuple[str, ...], inner: tuple[str, ...]
) -> Criterion:
    key, value = only(file, node, "a criterion")
    if key is ABSENT:
        return _NEVER
    if key.text in WORDS and key.text not in outer:
        message = f"{quoted(key.text)} cannot stand here: ask_when is one test, or one all or any"
        file.refuse(key, "ask-when-form", f"{message} of tests")
        return _NEVER
    parts = each(partial(_criterion, outer=inner, inner=inner), least=1)
    match key.text:
        case "all":
            return AllOf(parts(file, value))
        case "any":
            return AnyOf(parts(file, value))
        case "none":
            return NoneOf(parts(file, value))
        case "at_least":
            return _at_least(file, value)
        case "rule":
            return RuleMet(ref(Named.RULE)(file, value), file.where(value))
        case "answered":
            return Answered(ref(Named.ITEM)(file, value), file.where(value))
    file.refer(key, Named.ITEM)
    options = _options(file, file.items.get(key.text), value)
    return AnswerIs(key.text, options, file.where(key))


def _at_least(file: File, node: Node) -> Criterion:
    with Record(file, node, "at_least") as r:
        of = r.need("of", each(criterion, least=2))
        return AtLeast(r.need("count", number(1, max(len(of), 1))), of)


def _options(file: File, item: Item | None, node: Node) -> tuple[str, ...]:
    """One option, a list of them or a range; any of them meets the test."""
    if isinstance(node, MapNode):
        return _range(file, item, node)
    if not isinstance(node, ListNode):
        return (_option(file, node, item),)
    options = each(partial(_option, item=item), least=1)(file, node)
    if len(set(options)) < len(options):
        file.refuse(node, "repeated-option", "an option stands twice in this list; delete one")
    return options


def _option(file: File, node: Node, item: Item | None) -> str:
    if not isinstance(node, Scalar):
        file.refuse(node, "wrong-type", "the code of an option is wanted here")
        return ""
    if item and item.options and node.text not in item.codes:
        message = f"{quoted(node.text)} is not an option of {quoted(item.link_id)}"
        file.refuse(node, "unknown-option", message, node.text, item.codes)
    return node.text


def _range(file: File, item: Item | None, node: Node) -> tuple[str, ...]:
    with Record(file, node, "a range of options") as r:
        first = r.need("from", partial(_option, item=item))
        last = r.need("to", partial(_option, item=item))
    codes = [code for code in item.codes if code != NOT_SURE] if item else []
    if item and not item.ordered:
        message = f"{quoted(item.link_id)} is not 'ordered: yes', so it has no range"
        file.refuse(node, "range", f"{message}; list the options")
    elif first in codes and last in codes:
        if codes.index(first) > codes.index(last):
            file.refuse(node, "range", "this range is empty; put the lower option under 'from'")
        return tuple(codes[codes.index(first) : codes.index(last) + 1])
    return ()


def by_option(file: File, node: Node, item: Item | None) -> tuple[tuple[str, Node], ...]:
    """A map whose keys are options of `item`."""
    return tuple(
        (_option(file, key, item), value) for key, value in entries(file, node, "a map of options")
    )
