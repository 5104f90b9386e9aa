"""`tpcheck learn`: the clinic's leaflet."""

from typing import Annotated

import typer

from tpcheck.cli import rulesets, streams
from tpcheck.cli.options import RulesOption
from tpcheck.errors import UsageError
from tpcheck.render.characters import visible


def command(
    topic: Annotated[
        str, typer.Argument(metavar="[TOPIC]", help="One topic; without it the whole leaflet.")
    ] = "",
    rules: RulesOption = "",
) -> None:
    """Read the leaflet."""
    from tpcheck.model import Block, BlockKind
    from tpcheck.render.text import render_blocks

    ruleset = rulesets.load(rules)
    topics = {known.topic_id: known for known in ruleset.topics}
    if topic and topic not in topics:
        from difflib import get_close_matches

        near = get_close_matches(topic, topics, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise UsageError(f"no topic '{visible(topic)}'{hint} The topics are: {', '.join(topics)}")
    blocks = [
        Block(known.topic_id, BlockKind.SECTION, known.title, bullets=known.paragraphs)
        for known in topics.values()
        if topic in ("", known.topic_id)
    ]
    closing = Block("closing", BlockKind.SMALL, "", (ruleset.texts["learn.closing"],))
    title = ruleset.texts["learn.title"]
    streams.deliver(render_blocks(title, [*blocks, closing], width=streams.width()))
