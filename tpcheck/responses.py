"""An answers file to a `Response` for one rule set, or to every problem that it has.

Nothing is guessed: an answer that does not fit is refused, because a warning sign that is dropped
in silence could be the one that counts. Messages name items and never say what was answered.
"""

from tpcheck import criteria
from tpcheck.engine import Engine
from tpcheck.loading.answers import answers
from tpcheck.loading.fields import Read, Record, text
from tpcheck.loading.file import File, listed
from tpcheck.model import NOWHERE, Answer, Answers, Location, Problem, Response
from tpcheck.reader import Node, quoted, read_json, read_yaml


def read(
    data: bytes, path: str, engine: Engine, *, json: bool = False
) -> tuple[Response | None, tuple[Problem, ...]]:
    """The answers in `data`, which is YAML or JSON, or every problem. Never raises.

    `path` names the file in messages and is not opened. Answers that are missing are no problem
    here, and neither are those that are not asked for: see `refuse_off_path`.
    """
    root, faults = (read_json if json else read_yaml)(data)
    file = File(path, faults)
    file.items = engine.items
    response = None if root is None else _response(file, root, engine)
    found = file.problems()
    return (None if found else response), found


def _response(file: File, root: Node, engine: Engine) -> Response:
    about = engine.ruleset.about
    ours = {
        "ruleset": about.ruleset_id,
        "version": about.version,
        "fingerprint": engine.ruleset.fingerprint,
    }
    with Record(file, root, "an answers file") as r:
        theirs = {name: r.get(name, _same(name, value), "") for name, value in ours.items()}
        fits = all(theirs[name] in ("", value) for name, value in ours.items())
        given, places = r.need("answers", answers if fits else _left_unread)
    return Response(
        answers=given,
        ruleset_id=theirs["ruleset"],
        version=theirs["version"],
        fingerprint=theirs["fingerprint"],
        where=places,
    )


def _left_unread(file: File, node: Node) -> tuple[dict[str, Answer], dict[str, Location]]:
    """Stand in for `answers`: of another rule set, nobody can tell which of them are right."""
    return {}, {}


def _same(field: str, ours: str) -> Read[str]:
    """Make a reader for what has to be as in the rule set that is used."""

    def read(file: File, node: Node) -> str:
        theirs = text(file, node)
        if theirs and theirs != ours:
            message = f"these answers are for the {field} {quoted(theirs)}, and this rule set has"
            what = "use the rule set that they were given for, or answer its questions again"
            file.refuse(node, f"other-{field}", f"{message} {quoted(ours)}; {what}")
        return theirs

    return read


def refuse_off_path(response: Response, engine: Engine) -> tuple[Problem, ...]:
    """A problem for each answer to an item that is not asked, given the answers before it.

    Such an answer would not count, and whoever wrote it would not know.
    """
    path = engine.path(response.answers)
    found = []
    for item in path.off_path:
        why = why_off_path(item, path.answers, engine)
        message = f"{quoted(item)} is answered and does not count: {why}; take it out, or correct"
        where = response.where.get(item, NOWHERE)
        found.append(Problem(where, "off-path", f"{message} the answers before it"))
    return tuple(found)


def why_off_path(item: str, counting: Answers, engine: Engine) -> str:
    """Why `item` is not asked where the answers `counting` are those on the path, in words."""
    screen = engine.screen_of[item]
    section = next(s for s in engine.ruleset.questionnaire.sections if screen in s.screens)
    for condition in (section.ask_when, screen.ask_when, engine.items[item].ask_when):
        if condition and not criteria.read(condition, counting, engine.rules).met:
            items = sorted(criteria.items_read(condition, engine.rules))
            return f"it is asked only after certain answers to {listed(map(quoted, items))}"
    return "the answers before it are urgent enough that it is not asked"
