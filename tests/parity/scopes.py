"""Timeouts for the scenarios beside the package's own: one that a user may write, one as libraries have it."""

import asyncio
import sys


class CountingTimeout:
    """What 3.15's asyncio.timeout() does, on every version, through cancelling() and uncancel()."""

    def __init__(self, api, delay):
        self._api = api
        self._delay = delay
        self._task = None
        self._handle = None
        self._expiring = False
        self._before = 0

    def expired(self):
        return self._expiring

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._before = self._api.cancelling(self._task)
        if self._delay is not None:
            if self._delay <= 0:
                self._handle = loop.call_soon(self._expire)
            else:
                self._handle = loop.call_at(loop.time() + self._delay, self._expire)
        return self

    def _expire(self):
        self._task.cancel()
        self._expiring = True
        self._handle = None

    async def __aexit__(self, kind, error, traceback):
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if self._expiring and self._api.uncancel(self._task) <= self._before and error is not None:
            if isinstance(error, asyncio.CancelledError):
                raise TimeoutError from error
            _mark(error)
            if isinstance(error, self._api.ExceptionGroup):
                for leaf in error.exceptions:
                    _mark(leaf)
        return None


def _mark(error):
    # gh-96037: an error that replaced the cancellation shows the timeout in its context
    while error.__context__ is not None:
        if isinstance(error.__context__, asyncio.CancelledError):
            timeout = TimeoutError()
            timeout.__context__ = timeout.__cause__ = error.__context__
            error.__context__ = timeout
            return
        error = error.__context__


class LibraryTimeout:
    """As async_timeout 5.0.1 on 3.8 to 3.10: swallows the cancellation and never uncancels."""

    def __init__(self, api, delay):
        self._delay = delay
        self._task = None
        self._handle = None
        self._expired = False

    def expired(self):
        return self._expired

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        if self._delay is not None:
            if self._delay <= 0:
                self._handle = loop.call_soon(self._on_timeout)
            else:
                self._handle = loop.call_at(loop.time() + self._delay, self._on_timeout)
        return self

    def _on_timeout(self):
        self._task.cancel()
        self._expired = True
        self._handle = None

    async def __aexit__(self, kind, error, traceback):
        if self._expired and kind is asyncio.CancelledError:
            raise asyncio.TimeoutError
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        return None


def library_timeout(api, delay):
    """The scope a library would use here: its own below 3.11, asyncio's since then."""
    if sys.version_info >= (3, 11):
        return asyncio.timeout(delay)
    return LibraryTimeout(api, delay)


class Worker:
    """Cancels a task that has not entered it, although it is a context manager elsewhere."""

    def __init__(self, task):
        self._task = task

    def stop(self):
        return self._task.cancel()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.stop()

    async def __aenter__(self):
        return self

    async def __aexit__(self, kind, error, traceback):
        self.stop()
