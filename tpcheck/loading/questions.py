"""The section `questions`: what is asked, in which order and when."""

from dataclasses import replace
from functools import partial

from tpcheck.loading.answers import answer_to
from tpcheck.loading.criterion import WORDS, ask_when, by_option
from tpcheck.loading.fields import Read, Record, code, each, flag, new, number, only, ref, text
from tpcheck.loading.file import File, Named
from tpcheck.model import (
    NO,
    NOT_SURE,
    YES,
    YES_NO_TYPES,
    AnswerOption,
    Item,
    ItemType,
    Questionnaire,
    Screen,
    Section,
)
from tpcheck.reader import Node, quoted

GROUP = "group"
MAX_IN_GROUP = 5
MAX_OPTIONS = 10  # the keys 1 to 9 and 0


def questionnaire(file: File, node: Node) -> Questionnaire:
    """All sections."""
    return Questionnaire(each(_section, least=1)(file, node))


def _section(file: File, node: Node) -> Section:
    with Record(file, node, "a section") as r:
        return Section(
            section_id=r.need("section", new(Named.SECTION)),
            title=r.need("title", text),
            # Before the screens, because it is decided before their items are answered.
            ask_when=r.get("ask_when", ask_when, None),
            until=r.get("until", ref(Named.DISPOSITION), ""),
            screens=r.need("screens", each(_screen, least=1)),
            where=r.where,
        )


def _screen(file: File, node: Node) -> Screen:
    with Record(file, node, "a screen") as r:
        form = r.form(GROUP, *ItemType)
        screen = _group(r) if form == GROUP else _single(r, form)
    for item in screen.items:
        file.items.setdefault(item.link_id, item)  # of two with one id, the first
    return screen


def _single(r: Record, form: str) -> Screen:
    """A screen of its own for one item."""
    items = (_item(r, ItemType(form)),) if form else ()
    first = items[0] if items else None
    return Screen(
        screen_id=first.link_id if first else "",
        items=items,
        text=first.text if first else "",
        hint=first.hint if first else "",
        why=first.why if first else "",
        say=first.say if first else "",
        until=r.get("until", ref(Named.DISPOSITION), ""),
        where=r.where,
    )


def _group(r: Record) -> Screen:
    why = r.need("why", text)
    screen = Screen(
        screen_id=r.need(GROUP, new(Named.GROUP)),
        items=r.need("items", each(partial(_member, why=why))),
        text=r.need("text", text),
        is_group=True,
        each=r.get("each", flag, False),
        short=r.get("short", text, ""),
        hint=r.get("hint", text, ""),
        why=why,
        say=r.get("say", text, ""),
        none_text=r.get("none", text, r.file.texts.get("ask.none", "")),
        some_text=r.get("some", text, r.file.texts.get("ask.some", "")),
        ask_when=r.get("ask_when", ask_when, None),
        until=r.get("until", ref(Named.DISPOSITION), ""),
        where=r.where,
    )
    if not 2 <= len(screen.items) <= MAX_IN_GROUP:
        message = f"a group has 2 to {MAX_IN_GROUP} items; this has {len(screen.items)}"
        r.refuse("group-size", f"{message}; split it, or give an item a screen of its own")
    return screen


def _member(file: File, node: Node, why: str) -> Item:
    with Record(file, node, "an item of a group") as r:
        form = ItemType(r.form(*ItemType) or ItemType.FACT)
        item = _item(r, form, why)
        if form not in YES_NO_TYPES:
            message = f"a group holds signs and facts only; give {quoted(item.link_id)}"
            r.refuse("group-item", f"{message} a screen of its own")
    return item


