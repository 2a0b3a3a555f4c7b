"""Runs a case and gives what happened as data."""

import sys

import taskgroup_compat
from taskgroup_compat import catch

from . import world

# The statement of PyPy 3.11 differs from that of CPython in most random cases, and in what it raises when it is closed.
# That of 3.11.0 to 3.11.3 wraps a single exception that a clause raises in a group (gh-103590).
HAS_STATEMENT = sys.version_info >= (3, 11, 4) and sys.implementation.name != "pypy"
STEPS = 50
HOME = taskgroup_compat.__path__[0]


class Run:
    """One run of a case: `outcome` compares between the two sides and between versions."""

    def __init__(self, case, style):
        self.source = case.source(style)
        self._log = log = world.Log()
        names = dict(vars(world), catch=catch)
        exec(compile(self.source, f"<{style} {case.seed}>", "exec"), names)
        world.LOGS.append(log)
        try:
            if case.is_async:
                self._drive(names["program"](log), case.throws)
            else:
                names["program"](log)
        except BaseException as exc:
            log.see("left the program", exc)
        finally:
            log.finish()
            world.LOGS.pop()
        self.outcome = log.events

    def _drive(self, coro, throws):
        thrown = None
        for step in range(STEPS):
            try:
                if thrown is None:
                    coro.send(None)
                else:
                    coro.throw(thrown)
            except StopIteration:
                return
            self._log.step(step)
            thrown = None
            if step in throws:
                thrown = eval(throws[step], vars(world))("thrown")
        raise AssertionError("endless")

    def frames_of_ours(self):
        """For each exception seen, how many entries of its traceback belong to the package."""
        counts = []
        for exc in self._log.exceptions():
            tb = exc.__traceback__
            count = 0
            while tb is not None:
                count += tb.tb_frame.f_code.co_filename.startswith(HOME)
                tb = tb.tb_next
            counts.append(count)
        return counts
