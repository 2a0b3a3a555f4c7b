"""The table of scenarios, group by group in the order of the matrix."""

from tests.parity.table import (
    base_errors,
    cancel_method,
    cancellation,
    catching,
    context,
    eager,
    failure,
    generators,
    lifecycle,
    memory,
    nesting,
    timeouts,
)

_MODULES = (
    lifecycle,
    failure,
    cancellation,
    nesting,
    cancel_method,
    generators,
    base_errors,
    eager,
    context,
    memory,
    timeouts,
    catching,
)

TABLE = [scenario for module in _MODULES for scenario in module.SCENARIOS]
