"""A summary, or an error, as JSON for programs.

The shape, under the name in `schema`; a change that could break a reader gets a new name. The JSON
Schema in result.schema.json says the same for machines:

    schema        "tpcheck.result/1"
    disposition   code, or null where there is no result
    exit_code     what `assess --exit-code` returns for it
    complete      whether all questions on the path are answered
    emergency     whether the disposition is one
    ruleset       {id, version, fingerprint (SHA-256, hex), status}
    findings      [{rule, level, disposition, certain, answers {item: [option]}, evidence [text],
                  source, verified}]; those that would tell a private answer are left out
    precautions   [code]
    areas         [code], conditions [code], kind (code or null), softened, notes [code],
                  support [code]
    answers       {item: [option]}: those that count; private ones are left out
    missing       [item]
    title         text
    blocks        [{id, kind (card, section, small), heading, paragraphs [text], bullets [text]}]

and where there is no result because something is wrong:

    schema        "tpcheck.error/1"
    exit_code     that of the process
    message       what stands on standard error
    problems      [{file, line, column, check, severity, message}]: those of a file, if it is one

The lines that many answer sets give ("tpcheck.line/1") are described in tpcheck.batch.

Everything outside ASCII is written as an escape, so that no text can steer a terminal.
"""

import json
from collections.abc import Iterable
from importlib import resources
from typing import Any

from tpcheck.model import Block, Problem, Summary, TraceLine

SCHEMA = "tpcheck.result/1"
ERROR_SCHEMA = "tpcheck.error/1"


def render(summary: Summary) -> str:
    """The summary as an indented JSON object."""
    return json.dumps(as_data(summary), indent=2) + "\n"


def as_data(summary: Summary) -> dict[str, Any]:
    """The summary in plain lists, mappings and texts."""
    record = summary.record
    return {
        "schema": SCHEMA,
        "disposition": summary.disposition or None,
        "exit_code": int(summary.exit_code),
        "complete": summary.complete,
        "emergency": summary.is_emergency,
        "ruleset": {
            "id": record.ruleset_id,
            "version": record.version,
            "fingerprint": record.fingerprint,
            "status": str(record.status),
        },
        "findings": [_finding(line) for line in summary.trace],
        "precautions": list(record.precautions),
        "areas": list(record.patterns.areas),
        "conditions": list(record.patterns.conditions),
        "kind": record.patterns.kind or None,
        "softened": record.patterns.softened,
        "notes": list(record.patterns.notes),
        "support": list(record.support),
        "answers": {link_id: list(answer) for link_id, answer in record.answers.items()},
        "missing": list(record.missing),
        "title": summary.title,
        "blocks": [_block(block) for block in summary.blocks],
    }


def render_error(
    message: str, exit_code: int, problems: Iterable[Problem] = (), *, one_line: bool = False
) -> str:
    """An error as a JSON object, indented or on a line of its own."""
    told = {
        "schema": ERROR_SCHEMA,
        "exit_code": int(exit_code),
        "message": message,
        "problems": [_problem(problem) for problem in problems],
    }
    return json.dumps(told, indent=None if one_line else 2) + "\n"


def schema() -> str:
    """The JSON Schema of all that is written here."""
    source = resources.files(__package__).joinpath("result.schema.json")
    return source.read_text(encoding="utf-8")


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.where.path,
        "line": problem.where.line,
        "column": problem.where.column,
        "check": problem.check,
        "severity": str(problem.severity),
        "message": problem.message,
    }


def _finding(line: TraceLine) -> dict[str, Any]:
    return {
        "rule": line.rule_id,
        "level": line.level,
        "disposition": line.disposition,
        "certain": line.certain,
        "answers": {link_id: list(answer) for link_id, answer in line.answers},
        "evidence": list(line.evidence),
        "source": line.source,
        "verified": line.verified,
    }


def _block(block: Block) -> dict[str, Any]:
    return {
        "id": block.block_id,
        "kind": str(block.kind),
        "heading": block.heading,
        "paragraphs": list(block.paragraphs),
        "bullets": list(block.bullets),
    }
