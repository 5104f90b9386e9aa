"""Answers as people and programs write them: usual ones, a patient's, those of worked cases."""

from tpcheck.engine import fault, in_order
from tpcheck.loading.fields import Read, entries
from tpcheck.loading.file import File, listed
from tpcheck.model import Answer, Item, Location
from tpcheck.reader import ListNode, MapNode, Node, Scalar, quoted


def answers(file: File, node: Node) -> tuple[dict[str, Answer], dict[str, Location]]:
    """A map of items to answers, and the place of each."""
    found: dict[str, Answer] = {}
    places: dict[str, Location] = {}
    for key, value in entries(file, node, "a map of items to answers"):
        item = file.items.get(key.text)
        if item:
            found[item.link_id] = answer_to(item)(file, value)
            places[item.link_id] = file.where(key)
        else:
            message = f"there is no item {quoted(key.text)}"
            file.refuse(key, "unknown-item", message, key.text, file.items)
    return found, places


def answer_to(item: Item) -> Read[Answer]:
    """Make a reader for an answer to `item`: the code of an option, or a list of codes.

    Messages name the item and never what was answered, which can be a patient's.
    """

    def read(file: File, node: Node) -> Answer:
        if isinstance(node, MapNode):
            message = f"the answer to {quoted(item.link_id)} is the code of an option, or a list"
            file.refuse(node, "wrong-type", f"{message} of codes; not a map")
            return ()
        if not item.options:
            return ()  # the item itself has been refused
        codes = []
        for part in node.items if isinstance(node, ListNode) else (node,):
            if isinstance(part, Scalar) and part.text in item.codes:
                codes.append(part.text)
            else:
                file.refuse(part, "unknown-option", _not_an_option(item, part))
                return ()
        if wrong := fault(item, tuple(codes)):
            message = f"the answer to {quoted(item.link_id)} cannot be used: {wrong}"
            file.refuse(node, "wrong-answer", message)
        return in_order(item, codes)

    return read


def _not_an_option(item: Item, part: Node) -> str:
    if isinstance(part, Scalar) and not part.quoted and part.text in ("null", "Null", "NULL", "~"):
        return f"{quoted(item.link_id)} has no answer; leave it out if it was not answered"
    return (
        f"{quoted(item.link_id)} has an answer that is not one of its options;"
        f" its options are: {listed(item.codes)}"
    )
