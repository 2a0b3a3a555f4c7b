"""Questions about a library's group that the table of peers answers, each by a small program that runs.

`nox -s parity -- --write --peers` asks them of each library on each interpreter, and writes the answers to
docs/parity-peers.md; `python -m tests.readme` copies them to README. `python -m tests.parity facts --api NAME` asks
one library here.
"""

import asyncio
import contextvars
import gc
import inspect
import platform
import signal

from tests.support.virtual_time import VirtualTimeLoop

UNKNOWN = "-"
_MOST_SECONDS = 3  # a library may hang


class _Error(Exception):
    """So that no other error is meant."""


def _yes(condition):
    return "yes" if condition else "no"


async def starts_tasks(api):
    """Runs children and gives their results back"""
    done = []

    async def child():
        await asyncio.sleep(1)
        done.append(1)

    async with api.TaskGroup() as group:
        group.create_task(child())
        group.create_task(child())
    return _yes(done == [1, 1])


async def same_task(api):
    """`current_task()` is the same inside the block as around it"""
    outside = asyncio.current_task()
    async with api.TaskGroup():
        inside = asyncio.current_task()
    return _yes(inside is outside)


async def stays_cancelled(api):
    """Cancelled from outside while a child fails in its clean-up: the parent is still cancelled at its next `await`"""

    async def child():
        try:
            await asyncio.sleep(60)
        finally:
            raise _Error

    async def parent():
        try:
            async with api.TaskGroup() as group:
                group.create_task(child())
                await asyncio.sleep(60)
        except (Exception, api.BaseExceptionGroup):  # some raise an exception of their own in the place of a group
            pass
        await asyncio.sleep(60)

    task = asyncio.ensure_future(parent())
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.wait([task])
    return _yes(task.cancelled())


async def has_cancel(api):
    """`cancel()` of the group ends it without an error"""
    async with api.TaskGroup() as group:
        group.create_task(asyncio.sleep(60))
        group.cancel()
    return "yes"


async def gives_tasks(api):
    """`create_task()` returns an `asyncio.Task`"""
    async with api.TaskGroup() as group:
        made = group.create_task(asyncio.sleep(1))
        return _yes(isinstance(made, asyncio.Task))


async def takes_context(api):
    """`create_task()` takes `context=`, and the child runs in it"""
    variable = contextvars.ContextVar("variable")
    context = contextvars.copy_context()
    context.run(variable.set, "inside")
    seen = []

    async def child():
        await asyncio.sleep(1)
        seen.append(variable.get("outside"))

    coroutine = child()
    try:
        async with api.TaskGroup() as group:
            group.create_task(coroutine, context=context)
    finally:
        coroutine.close()
    return _yes(seen == ["inside"])


async def closes_refused(api):
    """A coroutine that an ended group refuses is closed (no "never awaited" warning)"""
    async with api.TaskGroup() as group:
        pass
    coroutine = asyncio.sleep(1)
    try:
        group.create_task(coroutine)
    except Exception:
        return _yes(inspect.getcoroutinestate(coroutine) == inspect.CORO_CLOSED)
    finally:
        coroutine.close()
    return "no"


async def garbage(api):
    """Objects that one failing group leaves to the garbage collector"""
    if platform.python_implementation() != "CPython":
        return UNKNOWN

    async def fail():
        raise _Error

    async def program():
        try:
            async with api.TaskGroup() as group:
                group.create_task(fail())
                await asyncio.sleep(60)
        except (Exception, api.BaseExceptionGroup):  # some raise an exception of their own in the place of a group
            pass
        await asyncio.sleep(1)

    await program()
    gc.collect()
    gc.disable()
    try:
        await program()
        return str(gc.collect())
    finally:
        gc.enable()


FACTS = [
    starts_tasks,
    same_task,
    stays_cancelled,
    has_cancel,
    gives_tasks,
    takes_context,
    closes_refused,
    garbage,
]


def question(fact):
    return " ".join(fact.__doc__.split())


def _answer(fact, api):
    def interrupt(number, frame):
        raise SystemExit("it hangs")

    loop = VirtualTimeLoop()
    loop.set_exception_handler(lambda loop, context: None)
    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, _MOST_SECONDS, 0.2)
    try:
        return loop.run_until_complete(fact(api))
    except BaseException:
        return "no"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def answers(api):
    """What a library's group says to each question on this interpreter."""
    said = {fact.__name__: _answer(fact, api) for fact in FACTS}
    if said[starts_tasks.__name__] == "no":
        return {**dict.fromkeys(said, UNKNOWN), starts_tasks.__name__: "no"}
    return said
