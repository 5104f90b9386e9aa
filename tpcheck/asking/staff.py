"""What screens say to staff on the phone: the same questions, with the words to read out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tpcheck import summary
from tpcheck.asking import Heading
from tpcheck.asking.options import Option
from tpcheck.asking.view import CONFIRM, READ, STAY, Kind, Row, View, Viewer, Voice
from tpcheck.engine import Engine
from tpcheck.model import (
    NO,
    NOT_SURE,
    YES,
    Answers,
    Assessment,
    BlockKind,
    Disposition,
    Item,
    ItemType,
    Screen,
)
from tpcheck.note import clock_time
from tpcheck.session import OTHER, Line, Review, Shown, Start
from tpcheck.triage import Call, decisive, denied_signs
from tpcheck.wording import fill

#: The steps of a call that follow the questions.
BACK = ":back"
ADVICE = ":advice"
#: What lies over a question: the list of questions, and that of more urgent advice.
GO = ":go"
RAISE = ":raise"

#: The key that takes no letter or number.
ENTER = "enter"
#: More keys for an answer: who would not say counts as not sure; one key for the ten of a scale.
_WOULD_NOT_SAY = "w"
_TEN = "t"

# Blocks of a result that belong to what the caller is told; the others answer questions.
_TOLD = ("said", "calling", "also", "step_up", "precautions", "support", "safety_net")
_PATTERNS = ("areas", "kind", "conditions", "notes")


@dataclass(frozen=True, slots=True)
class Offer:
    """What is left to ask: nothing that can change the advice `settled`, or question `number`."""

    number: int = 0
    step_id: str = ""
    settled: str = ""


class StaffViewer(Viewer):
    """Puts the screens of a call into words. Pure."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine.ruleset, _no_card, Voice.STAFF)
        self._engine = engine
        self._ruleset = engine.ruleset

    # --- the questions ------------------------------------------------------------------------

    def view(self, shown: Shown, *, for_other: bool = False) -> View:
        """`shown` in words for staff. The card and the end are `advice`."""
        view = super().view(shown, for_other=for_other)
        match shown:
            case Start():
                return self._begin(view)
            case Review():
                view = replace(
                    view,
                    options=(Option((ENTER,), self.texts["review.confirm"], CONFIRM),),
                    how=self.texts["triage.keys_review"],
                )
                return replace(view, commands=self._does("previous", "raise", "quit"))
            case _:
                return self._question(view)

    def _begin(self, view: View) -> View:
        texts = self.texts
        caller = {OTHER: texts["triage.start_other"]}
        return replace(
            view,
            heading=texts["triage.start_title"],
            alert="",
            lines=(self.say(texts["triage.start_say"]),),
            prompt="",
            options=tuple(
                replace(o, text=caller.get(o.code, texts["triage.start_self"]))
                for o in view.options
            ),
            how=texts["triage.keys_one"],
            commands=self._does("quit"),
        )

    def _question(self, view: View) -> View:
        commands = ["previous", "check", "why", "comment", "goto", "volunteered"]
        commands += ["body"] if view.map_keys else []
        return replace(
            view,
            options=tuple(map(_with_staff_keys, view.options)),
            how=self.texts[f"triage.{_keys(view)}"],
            reminder=self.texts["triage.for_other"] if view.reminder else "",
            commands=self._does(*commands, "raise", "quit"),
            inline=True,
        )

    def stop(self) -> View:
        """The question whether to end the call."""
        texts = self.texts
        return replace(
            super().stop(),
            heading=texts["triage.stop_title"],
            lines=(texts["triage.stop_text"],),
            options=(
                Option(("y",), texts["triage.stop_confirm"], CONFIRM),
                Option(("p",), texts["triage.stop_stay"], STAY),
            ),
        )

    # --- before the end -----------------------------------------------------------------------

    def back(self, answers: Answers, *, urgent: bool) -> View:
        """The read-back: what the advice rests on, or the signs that were denied."""
        texts = self.texts
        items = self._engine.items
        if urgent:
            told = [items[k] for k in decisive(self._engine, answers) if not items[k].private]
            words = "; ".join(self._answered(item, answers) for item in told)
            text = fill(texts["triage.back_yes"], answers=words) if words else ""
        else:
            words = "; ".join(map(self._name, map(items.__getitem__, self._denied(answers))))
            text = fill(texts["triage.back_no"], signs=words) if words else ""
        return View(
            step_id=BACK,
            kind=Kind.READ,
            heading=texts["triage.back_title"],
            lines=(self.say(text or texts["triage.back_plain"]),),
            options=(Option((ENTER,), texts["triage.back_right"], CONFIRM),),
            how=texts["triage.keys_back"],
            how_typed=texts["triage.keys_back"],
            commands=self._does("previous", "check", "goto", "raise", "quit"),
            is_warning=True,
        )

    def advice(self, told: Disposition, found: Assessment, call: Call) -> View:
        """The advice to read out. What ends the questions is a card with a code to type.

        `found` is what the rules came to; `told` is more urgent where staff raised it.
        """
        texts = self.texts
        is_card = told.ends_questions
        is_recorded = any(advice.disposition == told.code for advice in call.advice)
        if call.raised:
            action, *blocks = summary.raised(self._engine, found, told)
        else:
            action, *blocks = summary.summarize(self._engine, found).blocks
        lines = [*map(self.say, self._actions(told, action.paragraphs))]
        if is_card:
            lines.append(self.say(texts["triage.where"]))
        if call.raised and not call.disposition and not is_card:
            lines.append(texts["triage.raised_early"])
        for block in blocks:
            if block.block_id in (_TOLD[:1] if is_card else _TOLD):
                lines += [Heading(block.heading), *block.paragraphs]
                lines += (f"- {bullet}" for bullet in block.bullets)
        key = texts["triage.code"] if is_card and not is_recorded else ENTER
        how = "recorded" if is_recorded else "code" if is_card else "told"
        keys = texts[f"triage.keys_{how}"]
        done = texts["triage.code_done" if is_recorded else "triage.told"]
        return View(
            step_id=ADVICE,
            kind=Kind.READ,
            heading=told.heading,
            lines=tuple(filter(None, lines)),
            options=(Option((key,), done, READ),),
            how=fill(keys, code=key) if how == "code" else keys,
            how_typed=keys,
            commands=self._advice_commands(told, is_recorded=is_recorded),
            why=self._behind(found, call),
            is_warning=True,
        )

    def _actions(self, told: Disposition, actions: Sequence[str]) -> list[str]:
        """What to do, in words to read out: the ways of acting of the rules among them.

        In an emergency the usual words are never left out: staff can call for the caller.
        """
        usual = told.say or told.action
        said = [usual if action == told.action else action for action in actions]
        if usual not in said:
            said.append(usual if told.emergency else self.texts["triage.no_diagnosis"])
        return said

    def _advice_commands(self, told: Disposition, *, is_recorded: bool) -> dict[str, str]:
        if told.ends_questions and not is_recorded:
            return self._does("previous")
        if told.ends_questions:
            return self._does("previous", "quit")
        return self._does("previous", "why", "raise", "quit")

    def _behind(self, found: Assessment, call: Call) -> str:
        """What the answers are like and which rules counted, for a caller who asks.

        Where staff raised the advice, only the rules: what it was before may have shown patterns.
        """
        wanted = ("explain",) if call.raised else (*_PATTERNS, "explain")
        blocks = summary.summarize(self._engine, found, explain=True).blocks
        told = [
            " ".join([f"{block.heading}:", *block.paragraphs, *block.bullets])
            for block in blocks
            if block.block_id in wanted and block.kind is not BlockKind.SMALL
        ]
        if call.finished_early and self._ruleset.disposition(found.disposition).shows_patterns:
            told.insert(0, self.texts["triage.patterns_not_asked"])
        return " ".join(told) or self.texts["triage.no_patterns"]

    # --- smaller screens ----------------------------------------------------------------------

    def comment(self) -> View:
        """Where a comment is typed."""
        return self._typing("triage.comment_title", self.texts["triage.comment_hint"])

    def reason(self, told: Disposition) -> View:
        """Where staff say why they raise the advice."""
        view = self._typing("triage.raise_title", self.texts["triage.comment_hint"])
        return replace(view, heading=fill(self.texts["triage.raise_reason"], advice=told.name))

    def _typing(self, title: str, hint: str) -> View:
        keys = self.texts["triage.keys_text"]
        return View(":text", Kind.TEXT, self.texts[title], (), keys, keys, hint=hint)

    def raising(self, choices: Sequence[Disposition]) -> View:
        """The list of what the advice can be raised to."""
        options = (
            Option((str(number),), told.name, told.code) for number, told in enumerate(choices, 1)
        )
        title = self.texts["triage.raise_title"]
        how, typed = self.texts["triage.keys_choose"], self.texts["triage.keys_go"]
        return View(RAISE, Kind.STOP, title, (*options,), how, typed)

    def going(self, lines: Sequence[Line], answers: Answers) -> View:
        """The list of the questions on the path."""
        keys = self.texts["triage.keys_go"]
        rows = tuple(
            Row(line.step_id, self.title(line.screen), str(number), (self._state(line, answers),))
            for number, line in enumerate(lines, 1)
        )
        title = self.texts["triage.go_title"]
        return View(GO, Kind.REVIEW, title, (), keys, keys, rows=rows)

    def _state(self, line: Line, answers: Answers) -> str:
        if not line.done:
            return self.texts["triage.go_open"]
        told = [item for item in line.items if item.link_id in answers and not item.private]
        if line.whole and all(answers[item.link_id] == (NO,) for item in told):
            return line.screen.none_text or self.texts["ask.none"]
        return "; ".join(self._answered(item, answers) for item in told)

    # --- always in sight ----------------------------------------------------------------------

    def header(self, call: Call, answers: Answers, urgency: int) -> tuple[str, ...]:
        """The reference, the warning signs so far, and the advice that was read out."""
        texts = self.texts
        first = [fill(texts["triage.call"], reference=call.reference)]
        for advice in call.advice:
            name = self._ruleset.disposition(advice.disposition).name
            first.append(fill(texts["triage.read_out"], advice=name, time=clock_time(advice.at)))
        if call.raised:
            name = self._ruleset.disposition(call.raised).name
            first.append(fill(texts["triage.raised"], advice=name))
        elif urgency:
            name = self._engine.by_urgency[urgency].name
            first.append(fill(texts["triage.so_far"], advice=name))
        lines = ["  |  ".join(first)]
        for key, answer in (("signs", YES), ("unsure", NOT_SURE)):
            if signs := self._signs(answers, answer):
                lines.append(fill(texts[f"triage.{key}"], signs="; ".join(signs)))
        return tuple(lines)

    def framed(self, view: View, call: Call, screen: Screen | None, offer: Offer | None) -> View:
        """A question with what staff noted there, and whether they can finish."""
        if screen is None:
            return view
        texts = self.texts
        lines: list[str] = []
        if comment := call.comments.get(screen.screen_id):
            lines.append(fill(texts["triage.commented"], comment=comment))
        if screen.screen_id in call.volunteered:
            lines.append(texts["triage.volunteered"])
        if offer and offer.settled:
            name = self._ruleset.disposition(offer.settled).name
            lines.append(fill(texts["triage.settled"], advice=name))
        elif offer:
            lines.append(fill(texts["triage.deciding"], number=offer.number))
        finish = self._does("finish") if offer else {}
        return replace(view, remarks=tuple(lines), commands={**finish, **view.commands})

    def note_error(self, name: str, /, **values: str | int) -> str:
        """What went wrong on a screen that only staff have."""
        return fill(self.texts[f"triage.{name}"], **values)

    # --- words --------------------------------------------------------------------------------

    def say(self, text: str) -> str:
        """Words to read out."""
        return fill(self.texts["staff.say"], text=text)

    def title(self, screen: Screen) -> str:
        """A screen in a few words."""
        return (screen.short or screen.text) if screen.is_group else self._name(screen.items[0])

    def _name(self, item: Item) -> str:
        return (item.short or item.text).rstrip(".")

    def _answered(self, item: Item, answers: Answers) -> str:
        answer = answers[item.link_id]
        if NOT_SURE in answer:
            return fill(self.texts["result.not_sure"], answer=self._name(item)).rstrip(".")
        return summary.said(item, answer).rstrip(".")

    def _denied(self, answers: Answers) -> tuple[str, ...]:
        return denied_signs(self._engine, answers)

    def _signs(self, answers: Answers, answer: str) -> list[str]:
        """The signs with this answer that call for more than the least urgent advice."""
        return [
            self._name(item)
            for link_id, item in self._engine.items.items()
            if item.type is ItemType.SIGN
            and answer in answers.get(link_id, ())
            and self._engine.urgency.get(item.floor, 0) > 0
        ]

    def _does(self, *names: str) -> dict[str, str]:
        own = {
            "check": "triage.keys_check",
            "why": "triage.keys_asked",
            "comment": "triage.keys_comment",
            "goto": "triage.keys_goto",
            "volunteered": "triage.keys_volunteered",
            "finish": "triage.keys_finish",
            "raise": "triage.keys_raise",
            "quit": "triage.keys_quit",
        }
        return {name: self.texts[own.get(name, f"keys.{name}")] for name in names}


def _no_card(_: Assessment) -> tuple[str, Sequence[str]]:
    raise TypeError("staff read advice out: use advice()")


def _with_staff_keys(option: Option) -> Option:
    more = (_WOULD_NOT_SAY,) if "u" in option.keys else (_TEN,) if option.key == "10" else ()
    return replace(option, keys=(*option.keys, *more))


def _keys(view: View) -> str:
    """The name of the text that says what to press."""
    if view.kind is Kind.ROWS:
        return "keys_warning_rows" if view.is_warning else "keys_rows"
    if view.is_warning:
        return "keys_warning"
    if view.kind is Kind.TICK:
        return "keys_many"
    if any(_TEN in option.keys for option in view.options):
        return "keys_scale"
    return "keys_yes_no" if any("n" in option.keys for option in view.options) else "keys_one"
