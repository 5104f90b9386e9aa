"""Where the person says it is: the marks for a drawing of the body, and their words.

Which questions ask for places stands in the rule set; no place is known here.
"""

from collections.abc import Iterator
from types import MappingProxyType

from tpcheck.engine import Engine
from tpcheck.model import (
    LEFT,
    RIGHT,
    Answers,
    BodyMap,
    Mark,
    MarkKind,
    Patterns,
)
from tpcheck.wording import fill


def body_map(engine: Engine, answers: Answers) -> BodyMap | None:
    """What to mark on a drawing of the body; none where the person named no place.

    The side is asked of the main place alone, so a mark elsewhere has none.
    """
    marks = tuple(dict.fromkeys(_Marker(engine, answers).marks()))
    if not marks:
        return None
    texts = engine.ruleset.texts
    kinds = {mark.kind for mark in marks}
    one_side = any(mark.side for mark in marks) and not all(mark.side for mark in marks)
    return BodyMap(
        marks=marks,
        legend=MappingProxyType({k: texts[f"map.{k}"] for k in MarkKind if k in kinds}),
        captions=MappingProxyType(
            {name: texts[f"map.{name}"] for name in ("front", "back", "left", "right")}
        ),
        note=texts["map.one_side"] if one_side else "",
    )


class _Marker:
    """Finds the places in one set of answers."""

    def __init__(self, engine: Engine, answers: Answers) -> None:
        self._engine = engine
        self._answers = answers
        self._patterns: Patterns = engine.ruleset.patterns
        self._region_of = {
            option.code: region
            for region, link_id in self._patterns.main.items()
            for option in engine.items[link_id].options
            if not option.exclusive
        }

    def marks(self) -> Iterator[Mark]:
        """The main place, where it is felt too, then the sore spots; each place once a kind."""
        answer = self._answers.get(self._patterns.main_item, ())
        region = next((code for code in answer if code in self._patterns.main), "")
        if not region:
            return
        main_item = self._patterns.main[region]
        main = [(main_item, code) for code in self._chosen(main_item)]
        others = [
            (link_id, code)
            for link_id in (*self._patterns.pain_items, *self._patterns.spread_items)
            if link_id != main_item
            for code in self._chosen(link_id)
        ]
        sore = [(link, code) for link in self._patterns.sore_items for code in self._chosen(link)]
        # Who has a sore spot and no pain shows where with the spot itself.
        if not main and not sore:
            main = [(self._patterns.main_item, region)]
        taken: set[str] = set()
        for kind, places in (
            (MarkKind.MAIN, main),
            (MarkKind.ALSO, others),
            (MarkKind.SORE, sore),
        ):
            if kind is MarkKind.SORE:
                taken.clear()  # a spot can be sore where the pain is
            for link_id, code in places:
                if code not in taken:
                    taken.add(code)
                    yield self._mark(kind, link_id, code, region)

    def _chosen(self, link_id: str) -> Iterator[str]:
        item = self._engine.items[link_id]
        chosen = self._answers.get(link_id, ())
        return (code for code in chosen if not (item.private or item.option(code).exclusive))

    def _mark(self, kind: MarkKind, link_id: str, code: str, main: str) -> Mark:
        text = self._engine.items[link_id].option(code).text
        side = ""
        asked = self._patterns.side_item
        if kind is MarkKind.MAIN and (answer := self._answers.get(asked)):
            side = answer[0] if answer[0] in (LEFT, RIGHT) else ""
            named = self._engine.items[asked].option(answer[0]).text
            template = self._engine.ruleset.texts["map.place"]
            text = fill(template, place=text, side=named[:1].lower() + named[1:])
        return Mark(kind, code, self._region_of.get(code, main), text, side)
