"""The questions as a form to print, for people who will not use a screen.

A4, large print, black on white, one file without a script. Where a question depends on others, it
says so in words; where one answer alone calls for advice that cannot wait for the clinic, the
advice stands beside it. What answers mean together takes the program, and the form says so.
"""

import html
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from string import Template, ascii_lowercase

from tpcheck import criteria
from tpcheck.engine import Engine
from tpcheck.exchange.skips import Place, Skips, letter, quoted
from tpcheck.model import (
    NOT_SURE,
    YES,
    AnswerOption,
    Criterion,
    Disposition,
    Item,
    ItemType,
    RuleSet,
    Screen,
    Section,
)
from tpcheck.summary import unfinished
from tpcheck.wording import fill

_BOX = '<span class="box" role="img" aria-label="box to tick"></span>'
#: Shorter options than this stand in two columns.
_SHORT = 34

#: What the form itself says; all that is about health comes from the rule set.
_HOW = (
    f"Tick a box for each answer. Leave out what stands below an {quoted('Only if')} that is not"
    " so. Where a frame says what to do for your answer, stop and do it."
)
_END = (
    "If a frame told you what to do, do that. If there was more than one, the first of them in"
    " this list counts:"
)
_TOGETHER = (
    "This paper gives no result. Some answers count only together, so what you should do can be"
    " more urgent than any frame says. Read the form out, or hand it in, at the clinic: the"
    " program that these questions were written for works out the result."
)
_PRIVATE = "This one is for you alone. You need not write anything down."


def render(ruleset: RuleSet) -> str:
    """The form as an HTML page. Raises CannotExportError where paper has no words for something."""
    source = resources.files(__package__).joinpath("paper.html").read_text(encoding="utf-8")
    body = "\n".join(_Form(ruleset).body())
    # What can only be shown by some printers' fonts is left to them, as numbers.
    title = _escape(ruleset.about.title)
    page = Template(source).substitute(title=title, body=body)
    return page.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _escape(text: str) -> str:
    return html.escape(text)


def _element(tag: str, text: str, of: str = "") -> str:
    attribute = f' class="{of}"' if of else ""
    return f"<{tag}{attribute}>{_escape(text)}</{tag}>"


def _points(texts: Iterable[str]) -> str:
    return "\n".join(['<ul class="points">', *(_element("li", text) for text in texts), "</ul>"])


def _advice(name: str, action: str) -> str:
    """The advice and how to act on it, where that does not begin with the same words."""
    return action if action.startswith(name) else f"{name}. {action}".rstrip()


