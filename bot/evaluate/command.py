"""The command: rows in, engines asked one after another, a table or JSON out."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.evaluate.picture import draw
from bot.evaluate.rows import BadRows, Row, read_rows
from bot.evaluate.run import evaluate
from bot.evaluate.show import table
from bot.settings import Settings
from bot.understanding import engine_of
from data.load import load_content
from data.regions import Regions
from nlu.rest import RasaEngine

TESTS = Path(__file__).resolve().parents[2] / "tests" / "nlu"
SETS = (TESTS / "data", TESTS / "entity_table.yml")
"""What is measured on unless something else is given: intents and crises, entities."""


def evaluate_nlu(
    settings: Settings,
    places: Sequence[Path] | None,
    names: Sequence[str],
    as_json: bool,
    picture: Path | None,
) -> str:
    """What is to be printed. Raises BadRows for whatever cannot be measured."""
    rows = [row for place in places or SETS for row in read_rows(place)]
    if "rasa" in names and not settings.nlu_url:
        raise BadRows("ANBU_NLU_URL is missing; make rasa starts a Rasa server for it.")
    if picture and not picture.resolve().parent.is_dir():
        raise BadRows(f"There is no folder {picture.parent} for the picture.")
    regions = load_content().regions
    found = {name: asyncio.run(_measured(name, settings, regions, rows)) for name in names}
    if picture:
        draw(found, picture)
    return json.dumps(found, ensure_ascii=False, indent=1) if as_json else table(found)


async def _measured(
    name: str, settings: Settings, regions: Regions, rows: Sequence[Row]
) -> dict[str, Any]:
    """Rasa's figures tell how many texts it answered: the net answered the others."""
    chosen = settings if name == "rasa" else settings.model_copy(update={"nlu_url": ""})
    engine = engine_of(chosen, regions)
    try:
        found = await evaluate(engine, rows)
    finally:
        await engine.close()
    return (
        {**found, "rasa": dict(engine.client.outcomes)} if isinstance(engine, RasaEngine) else found
    )
