"""What a screen says: every word, every key, in one voice. Both ways of asking draw this."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from tpcheck.asking import DescribeCard
from tpcheck.asking.options import Option, options_of
from tpcheck.model import NO, NOT_SURE, YES, Answer, Item, ItemType, RuleSet
from tpcheck.render import bodymap
from tpcheck.session import (
    NONE_OF_THESE,
    ONESELF,
    OTHER,
    SOME_OF_THESE,
    START,
    Ask,
    Asking,
    Card,
    Entry,
    Group,
    Marks,
    Place,
    Review,
    Rows,
    Shown,
    Start,
)
from tpcheck.wording import fill


class Voice(StrEnum):
    """Who reads the screen: the patient, or staff who read it out."""

    PATIENT = "patient"
    STAFF = "staff"


class Kind(StrEnum):
    """What is done on a screen."""

    CHOOSE = "choose"
    TICK = "tick"
    ROWS = "rows"
    READ = "read"
    REVIEW = "review"
    STOP = "stop"
    TEXT = "text"


#: The codes of the options that are no answers.
READ = "read"
CONFIRM = "confirm"
STAY = "stay"


@dataclass(frozen=True, slots=True)
class Row:
    """A line with its own answer: a sign, or under review (with its key) a step."""

    name: str
    text: str
    key: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """A screen in words.

    `name` is what the chosen option is marked under. `how` says which keys to press and
    `how_typed` what to type on a line; `commands` are what can be done besides answering, by name;
    `tags` are the short words for the answers to rows. `alert` is to be read before anything else,
    `prompt` stands right above the options. A warning is never answered by
    keys that were typed before it was shown. For staff, `header` is always in sight, `remarks`
    stand below the answers, `asked` is what to say when the caller asks, and `inline` options
    share a line where they fit.
    """

    step_id: str
    kind: Kind
    heading: str
    options: tuple[Option, ...]
    how: str
    how_typed: str
    name: str = ""
    progress: tuple[str, ...] = ()
    reminder: str = ""
    hint: str = ""
    alert: str = ""
    lines: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    prompt: str = ""
    rows: tuple[Row, ...] = ()
    tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    commands: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    why: str = ""
    marked: Marks = field(default_factory=lambda: MappingProxyType({}))
    at_most: int = 0
    is_warning: bool = False
    map_keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    header: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    asked: str = ""
    inline: bool = False

    @property
    def exclusive(self) -> Option | None:
        """The last option that stands alone, such as "none of these"."""
        return next((o for o in reversed(self.options) if o.exclusive), None)


# What can be done on every question.
_ASKING = ("previous", "check", "why")


class Viewer:
    """Puts the screens of one rule set into words. Pure."""

    def __init__(
        self, ruleset: RuleSet, describe_card: DescribeCard, voice: Voice = Voice.PATIENT
    ) -> None:
        self.texts = ruleset.texts
        self._lists = ruleset.lists
        self._describe_card = describe_card
        self._voice = voice

    def view(self, shown: Shown, *, for_other: bool = False) -> View:
        """`shown` in words. Raises TypeError for the end, which has no screen."""
        match shown:
            case Start():
                return self._start(shown)
            case Ask():
                return self._ask(shown, for_other)
            case Group():
                return self._group(shown, for_other)
            case Rows():
                return self._rows(shown, for_other)
            case Card():
                return self._card(shown)
            case Review():
                return self._review(shown)
            case _:
                raise TypeError("the end of the interview is no screen")

    def stop(self) -> View:
        """The question whether to stop now."""
        texts = self.texts
        return View(
            step_id=":stop",
            kind=Kind.STOP,
            name=":stop",
            heading=texts["stop.title"],
            lines=(texts["stop.text"],),
            options=(
                Option(("y",), texts["stop.confirm"], CONFIRM),
                Option(("p",), texts["stop.stay"], STAY),
            ),
            how=texts["keys.stop"],
            how_typed=texts["keys.stop_typed"],
        )

    # --- screens ------------------------------------------------------------------------------

    def _start(self, shown: Start) -> View:
        texts = self.texts
        return View(
            step_id=shown.step_id,
            kind=Kind.CHOOSE,
            name=START,
            heading=texts["start.title"],
            alert=texts["start.emergency"],
            lines=(*self._lists["start.points"], *self._lists["start.keys"]),
            prompt=texts["start.who"],
            options=(
                Option(("1",), texts["start.self"], ONESELF),
                Option(("2",), texts["start.other"], OTHER),
            ),
            how=texts["keys.choose"],
            how_typed=texts["keys.choose_typed"],
            commands=self._commands("quit"),
            marked=shown.marked,
        )

    def _ask(self, shown: Ask, for_other: bool) -> View:
        item, texts = shown.item, self.texts
        how = self._how(item)
        keys = bodymap.known(item.codes) if item.body_map else ()
        options = options_of(item)
        return View(
            step_id=shown.step_id,
            kind=Kind.TICK if item.type is ItemType.MANY else Kind.CHOOSE,
            name=item.link_id,
            heading=self._said(item.reword, "") if shown.again else self._said(item.text, item.say),
            hint=self._hint(item, shown),
            lines=(texts["ask.again"],) if shown.again else (),
            options=options,
            how=texts[how],
            how_typed=texts[f"{how}_typed"],
            progress=self._progress(shown.place),
            reminder=texts["ask.for_other"] if for_other else "",
            commands=self._commands(*_ASKING, *(("body",) if keys else ()), "quit"),
            why=self._why(item.why or shown.screen.why),
            asked=self._if_asked(item),
            marked=shown.marked,
            at_most=item.at_most,
            is_warning=item.type is ItemType.SIGN,
            map_keys={o.code: o.key for o in options if o.code in keys},
        )

    def _group(self, shown: Group, for_other: bool) -> View:
        texts, asked = self.texts, shown.screen
        return View(
            step_id=shown.step_id,
            kind=Kind.CHOOSE,
            name=asked.screen_id,
            heading=self._said(asked.text, asked.say),
            hint=asked.hint,
            signs=tuple(self._said_row(item) for item in shown.items),
            options=(
                Option(("y", "1", "u"), asked.some_text or texts["ask.some"], SOME_OF_THESE),
                Option(("n", "2", "0"), asked.none_text or texts["ask.none"], NONE_OF_THESE),
            ),
            how=texts["keys.group"],
            how_typed=texts["keys.group_typed"],
            progress=self._progress(shown.place),
            reminder=texts["ask.for_other"] if for_other else "",
            commands=self._commands(*_ASKING, "quit"),
            why=self._why(asked.why),
            asked=self._if_asked(*shown.items),
            marked=shown.marked,
            is_warning=_warns(shown.items),
        )

    def _rows(self, shown: Rows, for_other: bool) -> View:
        texts, asked = self.texts, shown.screen
        return View(
            step_id=shown.step_id,
            kind=Kind.ROWS,
            heading=self._said(asked.text, asked.say),
            hint="" if shown.again else asked.hint,
            lines=(texts["ask.again"],) if shown.again else (),
            rows=tuple(
                Row(item.link_id, item.reword if shown.again else self._said_row(item))
                for item in shown.items
            ),
            tags={
                YES: texts["row.yes"],
                NO: texts["row.no"],
                NOT_SURE: texts["row.not_sure"],
                "": texts["row.open"],
            },
            options=options_of(shown.items[0]),
            how=texts["keys.rows"],
            how_typed=texts["keys.yes_no_typed"],
            progress=self._progress(shown.place),
            reminder=texts["ask.for_other"] if for_other else "",
            commands=self._commands(*_ASKING, "quit"),
            why=self._why(asked.why),
            asked=self._if_asked(*shown.items),
            marked=shown.marked,
            is_warning=_warns(shown.items),
        )

    def _card(self, shown: Card) -> View:
        heading, lines = self._describe_card(shown.assessment)
        texts = self.texts
        return View(
            step_id=shown.step_id,
            kind=Kind.READ,
            heading=heading,
            lines=tuple(lines),
            options=(Option(("y",), texts["card.read"], READ),),
            how=texts["keys.card"],
            how_typed=texts["keys.card_typed"],
            commands=self._commands("previous", "quit"),
            is_warning=True,
        )

    def _review(self, shown: Review) -> View:
        texts = self.texts
        return View(
            step_id=shown.step_id,
            kind=Kind.REVIEW,
            heading=texts["review.title"],
            lines=(texts["review.text"],),
            rows=tuple(self._entry(n, entry) for n, entry in enumerate(shown.entries, 1)),
            options=(Option(("y",), texts["review.confirm"], CONFIRM),),
            how=texts["keys.review"],
            how_typed=texts["keys.review_typed"],
            commands=self._commands("previous", "quit"),
        )

    def _entry(self, number: int, entry: Entry) -> Row:
        first = entry.items[0]
        if entry.whole:
            text = entry.screen.short or entry.screen.text
            details = [entry.screen.none_text or self.texts["review.whole"]]
        elif entry.screen.is_group:
            text = entry.screen.short or entry.screen.text
            details = [
                f"{item.short or item.text}: {self.answer(item, entry.answers[item.link_id])}"
                for item in entry.items
            ]
        else:
            text = first.short or first.text
            details = [self.answer(first, entry.answers[first.link_id])]
        return Row(entry.step_id, text, str(number), tuple(details))

    # --- words --------------------------------------------------------------------------------

    def answer(self, item: Item, answer: Answer) -> str:
        """An answer in words."""
        return "; ".join(item.option(code).text for code in answer)

    def error(self, name: str, /, **values: str | int) -> str:
        """What went wrong on a screen, and what to do."""
        return fill(self.texts[f"error.{name}"], **values)

    def _progress(self, place: Place) -> tuple[str, ...]:
        return (
            fill(self.texts["ask.part"], part=place.part, parts=place.parts, title=place.title),
            fill(self.texts["ask.number"], number=place.number),
        )

    def _commands(self, *names: str) -> dict[str, str]:
        return {name: self.texts[f"keys.{name}"] for name in names}

    def _said(self, text: str, say: str) -> str:
        if self._voice is Voice.STAFF:
            return fill(self.texts["staff.say"], text=say or text)
        return text

    def _said_row(self, item: Item) -> str:
        return item.say or item.text if self._voice is Voice.STAFF else item.text

    def _why(self, why: str) -> str:
        return why or self.texts["ask.no_why"]

    def _if_asked(self, *items: Item) -> str:
        """What staff say when the caller does not understand."""
        asked = [item.if_asked or item.reword for item in items]
        said = " / ".join(text for text in asked if text)
        if not said or self._voice is not Voice.STAFF:
            return ""
        return fill(self.texts["staff.if_asked"], text=said)

    def _hint(self, item: Item, shown: Asking) -> str:
        # What is said of all lines of a group is not said of one that is asked again.
        alone = isinstance(shown, Ask) and shown.again and shown.screen.is_group
        parts = [item.hint if item.hint or alone else shown.screen.hint]
        if item.type is ItemType.MANY:
            limit = "at_most" if item.at_most else "many"
            parts.append(fill(self.texts[f"ask.{limit}"], count=item.at_most))
        return " ".join(dict.fromkeys(part for part in parts if part))

    def _how(self, item: Item) -> str:
        if item.is_yes_no:
            return "keys.yes_no"
        return {ItemType.MANY: "keys.many", ItemType.SCALE: "keys.scale"}.get(
            item.type, "keys.choose"
        )


def _warns(items: tuple[Item, ...]) -> bool:
    return any(item.type is ItemType.SIGN for item in items)