class _Form:
    """Writes the form of one rule set. A screen is a question; the rows of a group have letters."""

    def __init__(self, ruleset: RuleSet) -> None:
        self._ruleset = ruleset
        self._texts = ruleset.texts
        self._engine = Engine(ruleset)
        self._number = {s.screen_id: n for n, s in enumerate(ruleset.questionnaire.screens, 1)}
        self._place = {
            item.link_id: Place(self._number[screen.screen_id], row if screen.is_group else "")
            for screen in ruleset.questionnaire.screens
            for row, item in zip(ascii_lowercase, screen.items, strict=False)
        }
        self._skips = Skips(self._engine.items, self._place)

    def body(self) -> Iterator[str]:
        """The form from its heading to the line that names the rules."""
        yield from self._start()
        sections = self._ruleset.questionnaire.sections
        title = ""
        for section, after in zip(sections, (*sections[1:], None), strict=True):
            yield from self._section(section, after, headed=section.title != title)
            title = section.title
        yield from self._end()

    def _start(self) -> Iterator[str]:
        yield _element("h1", self._ruleset.about.title)
        yield f'<div class="now">{_element("p", self._texts["start.emergency"])}</div>'
        yield _element("p", self._ruleset.about.intended_purpose)
        yield _element("p", _HOW)
        yield '<p>Date: <span class="blank"></span></p>'
        yield _element("p", self._texts["start.who"], "ask")
        words = (self._texts["start.self"], self._texts["start.other"])
        yield from self._options([f"{_BOX}{_escape(text)}" for text in words])

    def _section(self, section: Section, after: Section | None, *, headed: bool) -> Iterator[str]:
        """A part; one that goes on under the same title has a line and no second heading."""
        yield "<section>"
        yield '<div class="head">'
        yield _element("h2", section.title) if headed else "<hr>"
        if section.ask_when:
            place = f"question {self._number[after.screens[0].screen_id]}" if after else "the end"
            yield self._only(section.ask_when, f" If not, go to {place}.")
        yield "</div>"
        for screen in section.screens:
            yield '<div class="question">'
            yield from self._screen(screen)
            yield "</div>"
        yield "</section>"

    def _only(self, condition: Criterion, more: str = "") -> str:
        return _element("p", f"Only if {self._skips.words(condition)}.{more}", "only")

    # --- questions ----------------------------------------------------------------------------

    def _screen(self, screen: Screen) -> Iterator[str]:
        yield _element("h3", f"{self._number[screen.screen_id]}. {screen.text}")
        own = () if screen.is_group else (screen.items[0].ask_when,)
        for condition in dict.fromkeys((screen.ask_when, *own)):
            if condition:
                yield self._only(condition)
        # What is said of an answer on a screen does not hold for one on paper.
        if screen.hint and not any(item.private for item in screen.items):
            yield _element("p", screen.hint, "hint")
        if screen.is_group:
            yield from self._rows(screen)
        elif screen.items[0].is_yes_no:
            yield from self._line(screen)
        else:
            yield from self._choice(screen.items[0])

    def _rows(self, screen: Screen) -> Iterator[str]:
        """A line for each sign, and a box for each of its answers."""
        heads = "".join(
            f'<th scope="col">{_escape(option.text)}</th>' for option in screen.items[0].options
        )
        yield f"<table><thead><tr><td></td>{heads}</tr></thead><tbody>"
        for item in screen.items:
            boxes = f"<td>{_BOX}</td>" * len(item.options)
            yield f'<tr><th scope="row">{"".join(self._row(screen, item))}</th>{boxes}</tr>'
        yield "</tbody></table>"
        yield from self._frames(screen)

    def _row(self, screen: Screen, item: Item) -> Iterator[str]:
        yield _escape(f"{self._place[item.link_id].letter}. {item.text}")
        if item.ask_when:
            yield self._only(item.ask_when)
        if item.if_asked:
            yield _element("p", item.if_asked, "hint")

    def _line(self, screen: Screen) -> Iterator[str]:
        """The three boxes of a sign or a fact that is a question of its own."""
        (item,) = screen.items
        if item.if_asked:
            yield _element("p", item.if_asked, "hint")
        boxes = (f"<span>{_BOX}{_escape(option.text)}</span>" for option in item.options)
        yield f'<p class="line">{" ".join(boxes)}</p>'
        yield from self._frames(screen)

    def _choice(self, item: Item) -> Iterator[str]:
        if item.private:
            yield _element("p", _PRIVATE, "hint")
        elif item.type is ItemType.MANY:
            text = self._texts["ask.many"]
            if item.at_most:
                text = fill(self._texts["ask.at_most"], count=item.at_most)
            # The hint of a question may say it already.
            if not item.hint.startswith(text):
                yield _element("p", text, "hint")
        if item.if_asked:
            yield _element("p", item.if_asked, "hint")
        ordinary = [option for option in item.options if not option.exclusive]
        apart = [option for option in item.options if option.exclusive]
        for of, options in (("", ordinary), (" apart", apart)):
            if options:
                yield from self._options([*self._boxes(item, options)], of)

    def _boxes(self, item: Item, options: Iterable[AnswerOption]) -> Iterator[str]:
        for option in options:
            frame = "".join(self._frame(item, option.code))
            named = letter(item, option.code)
            text = _escape(f"{named}. {option.text}" if named else option.text)
            yield f"{'' if item.private else _BOX}{text}{frame}"

    def _options(self, boxes: Sequence[str], of: str = "") -> Iterator[str]:
        short = len(boxes) > 2 and max(len(b.replace(_BOX, "")) for b in boxes) < _SHORT
        yield f'<ul class="options{of}{" two" if short else ""}">'
        yield from (f"<li>{box}</li>" for box in boxes)
        yield "</ul>"

    # --- what cannot wait ---------------------------------------------------------------------

    def _frames(self, screen: Screen) -> Iterator[str]:
        """What to do at once for the answers of a group, each advice said once."""
        at: dict[tuple[str, str], list[Item]] = {}
        for code in (YES, NOT_SURE):
            for item in screen.items:
                if advice := self._advice(item, code):
                    at.setdefault((code, advice), []).append(item)
        lines = []
        for (code, advice), items in at.items():
            answer = quoted(items[0].option(code).text)
            rows = [self._place[item.link_id].letter for item in items]
            where = "" if len(screen.items) == 1 else f" at {', '.join(rows)}"
            where = " at any line" if len(rows) == len(screen.items) > 1 else where
            lines.append(_element("p", f"{answer}{where}: {advice}"))
        if lines:
            yield "\n".join(['<div class="now">', *lines, "</div>"])

    def _frame(self, item: Item, code: str) -> Iterator[str]:
        if advice := self._advice(item, code):
            yield f'<div class="now">{_element("p", advice)}</div>'

    def _advice(self, item: Item, code: str) -> str:
        """What this answer alone calls for, where it cannot wait; of a private one, in any case."""
        shown, action = self._alone(item, code)
        if shown.urgency == 0 or (shown.shows_clinic and not item.private):
            return ""
        return _advice(shown.name, action)

    def _alone(self, item: Item, code: str) -> tuple[Disposition, str]:
        """The advice where this is the only answer, and how to act where that differs.

        A sign is never told less than its floor, as it may be asked only where it counts for more.
        """
        urgency, floor = 0, item.floor if code in (YES, NOT_SURE) else ""
        if floor:
            of = self._engine.urgency if code == YES else self._engine.unsure_urgency
            urgency = of[floor]
        action = ""
        for rule in self._ruleset.rules:
            answers = {item.link_id: (code,)}
            met, possible = criteria.rule_levels(rule, answers, self._engine.rules)
            if met and self._engine.urgency[met.disposition] >= urgency:
                urgency, action = self._engine.urgency[met.disposition], met.action
            if possible and self._engine.unsure_urgency[possible.disposition] > urgency:
                urgency, action = self._engine.unsure_urgency[possible.disposition], ""
        return self._engine.by_urgency[urgency], action

    # --- the end ------------------------------------------------------------------------------

    def _end(self) -> Iterator[str]:
        texts, clinic = self._texts, self._ruleset.clinic
        urgent = [d for d in reversed(self._engine.by_urgency) if not d.shows_clinic]
        yield "<section>"
        yield _element("h2", "When you have answered")
        yield _element("p", _END)
        yield _points(_advice(d.name, d.action) for d in urgent)
        yield _element("p", _TOGETHER)
        yield _element("h3", texts["safety_net.title"])
        yield _element("p", texts["safety_net.worried"])
        yield _element("p", texts["safety_net.text"])
        yield _points(self._ruleset.lists["safety_net.points"])
        yield _element("h3", texts["result.clinic"])
        yield _points(f"{branch.name}: {branch.phone}" for branch in clinic.branches)
        yield '<div class="about">'
        for block in unfinished(self._ruleset).blocks:
            if block.block_id == "about":
                yield from (_element("p", text) for text in block.paragraphs)
        yield "</div>"
        yield "</section>"
