"""Cancel scopes as in libraries: they cancel the task inside, and handle the CancelledError in their __exit__()."""

import asyncio
import enum
import gc
import sys

BELOW_311 = sys.version_info < (3, 11)


class LibraryScope:
    """A timeout as in libraries: swallows its own cancellation, and calls uncancel() only from 3.11 on."""

    def __init__(self, delay):
        self.delay = delay
        self.expired = False

    def __enter__(self):
        self.task = asyncio.current_task()
        self.handle = asyncio.get_running_loop().call_later(self.delay, self.expire)
        return self

    def expire(self):
        self.expired = True
        self.deliver()

    def deliver(self):
        self.task.cancel()

    def __exit__(self, kind, error, traceback):
        self.handle.cancel()
        if self.expired and not BELOW_311:
            self.task.uncancel()
        return self.expired and kind is asyncio.CancelledError

    async def __aenter__(self):
        return self.__enter__()

    async def __aexit__(self, *details):
        return self.__exit__(*details)


class _State(enum.Enum):
    INIT = "INIT"
    ENTER = "ENTER"
    TIMEOUT = "TIMEOUT"
    EXIT = "EXIT"


class LibraryTimeout:
    """A timeout below 3.11 in the form of async_timeout: it has a state, and never calls uncancel()."""

    __slots__ = ("_delay", "_handle", "_state", "_task")

    def __init__(self, delay):
        self._delay = delay
        self._state = _State.INIT
        self._task = None

    async def __aenter__(self):
        self._state = _State.ENTER
        self._task = asyncio.current_task()
        self._handle = asyncio.get_running_loop().call_later(self._delay, self._on_timeout)
        return self

    def _on_timeout(self):
        self._task.cancel()
        self._state = _State.TIMEOUT

    async def __aexit__(self, kind, error, tb):
        self._handle.cancel()
        self._task = None
        if self._state is _State.TIMEOUT and kind is asyncio.CancelledError:
            raise asyncio.TimeoutError
        self._state = _State.EXIT


library_timeout = LibraryTimeout if BELOW_311 else asyncio.timeout


async def fails_when_cancelled():
    """Fail at once when cancelled."""
    try:
        await asyncio.sleep(10)
    finally:
        raise ValueError("cleaning up")


async def fails_cleaning_up():
    """Fail one second after being cancelled."""
    try:
        await asyncio.sleep(10)
    finally:
        await asyncio.sleep(1)
        raise ValueError("cleaning up")


async def next_await():
    """Return whether the next await raises CancelledError."""
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        return "cancelled"
    return "goes on"


def collect():
    """Free all garbage: PyPy frees what a finalizer lets go of in the next collection."""
    for _ in range(4):
        gc.collect()


def left_on(task):
    """Return the names of the attributes of a task that the package has set."""
    # A C task has no attribute __dict__.
    attributes = [each for each in gc.get_referents(task) if type(each) is dict] or [getattr(task, "__dict__", {})]
    return [name for each in attributes for name in each if name == "cancel" or "taskgroup_compat" in str(name)]
