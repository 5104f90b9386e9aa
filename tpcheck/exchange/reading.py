"""A FHIR R4 QuestionnaireResponse to a `Response`, or to every problem that it has.

As with any answers, nothing is guessed: what is not known, stands elsewhere than in the
questionnaire or is of another version is refused. What FHIR allows beside the answers (who, when,
where, a text to read) is passed over, and what could change the meaning of the whole is not.
Messages name items and never say what was answered.
"""

from collections.abc import Iterable, Mapping

from tpcheck.engine import Engine, fault, in_order
from tpcheck.exchange import canonical, questionnaire
from tpcheck.exchange.canonical import FINGERPRINT, Resource
from tpcheck.loading.fields import Read, Record, each, text, word
from tpcheck.loading.file import ABSENT, File
from tpcheck.model import Answer, Location, Problem, Response
from tpcheck.reader import MapNode, Node, Scalar, quoted, read_json

#: Elements that say nothing of the answers. Modifier elements are not among them.
_BESIDE = (
    *("id", "meta", "language", "text", "contained", "identifier", "basedOn", "partOf"),
    *("subject", "encounter", "authored", "author", "source"),
)


def is_fhir(data: bytes) -> bool:
    """Whether `data` is JSON that calls itself a FHIR resource, of whatever type."""
    root, _ = read_json(data)
    return isinstance(root, MapNode) and "resourceType" in root.keys()  # noqa: SIM118


def read(data: bytes, path: str, engine: Engine) -> tuple[Response | None, tuple[Problem, ...]]:
    """The answers in `data`, or every problem. Never raises.

    `path` names the file in messages and is not opened. As with `responses.read`, answers that are
    missing or not asked for are no problem here.
    """
    root, faults = read_json(data)
    file = File(path, faults)
    file.items = engine.items
    response = None if root is None else _response(file, root, engine)
    found = file.problems()
    return (None if found else response), found


def _response(file: File, root: Node, engine: Engine) -> Response:
    about, walk = engine.ruleset.about, _Walk(engine)
    with Record(file, root, "a QuestionnaireResponse") as r:
        r.need("resourceType", word("QuestionnaireResponse"))
        r.need("status", word("in-progress", "completed", "amended", "stopped"))
        version = r.need("questionnaire", _version(engine))
        fingerprint = r.get("extension", _fingerprint(engine), "")
        for name in _BESIDE:
            r.get(name, _pass_over, None)
        fits = version is not None and fingerprint is not None
        # Of another rule set, nobody can tell which of the answers are right.
        r.get("item", walk.below(walk.top) if fits else _pass_over, None)
    return Response(
        answers=walk.answers,
        ruleset_id=about.ruleset_id,
        version=version or "",
        fingerprint=fingerprint or "",
        where=walk.places,
    )


def _pass_over(file: File, node: Node) -> None:
    return None


def _version(engine: Engine) -> Read[str | None]:
    """Make a reader for the version that is answered, none where it is not the one in use."""
    about = engine.ruleset.about

    def read(file: File, node: Node) -> str | None:
        theirs, _, version = text(file, node).partition("|")
        if theirs and (theirs != canonical.url(about) or version not in ("", about.version)):
            message = f"these answers are for {quoted(version or theirs)}, and this rule set is"
            file.refuse(
                node,
                "other-version",
                f"{message} {canonical.versioned(about)}; use the rule set that they were given"
                " for, or answer its questions again",
            )
            return None
        return version

    return read


def _fingerprint(engine: Engine) -> Read[str | None]:
    """Make a reader for the fingerprint among extensions, none where it is another one."""
    ours = engine.ruleset.fingerprint

    def read_one(file: File, node: Node) -> str | None:
        if not isinstance(node, MapNode) or node.get("url") is None:
            file.refuse(node, "wrong-type", "an extension (a map with a 'url') is wanted here")
            return ""
        address, value = node.get("url"), node.get("valueString")
        if not (isinstance(address, Scalar) and address.text == FINGERPRINT):
            return ""
        if not (isinstance(value, Scalar) and value.text == ours):
            message = "these answers are for other content of the rule set than is used"
            file.refuse(node, "other-fingerprint", f"{message}; answer its questions again")
            return None
        return value.text

    def read(file: File, node: Node) -> str | None:
        found = each(read_one)(file, node)
        return None if None in found else "".join(filter(None, found))

    return read


