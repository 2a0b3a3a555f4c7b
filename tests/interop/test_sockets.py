"""Programs with aiohttp and httpx over loopback have the outcomes of 3.15 on every version."""

import asyncio

import pytest
import uvloop

from . import sockets, tables

EXPECTED = tables.expected("sockets")
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", sockets.SCENARIOS)
def test_outcome_is_that_recorded_on_3_15(name, loop):
    assert tables.perform_sockets(name, LOOPS[loop]) == EXPECTED[name]
