"""The sections `areas`, `conditions`, `kinds` and `notes`: what the answers resemble."""

from functools import partial

from tpcheck.loading.criterion import by_option, criterion
from tpcheck.loading.fields import Record, each, flag, new, ref, text
from tpcheck.loading.file import File, Named
from tpcheck.model import (
    LEFT,
    RIGHT,
    Area,
    AreaRow,
    Condition,
    ItemType,
    Kind,
    KindRow,
    Note,
    Patterns,
)
from tpcheck.reader import Node, quoted

_zones = each(ref(Named.ZONE), least=1)


def areas(file: File, node: Node) -> Patterns:
    """Where it hurts and which areas that names; the other sections are added by the caller."""
    with Record(file, node, "'areas'") as r:
        main_item = r.need("main_item", ref(Named.ITEM))
        pain = r.need("pain", each(_place))
        sore = r.need("sore", each(_place))
        spread = r.need("spread", each(_place))
        for item in (*pain, *sore, *spread):
            if item in file.items:
                options = file.items[item].options
                file.know(Named.ZONE, (o.code for o in options if not o.exclusive))
        main = r.need("main", partial(by_option, item=file.items.get(main_item)))
        return Patterns(
            main_item=main_item,
            main={option: _place(file, item) for option, item in main},
            pain_items=pain,
            sore_items=sore,
            spread_items=spread,
            spread_counts=r.need("spread_counts", criterion),
            side_item=r.get("side", _side, ""),
            areas=r.need("list", each(_area)),
            conditions=(),
            kinds=(),
            notes=(),
        )


def _place(file: File, node: Node) -> str:
    """The id of an item whose options are places."""
    name = ref(Named.ITEM)(file, node)
    item = file.items.get(name)
    if item and item.type not in (ItemType.ONE, ItemType.MANY):
        message = f"{quoted(name)} has no places to choose from; name an item with options"
        file.refuse(node, "no-places", message)
        return ""
    return name


def _side(file: File, node: Node) -> str:
    """The id of the item that asks for the side of the main place."""
    name = ref(Named.ITEM)(file, node)
    item = file.items.get(name)
    if item and not {LEFT, RIGHT}.issubset(item.codes):
        message = f"{quoted(name)} does not ask for a side; its options need '{LEFT}' and '{RIGHT}'"
        file.refuse(node, "no-sides", message)
    return name


def _area(file: File, node: Node) -> Area:
    with Record(file, node, "an area") as r:
        return Area(
            area_id=r.need("id", new(Named.AREA)),
            name=r.need("name", text),
            text=r.need("text", text),
            rows=r.need("from", each(_area_row, least=1)),
            on_leaflet=r.get("on_leaflet", flag, True),
            use=r.get("use", flag, True),
            if_off=r.get("if_off", ref(Named.AREA), ""),
            always_when=r.get("always_when", criterion, None),
            decision=r.get("decision", text, ""),
            where=r.where,
        )


def _area_row(file: File, node: Node) -> AreaRow:
    with Record(file, node, "a row of an area") as r:
        return AreaRow(
            zones=r.need("zones", _zones),
            second=r.get("second", each(ref(Named.AREA), least=1), ()),
            own=r.get("own", flag, True),
        )


def condition(file: File, node: Node) -> Condition:
    """A condition that the clinic often sees."""
    with Record(file, node, "a condition") as r:
        return Condition(
            condition_id=r.need("id", new(Named.CONDITION)),
            name=r.need("name", text),
            text=r.need("text", text),
            pain_in=r.need("pain_in", each(_zones, least=1)),
            unless=r.get("unless", criterion, None),
            where=r.where,
        )


def kind(file: File, node: Node) -> Kind:
    """What a sore spot is like."""
    with Record(file, node, "a kind") as r:
        found = Kind(
            kind_id=r.need("id", new(Named.KIND)),
            name=r.need("name", text),
            text=r.need("text", text),
            soft_text=r.get("soft_text", text, ""),
            rows=r.need("rows", each(_kind_row)),
            where=r.where,
        )
        if any(row.softened for row in found.rows) and not found.soft_text:
            message = "a row of this kind is 'softened'; add the 'soft_text' that it shows"
            r.refuse("missing-field", message)
    return found


def _kind_row(file: File, node: Node) -> KindRow:
    with Record(file, node, "a row of a kind") as r:
        return KindRow(r.need("when", criterion), r.get("softened", flag, False))


def note(file: File, node: Node) -> Note:
    """Something else that can feel the same."""
    with Record(file, node, "a note") as r:
        found = Note(
            note_id=r.need("id", new(Named.NOTE)),
            text=r.need("text", text),
            zones=r.get("zones", _zones, ()),
            when=r.get("when", criterion, None),
            support=r.get("support", flag, False),
            source=r.need("source", text),
            where=r.where,
        )
        if not (found.when or (found.zones and not found.support)):
            what = "a 'when'" if found.support else "'zones' or a 'when'"
            r.refuse("note-never", f"this note would never be shown; add {what}")
    return found
