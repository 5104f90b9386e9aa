"""The sections `about`, `clinic` and `dispositions`."""

from dataclasses import replace

from tpcheck.loading.fields import Record, date, each, flag, new, number, ref, shaped, text, word
from tpcheck.loading.file import File, Named
from tpcheck.model import About, Approval, Branch, Clinic, Disposition, Status
from tpcheck.reader import Node

_name = shaped("[a-z][a-z0-9_-]{0,59}", "bad-id", "a name of a to z, 0 to 9, - and _")
_digits = shaped(r"\+?[0-9][0-9 ]{4,18}[0-9]", "phone", "a phone number of digits and spaces")
_sha256 = shaped("[0-9a-f]{64}", "fingerprint", "a fingerprint of 64 digits and letters a to f")


def about(file: File, node: Node) -> About:
    """What the rule set is."""
    with Record(file, node, "'about'") as r:
        found = About(
            ruleset_id=r.need("id", _name),
            title=r.need("title", text),
            version=r.need("version", date),
            status=Status(r.need("status", word(*Status)) or Status.DRAFT),
            review_by=r.need("review_by", date),
            intended_purpose=r.need("intended_purpose", text),
            approval=r.get("approval", _approval, Approval()),
        )
        if found.status is Status.APPROVED and not found.approval.by:
            message = "the status is 'approved', and 'approval' does not say by whom"
            r.refuse("approved-by-nobody", f"{message}; set it with 'tpcheck rules approve'")
    return found


def _approval(file: File, node: Node) -> Approval:
    with Record(file, node, "'approval'") as r:
        return Approval(
            by=r.need("by", text),
            registration=r.need("registration", text),
            on=r.need("on", date),
            of=r.need("of", _sha256),
        )


def clinic(file: File, node: Node) -> Clinic:
    """Whose rule set it is."""
    with Record(file, node, "'clinic'") as r:
        return Clinic(r.need("name", text), r.need("branches", each(_branch, least=1)))


def _phone(file: File, node: Node) -> str:
    """A phone number, which is shown as well."""
    return _digits(file, node) and text(file, node)


def _branch(file: File, node: Node) -> Branch:
    with Record(file, node, "a branch") as r:
        return Branch(r.need("name", text), r.need("phone", _phone))


def dispositions(file: File, node: Node) -> tuple[Disposition, ...]:
    """Every urgency of advice, from the least to the most urgent."""
    read = each(_disposition, least=1)(file, node)
    found = tuple(replace(d, urgency=position) for position, d in enumerate(read))
    file.dispositions = {d.code: d for d in found if d.code}
    return found


def _disposition(file: File, node: Node) -> Disposition:
    with Record(file, node, "a disposition") as r:
        return Disposition(
            code=r.need("id", new(Named.DISPOSITION)),
            urgency=0,  # its position in the list, which dispositions() knows
            name=r.need("name", text),
            heading=r.need("heading", text),
            action=r.need("action", text),
            exit_code=r.need("exit_code", number(0, 63)),
            if_unsure=r.need("if_unsure", ref(Named.DISPOSITION)),
            shows_clinic=r.need("shows_clinic", flag),
            shows_patterns=r.need("shows_patterns", flag),
            ends_questions=r.need("ends_questions", flag),
            emergency=r.need("emergency", flag),
            safety_net=r.need("safety_net", flag),
            when_calling=r.get("when_calling", each(text, least=1), ()),
            step_up=r.get("step_up", text, ""),
            say=r.get("say", text, ""),
            unsure=r.get("unsure", text, ""),
            where=r.where,
        )
