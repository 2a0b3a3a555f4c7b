"""KeyboardInterrupt and SystemExit."""

import asyncio

from tests.parity.scene import scenarios

scenario, SCENARIOS = scenarios("base exceptions")


@scenario
async def interrupt_in_the_body(s):
    """A KeyboardInterrupt of the body leaves bare when the children are done."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        await asyncio.sleep(1)
        raise KeyboardInterrupt("body")


@scenario
async def exit_in_the_body(s):
    """A SystemExit of the body leaves bare."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        raise SystemExit(3)


@scenario
def interrupt_in_a_child(s):
    """A KeyboardInterrupt of a child leaves the loop first, then the group."""

    async def main():
        async with s.TaskGroup() as group:
            group.create_task(s.work("sibling", 10))
            group.create_task(s.fail(KeyboardInterrupt("child"), 1))

    s.run(main())


@scenario
def exit_in_a_child(s):
    """A SystemExit of a child leaves the loop first, then the group."""

    async def main():
        async with s.TaskGroup() as group:
            group.create_task(s.work("sibling", 10))
            group.create_task(s.fail(SystemExit(3), 1))
            await asyncio.sleep(10)

    s.run(main())


@scenario
def interrupt_and_errors(s):
    """With a KeyboardInterrupt the other errors are dropped."""

    async def main():
        async with s.TaskGroup() as group:
            group.create_task(s.clean_up(ValueError("sibling")))
            group.create_task(s.fail(KeyboardInterrupt("child"), 1))

    s.run(main())


@scenario
def interrupt_while_cleaning_up(s):
    """A KeyboardInterrupt of a child that cleans up wins over an earlier error."""

    async def main():
        async with s.TaskGroup() as group:
            group.create_task(s.clean_up(KeyboardInterrupt("cleaning")))
            group.create_task(s.fail(ValueError("first"), 1))

    s.run(main())


@scenario
def interrupt_in_both(s):
    """The first KeyboardInterrupt is the one that leaves."""

    async def main():
        async with s.TaskGroup() as group:
            group.create_task(s.clean_up(KeyboardInterrupt("child")))
            await asyncio.sleep(1)
            raise KeyboardInterrupt("body")

    s.run(main())


@scenario
async def interrupt_while_cancelled(s):
    """A KeyboardInterrupt of the body in a task that is being cancelled."""
    s.cancel_later(1)
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        try:
            await asyncio.sleep(10)
        finally:
            raise KeyboardInterrupt("body")


@scenario
async def nested(s):
    """A KeyboardInterrupt of the inner body leaves both groups bare."""
    async with s.TaskGroup() as outer:
        outer.create_task(s.work("outer", 10))
        async with s.TaskGroup() as inner:
            inner.create_task(s.work("inner", 10))
            raise KeyboardInterrupt("body")


@scenario
def subclass_of_interrupt(s):
    """A subclass of KeyboardInterrupt counts as one."""

    class Stop(KeyboardInterrupt):
        pass

    async def main():
        async with s.TaskGroup() as group:
            group.create_task(s.fail(Stop("child"), 1))

    s.run(main())


@scenario
async def after_cancel(s):
    """A SystemExit of the body after cancel() leaves bare."""
    async with s.TaskGroup() as group:
        group.create_task(s.work("child", 10))
        group.cancel()
        raise SystemExit(3)