class _Walk:
    """The tree of answers beside that of the questions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.top = questionnaire.items(engine.ruleset)
        self._known = frozenset(_link_ids(self.top))
        self.answers: dict[str, Answer] = {}
        self.places: dict[str, Location] = {}

    def below(self, expected: Iterable[Resource]) -> Read[None]:
        """Make a reader for the items that stand where the questionnaire has `expected`."""
        here = {item["linkId"]: item for item in expected}

        def read(file: File, node: Node) -> None:
            seen: set[str] = set()
            each(lambda file, part: self._item(file, part, here, seen), least=1)(file, node)

        return read

    def _item(self, file: File, node: Node, here: Mapping[str, Resource], seen: set[str]) -> None:
        with Record(file, node, "an item") as r:
            link_id, place = r.need("linkId", _named)
            for name in ("id", "extension", "definition", "text"):
                r.get(name, _pass_over, None)
            item = here.get(link_id)
            if item is None or link_id in seen:
                self._refuse(file, place, link_id, twice=item is not None)
                for name in ("item", "answer"):
                    r.get(name, _pass_over, None)
                return
            seen.add(link_id)
            if item["type"] == "group":
                r.get("item", self.below(item["item"]), None)
            elif item["type"] == "choice":
                answer = r.get("answer", self._answer(item), ())
                if answer:
                    self.answers[link_id] = answer
                    self.places[link_id] = file.where(place)

    def _refuse(self, file: File, place: Node, link_id: str, *, twice: bool) -> None:
        name = quoted(link_id)
        if twice:
            file.refuse(place, "repeated-item", f"{name} stands here twice; take one out")
        elif link_id in self._known:
            message = f"{name} stands in another place of the questionnaire; move it there"
            file.refuse(place, "misplaced-item", message)
        elif link_id:
            file.refuse(place, "unknown-item", f"there is no item {name}", link_id, self._known)

    def _answer(self, question: Resource) -> Read[Answer]:
        item = self._engine.items[question["linkId"]]

        def read(file: File, node: Node) -> Answer:
            codes = each(self._coded(question), least=1)(file, node)
            if not all(codes):
                return ()
            if wrong := fault(item, codes):
                message = f"the answer to {quoted(item.link_id)} cannot be used: {wrong}"
                file.refuse(node, "wrong-answer", message)
            return in_order(item, codes)

        return read

    def _coded(self, question: Resource) -> Read[str]:
        """Make a reader for one answer to the question: the code of an option, or an empty text."""
        known = {
            (option["valueCoding"]["system"], option["valueCoding"]["code"])
            for option in question["answerOption"]
        }

        def coding(file: File, node: Node) -> str:
            with Record(file, node, "a Coding") as r:
                system, _ = r.need("system", _named)
                code, _ = r.need("code", _named)
                for name in ("id", "extension", "version", "display", "userSelected"):
                    r.get(name, _pass_over, None)
            if system and code and (system, code) not in known:
                name = quoted(question["linkId"])
                message = f"{name} has an answer that is not one of its options"
                file.refuse(node, "unknown-option", f"{message}; take its system and code")
                return ""
            return code

        def read(file: File, node: Node) -> str:
            with Record(file, node, "an answer") as r:
                code = r.need("valueCoding", coding)
                for name in ("id", "extension"):
                    r.get(name, _pass_over, None)
                # Below a question stand words only.
                r.get("item", self.below(question.get("item", ())), None)
            return code

        return read


def _named(file: File, node: Node) -> tuple[str, Node]:
    """A name or a code just as it is typed, and its place."""
    if isinstance(node, Scalar) and node is not ABSENT and not node.quoted:
        file.refuse(node, "wrong-type", "a text in quotes is wanted here")
        return "", node
    return (node.text if text(file, node) and isinstance(node, Scalar) else ""), node


def _link_ids(items: Iterable[Resource]) -> Iterable[str]:
    for item in items:
        yield item["linkId"]
        yield from _link_ids(item.get("item", ()))
