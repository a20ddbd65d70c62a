"""Where limits are configured: the environment as it was at the start, the file as it stands."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from api_gateway.limits import environment, file
from api_gateway.limits.file import Found
from api_gateway.limits.held import changes
from api_gateway.limits.layout import Layout, defaults, merged
from api_gateway.office import Office
from api_gateway.plans import source
from chassis.settings import SettingsError
from chassis.telemetry import logger
from contracts.log import Fact

USUAL_FILE = "config/limits.toml"


class Sources(Struct):
    """`must_exist`: somebody has named the file, or it was there before."""

    environment: Layout
    file: Path
    accounts: tuple[str, ...]
    must_exist: bool


def sources(limits_file: str, accounts: tuple[str, ...], environ: Mapping[str, str] | None = None) -> Sources:
    """Find them; raise `SettingsError` where the environment makes no sense."""
    return Sources(environment.layout(environ), Path(limits_file or USUAL_FILE), accounts, bool(limits_file))


def read(sources: Sources) -> Found:
    """Give what everything together says, the environment above the file above the defaults."""
    text = source.text(str(sources.file))
    if isinstance(text, str):
        sources.must_exist = True
        found = file.parse(text, str(sources.file), sources.accounts)
    else:
        # Of a file that was there before, what it said would end in silence.
        found = Found({}, (text,) if sources.must_exist or sources.file.exists() else ())
    return Found(merged(defaults(), found.layout, sources.environment), found.problems)


def read_first(sources: Sources) -> Layout:
    """Read at the start; raise `SettingsError` with every problem."""
    found = read(sources)
    if found.problems:
        raise SettingsError("; ".join(problem.text for problem in found.problems))
    return found.layout


async def refresh(office: Office, sources: Sources) -> None:
    """Take in what was edited; what makes no sense changes nothing, and is said."""
    found = await asyncio.to_thread(read, sources)
    office.problems[str(sources.file)] = found.problems
    for problem in found.problems:
        logger("limits").error("the limits stay as they are", problem=problem.text)
    if found.problems:
        return
    while facts := changes(office.held, found.layout):
        outcomes = await office.log.append([Fact(fact) for fact in facts])
        await office.seen(outcomes[-1].sequence)
