"""The sections that decide: `warning_signs`, `precautions` and `properties`."""

from dataclasses import replace
from itertools import pairwise

from tpcheck.loading.criterion import criterion
from tpcheck.loading.fields import Read, Record, each, entries, new, ref, text, word
from tpcheck.loading.file import File, Named
from tpcheck.model import Level, Pointer, Precaution, Property, Rule
from tpcheck.reader import Node, Scalar, quoted

VERIFIED = ("verified", "copy", "part", "unverified", "decision")
PROPERTY_KINDS = ("at_least", "at_most", "never", "asked")

_disposition = ref(Named.DISPOSITION)


def warning_sign(file: File, node: Node) -> Rule | Pointer:
    """One row of the evidence: a rule, or a pointer at others."""
    with Record(file, node, "a warning sign") as r:
        if r.form("levels", "points_to") == "points_to":
            return Pointer(
                rule_id=r.need("id", new(Named.POINTER)),
                points_to=r.need("points_to", each(ref(Named.RULE, Named.PRECAUTION), least=1)),
                reason=r.need("reason", text),
                where=r.where,
            )
        levels = r.need("levels", _levels)
        actions = r.get("action", _actions(levels), {})
        return Rule(
            rule_id=r.need("id", new(Named.RULE)),
            text=r.need("text", text),
            levels=tuple(
                replace(level, action=actions.get(level.disposition, "")) for level in levels
            ),
            tell=r.get("tell", each(ref(Named.PRECAUTION), least=1), ()),
            source=r.need("source", text),
            verified=r.need("verified", word(*VERIFIED)),
            note=r.get("note", text, ""),
            decision=r.get("decision", text, ""),
            where=r.where,
        )


def _levels(file: File, node: Node) -> tuple[Level, ...]:
    found = entries(file, node, "'levels'")
    for (above, _), (below, _) in pairwise(found):
        more, less = (file.dispositions.get(key.text) for key in (above, below))
        if more and less and more.urgency < less.urgency:
            message = f"{quoted(less.code)} is more urgent than {quoted(more.code)}"
            file.refuse(below, "level-order", f"{message}; put the most urgent level first")
    if not found:
        file.refuse(node, "short-list", "a rule needs at least one level; add one")
    return tuple(
        Level(_disposition(file, key), criterion(file, value), where=file.where(key))
        for key, value in found
    )


def _actions(levels: tuple[Level, ...]) -> Read[dict[str, str]]:
    """Make a reader for the way to act: one text for every level, or a map of texts by level."""
    codes = [level.disposition for level in levels]

    def read(file: File, node: Node) -> dict[str, str]:
        if isinstance(node, Scalar):
            return dict.fromkeys(codes, text(file, node))
        found = entries(file, node, "a map of ways to act")
        for key, _ in found:
            if key.text not in codes:
                message = f"this rule has no level {quoted(key.text)}"
                file.refuse(key, "unknown-level", message, key.text, codes)
        return {key.text: text(file, value) for key, value in found}

    return read


def precaution(file: File, node: Node) -> Precaution:
    """Something to tell the clinician."""
    with Record(file, node, "a precaution") as r:
        return Precaution(
            precaution_id=r.need("id", new(Named.PRECAUTION)),
            text=r.need("text", text),
            when=r.get("when", criterion, None),
            clinician=r.need("clinician", text),
            source=r.need("source", text),
            verified=r.need("verified", word(*VERIFIED)),
            where=r.where,
        )


def must_hold(file: File, node: Node) -> Property:
    """Something that must hold for the content."""
    with Record(file, node, "a property") as r:
        kind = r.need("kind", word(*PROPERTY_KINDS))
        return Property(
            property_id=r.need("id", new(Named.PROPERTY)),
            text=r.need("text", text),
            kind=kind,
            when=r.need("when", criterion),
            disposition=(
                r.need("disposition", _disposition)
                if kind in ("at_least", "at_most")
                else r.get("disposition", _disposition, "")
            ),
            items=(
                r.need("items", each(ref(Named.ITEM), least=1))
                if kind == "asked"
                else r.get("items", each(ref(Named.ITEM)), ())
            ),
            where=r.where,
        )