def _item(r: Record, form: ItemType, why: str = "") -> Item:
    item = Item(
        link_id=r.need(form, _item_id),
        type=form,
        text=r.need("text", text),
        options=_OPTIONS[form](r),
        usual=(),
        short=r.get("short", text, ""),
        hint=r.get("hint", text, ""),
        why=r.get("why", text, why),
        say=r.get("say", text, ""),
        if_asked=r.get("if_asked", text, ""),
        reword=r.get("reword", text, "") if form is ItemType.SIGN else "",
        floor=r.need("floor", ref(Named.DISPOSITION)) if form is ItemType.SIGN else "",
        ordered=form is ItemType.SCALE or (form is ItemType.ONE and r.get("ordered", flag, False)),
        at_most=r.get("at_most", number(1, MAX_OPTIONS), 0) if form is ItemType.MANY else 0,
        private=r.get("private", flag, False),
        body_map=form in (ItemType.ONE, ItemType.MANY) and r.get("body_map", flag, False),
        ask_when=r.get("ask_when", ask_when, None),
        where=r.where,
    )
    floor = r.file.dispositions.get(item.floor)
    if floor and floor.emergency and not item.reword:
        name = quoted(item.link_id)
        message = f"{name} has the floor {quoted(floor.code)}, so a not sure is asked once more"
        r.refuse("missing-reword", f"{message}; add a 'reword'")
    if item.is_yes_no:
        return replace(item, usual=r.get("usual", answer_to(item), (NO,)))
    return replace(item, usual=r.need("usual", answer_to(item)))


def _item_id(file: File, node: Node) -> str:
    name = new(Named.ITEM)(file, node)
    if name in WORDS:
        message = f"{quoted(name)} is a word of criteria, so it cannot be the id of an item"
        file.refuse(node, "reserved-id", f"{message}; give it another")
    return name


# --- options ----------------------------------------------------------------------------------


def _yes_no(r: Record) -> tuple[AnswerOption, ...]:
    texts = r.file.texts
    return tuple(AnswerOption(c, texts.get(f"answer.{c}", "")) for c in (YES, NO, NOT_SURE))


def _one(r: Record) -> tuple[AnswerOption, ...]:
    return _checked(r, r.need("options", each(_option(exclusive=False), least=2)))


def _many(r: Record) -> tuple[AnswerOption, ...]:
    ordinary = r.need("options", each(_option(exclusive=False), least=1))
    # Needed, because a list that is left untouched is not an answer.
    exclusive = r.need("exclusive", each(_option(exclusive=True), least=1))
    return _checked(r, ordinary + exclusive)


def _option(*, exclusive: bool) -> Read[AnswerOption]:
    def read(file: File, node: Node) -> AnswerOption:
        key, value = only(file, node, "an option")
        return AnswerOption(code(file, key), text(file, value), exclusive)

    return read


def _checked(r: Record, options: tuple[AnswerOption, ...]) -> tuple[AnswerOption, ...]:
    """The options; none if one is wrong, so that nothing more is said of what names them."""
    if len(options) > MAX_OPTIONS:
        message = f"there are {len(options)} options and {MAX_OPTIONS} keys"
        r.refuse("option-count", f"{message}; split the question")
        return ()
    codes = [option.code for option in options]
    texts = [option.text for option in options]
    for what, values in (("code", codes), ("text", texts)):
        for value in dict.fromkeys(v for v in values if v and values.count(v) > 1):
            message = f"two options have the {what} {quoted(value)}; change one"
            r.refuse("repeated-option", message)
    return options if all(codes) and len(set(codes)) == len(codes) else ()


def _scale(r: Record) -> tuple[AnswerOption, ...]:
    first = r.need("from", number(0, 1))
    last = r.need("to", number(first + 1, MAX_OPTIONS))
    unsure = AnswerOption(NOT_SURE, r.need("unsure", text))
    scale = range(first, last + 1) if last else ()
    numbers = tuple(AnswerOption(str(n), str(n)) for n in scale)
    # Words that stand beside some of the numbers, most often the lowest and the highest.
    named = Item("this scale", ItemType.SCALE, "", numbers, ())
    words = r.get("words", partial(by_option, item=named), ())
    told = {number: f"{number} ({text(r.file, value)})" for number, value in words}
    options = (replace(n, text=told.get(n.code, n.text)) for n in numbers)
    return (*options, unsure) if numbers else ()


_OPTIONS = {
    ItemType.SIGN: _yes_no,
    ItemType.FACT: _yes_no,
    ItemType.ONE: _one,
    ItemType.MANY: _many,
    ItemType.SCALE: _scale,
}
