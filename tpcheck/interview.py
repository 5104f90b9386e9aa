"""The interview: which screen comes now, and what a reply does to it.

Pure. A session is its answers and a few marks of where the person is; every screen is a replay of
those. Answers that fall off the path are remembered, so that nothing has to be given twice, and
only what is on the path is ever reported.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType

from tpcheck.engine import Engine, Path, all_no, fault
from tpcheck.model import NO, NOT_SURE, Answer, Answers, Item, Screen
from tpcheck.session import (
    NONE_OF_THESE,
    ONESELF,
    OTHER,
    SOME_OF_THESE,
    START,
    Ask,
    Asking,
    Card,
    Done,
    Entry,
    Group,
    Line,
    Marks,
    Place,
    Review,
    Rows,
    Session,
    Shown,
    Start,
)

_UNMARKED: Marks = MappingProxyType({})

# --- the steps --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Step:
    """One screen to answer, and whether it is."""

    step_id: str
    screen: Screen
    items: tuple[Item, ...]
    done: bool
    is_group: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class _State:
    """A session with the path and the steps that its answers lead to."""

    path: Path
    steps: tuple[_Step, ...]

    @property
    def first_open(self) -> _Step | None:
        return next((step for step in self.steps if not step.done), None)

    def index(self, step_id: str) -> int:
        for index, step in enumerate(self.steps):
            if step.step_id == step_id:
                return index
        return -1


def _replay(engine: Engine, session: Session) -> _State:
    path = engine.path(session.answers)
    on_path = frozenset(path.items)
    steps: list[_Step] = []
    for screen in path.screens:
        items = tuple(item for item in screen.items if item.link_id in on_path)
        answered = all(item.link_id in path.answers for item in items)
        settled = answered or path.ended
        if screen.is_group and not screen.each and len(items) > 1:
            opened = _is_opened(session, screen, items)
            steps.append(_Step(screen.screen_id, screen, items, opened or settled, is_group=True))
            if opened:
                steps.append(_Step(f"{screen.screen_id}:rows", screen, items, settled))
        else:
            steps.append(_Step(screen.screen_id, screen, items, settled))
        again = _again(engine, session, items)
        if again and answered:
            done = path.ended or all(item.link_id in session.asked_again for item in again)
            steps.append(_Step(f"{screen.screen_id}:again", screen, again, done, again=True))
    return _State(path, tuple(steps))


def _is_opened(session: Session, screen: Screen, items: tuple[Item, ...]) -> bool:
    # Answers that came from elsewhere open their group, or "none" would stand over a yes.
    return screen.screen_id in session.opened or any(
        session.answers.get(item.link_id, (NO,)) != (NO,) for item in items
    )


def _again(engine: Engine, session: Session, items: tuple[Item, ...]) -> tuple[Item, ...]:
    """The signs whose rewording is to be asked, or was."""
    return tuple(
        item
        for item in items
        if item.reword
        and item.floor
        and engine.ruleset.disposition(item.floor).emergency
        and (
            session.answers.get(item.link_id) == (NOT_SURE,) or item.link_id in session.asked_again
        )
    )


def _marks(session: Session, step: _Step) -> Marks:
    """What is marked when the step is shown: a draft, else the answers that it was given."""
    draft = session.drafts.get(step.step_id)
    if draft is not None:
        return draft
    if step.is_group:
        if _is_opened(session, step.screen, step.items):
            return {step.screen.screen_id: (SOME_OF_THESE,)}
        return {step.screen.screen_id: (NONE_OF_THESE,)} if step.done else _UNMARKED
    return {
        item.link_id: session.answers[item.link_id]
        for item in step.items
        if item.link_id in session.answers
        and (not step.again or item.link_id in session.asked_again)
    }


def _place(engine: Engine, state: _State, step: _Step) -> Place:
    # Sections that follow each other under one title are one part to the person.
    part, parts, title = 0, 0, ""
    before = None
    for section in engine.ruleset.questionnaire.sections:
        parts += section.title != before
        before = section.title
        if any(other is step.screen for other in section.screens):
            part, title = parts, section.title
    return Place(part, parts, title, number=state.index(step.step_id) + 1)


# --- what comes now ---------------------------------------------------------------------------


def screen(engine: Engine, session: Session) -> Shown:
    """What to show now."""
    if not session.started or session.at == START:
        who = (OTHER if session.for_other else ONESELF,)
        return Start(marked={START: who} if session.started else _UNMARKED)
    state = _replay(engine, session)
    if session.finished:
        assessment = engine.assess(session.answers)
        return Done(assessment, state.path.answers, session.for_other)
    step = _current(session, state)
    if step is not None:
        return _show(engine, session, state, step)
    if state.path.ended:
        return _card(engine, session, state)
    return Review(_entries(state))


def _current(session: Session, state: _State) -> _Step | None:
    """The step that is looked at; none when the card or the review is due."""
    if session.at:
        index = state.index(session.at)
        if index >= 0:
            return state.steps[index]
    return None if state.path.ended else state.first_open


def _show(engine: Engine, session: Session, state: _State, step: _Step) -> Asking:
    place = _place(engine, state, step)
    marks = _marks(session, step)
    if step.is_group:
        return Group(step.step_id, place, step.screen, step.items, marks)
    if _has_rows(step):
        return Rows(step.step_id, place, step.screen, step.items, marks, step.again)
    return Ask(step.step_id, place, step.screen, step.items[0], marks, step.again)


def _has_rows(step: _Step) -> bool:
    """Whether the step is shown with a row for each of its items."""
    one_again = step.again and len(step.items) == 1
    return step.screen.is_group and not step.is_group and not one_again


def _card(engine: Engine, session: Session, state: _State) -> Card:
    assessment = engine.assess(session.answers)
    ending = {
        link_id
        for finding in assessment.findings
        if engine.ruleset.disposition(finding.disposition).ends_questions
        for link_id, _ in finding.evidence
    }
    # The answer that was given last is the one that tipped it.
    cause = next(
        (
            step.step_id
            for step in reversed(state.steps)
            if not step.is_group and any(item.link_id in ending for item in step.items)
        ),
        state.steps[-1].step_id if state.steps else START,
    )
    return Card(assessment, cause)


def _entries(state: _State) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    for step in state.steps:
        opened = state.index(f"{step.screen.screen_id}:rows") >= 0
        if step.again or (step.is_group and opened):
            continue
        items = tuple(item for item in step.items if not item.private)
        if items:
            answers = {item.link_id: state.path.answers[item.link_id] for item in items}
            entries.append(Entry(step.step_id, step.screen, items, answers, whole=step.is_group))
    return tuple(entries)


def outline(engine: Engine, session: Session) -> tuple[Line, ...]:
    """Every step that the answers lead to, in order; the first has the number 1."""
    return tuple(
        Line(step.step_id, step.screen, step.items, step.done, step.is_group, step.again)
        for step in _replay(engine, session).steps
    )


# --- what is answered so far ------------------------------------------------------------------


def given(engine: Engine, session: Session, marks: Marks = _UNMARKED) -> Answers:
    """The answers on the path if the person stops now.

    A row that is marked is an answer, whether or not the other rows are; any other mark is one only
    when it has been replied.
    """
    answers = dict(session.answers)
    if session.started and session.at != START:
        step = _current(session, _replay(engine, session))
        if step is not None and _has_rows(step):
            answers.update({i.link_id: marks[i.link_id] for i in step.items if i.link_id in marks})
    return engine.path(answers).answers


# --- what a reply does ------------------------------------------------------------------------


def accepts(engine: Engine, session: Session, marks: Marks) -> bool:
    """Whether `marks` are enough to go on: every row has an answer, or the questions end here."""
    if not session.started or session.at == START:
        return bool(marks.get(START))
    state = _replay(engine, session)
    step = _current(session, state)
    return step is None or not _lack(engine, session, step, marks)


def _lack(engine: Engine, session: Session, step: _Step, marks: Marks) -> str:
    """Why `marks` do not answer the step; empty where they do."""
    if step.is_group:
        known = ((NONE_OF_THESE,), (SOME_OF_THESE,))
        return "" if marks.get(step.screen.screen_id) in known else "it takes none or some"
    items = {item.link_id: item for item in step.items}
    for link_id, answer in marks.items():
        if link_id not in items:
            return f"'{link_id}' is not asked here"
        if wrong := fault(items[link_id], answer):
            return wrong
    if all(link_id in marks for link_id in items):
        return ""
    kept = {key: value for key, value in session.answers.items() if key not in items}
    return "" if marks and engine.path({**kept, **marks}).ended else "a row has no answer"


def reply(engine: Engine, session: Session, marks: Marks = _UNMARKED) -> Session:
    """Answer the screen that is shown; on the card and the review: go on to the end.

    Raises ValueError for marks that do not answer it, see `accepts`.
    """
    if not session.started or session.at == START:
        return _begin(engine, session, marks)
    state = _replay(engine, session)
    step = _current(session, state)
    if step is None:
        return replace(session, finished=True)
    if lack := _lack(engine, session, step, marks):
        raise ValueError(f"{step.step_id}: {lack}")
    answered = _with_answers(session, step, marks)
    after = _replay(engine, answered)
    if answered.changing or after.path.ended:
        return replace(answered, at="")
    following = after.index(step.step_id) + 1
    at = after.steps[following].step_id if following < len(after.steps) else ""
    return replace(answered, at=at)


def _begin(engine: Engine, session: Session, marks: Marks) -> Session:
    who = marks.get(START)
    if who not in ((ONESELF,), (OTHER,)):
        raise ValueError(f"{START}: it takes {ONESELF} or {OTHER}")
    steps = _replay(engine, session).steps
    at = steps[0].step_id if steps else ""
    return replace(session, started=True, for_other=who == (OTHER,), at=at)


def _with_answers(session: Session, step: _Step, marks: Marks) -> Session:
    drafts = {key: draft for key, draft in session.drafts.items() if key != step.step_id}
    opened, asked_again = session.opened, session.asked_again
    here = frozenset(item.link_id for item in step.items)
    answers: dict[str, Answer] = dict(session.answers)
    if step.is_group:
        group = step.screen.screen_id
        if marks[group] == (NONE_OF_THESE,):
            opened -= {group}
            answers.update({k: v for k, v in all_no(step.screen).items() if k in here})
            asked_again -= here
            drafts.pop(f"{group}:rows", None)
        elif not _is_opened(session, step.screen, step.items):
            # "Some of these" takes back the "no" that was given to all of them at once.
            opened |= {group}
            answers = {key: value for key, value in answers.items() if key not in here}
    else:
        if step.again:
            asked_again |= frozenset(marks)
        else:
            asked_again -= {i for i in here if marks.get(i) != session.answers.get(i)}
        # Rows left open, because others end the questions, do not keep an older answer.
        answers = {key: value for key, value in answers.items() if key not in here or step.again}
        answers.update(marks)
    return replace(
        session,
        answers=MappingProxyType(answers),
        opened=opened,
        asked_again=asked_again,
        drafts=MappingProxyType(drafts),
    )


# --- moving about -----------------------------------------------------------------------------


def previous(engine: Engine, session: Session, draft: Marks | None = None) -> Session:
    """One screen earlier, keeping `draft`; from a changed answer to the review it came from."""
    if not session.started or session.at == START:
        return session
    state = _replay(engine, session)
    step = _current(session, state)
    if step is None:
        if state.path.ended:
            return change(session, _card(engine, session, state).cause)
        last = state.steps[-1].step_id if state.steps else START
        return replace(session, at=last, changing="")
    kept = _keep(session, step, draft)
    ready = not state.path.ended and state.first_open is None
    if step.step_id == session.changing and ready:
        return replace(kept, at="", changing="")
    index = state.index(step.step_id)
    return replace(kept, at=state.steps[index - 1].step_id if index else START)


def review(engine: Engine, session: Session, draft: Marks | None = None) -> Session:
    """To the review, or to the first question without an answer; `draft` is kept."""
    if not session.started:
        return session
    step = None if session.at == START else _current(session, _replay(engine, session))
    kept = _keep(session, step, draft) if step else session
    return replace(kept, at="", changing="")


def change(session: Session, step_id: str) -> Session:
    """To the step of an answer that is to be changed."""
    drafts = {key: draft for key, draft in session.drafts.items() if key != step_id}
    return replace(session, at=step_id, changing=step_id, drafts=MappingProxyType(drafts))


def _keep(session: Session, step: _Step, draft: Marks | None) -> Session:
    if draft is None:
        return session
    drafts = {key: value for key, value in session.drafts.items() if key != step.step_id}
    if draft != _marks(replace(session, drafts=drafts), step):
        drafts[step.step_id] = MappingProxyType(dict(draft))
    return replace(session, drafts=MappingProxyType(drafts))
