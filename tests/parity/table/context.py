"""Names, contexts, task factories and the call graph."""

import asyncio
import contextvars

from tests.parity.scene import scenarios

scenario, SCENARIOS = scenarios("context and names")

_variable = contextvars.ContextVar("variable", default="default")


@scenario
async def name(s):
    """name= is the task's name."""

    async def child():
        s.note("running")

    async with s.TaskGroup() as group:
        task = group.create_task(child(), name="chosen")
        s.note(task.get_name())


@scenario
async def name_that_is_no_text(s):
    """A name that is no text is made one."""

    async def child():
        s.note("running")

    async with s.TaskGroup() as group:
        s.note(group.create_task(child(), name=7).get_name())


@scenario
async def default_name(s):
    """Without a name, or with None, the task has the default one."""

    async def child():
        pass

    async with s.TaskGroup() as group:
        s.note(group.create_task(child()).get_name()[:5])
        s.note(group.create_task(child(), name=None).get_name()[:5])


@scenario
async def context(s):
    """context= is the very Context that the child runs in: what it sets is seen there."""
    chosen = contextvars.copy_context()

    async def child():
        s.note("before", _variable.get())
        _variable.set("child")
        await asyncio.sleep(0)
        s.note("after", _variable.get())

    async with s.TaskGroup() as group:
        group.create_task(child(), context=chosen)
    s.note("here", _variable.get())
    s.note("there", chosen.get(_variable))


@scenario
async def context_is_kept_by_name(s):
    """name= and context= together."""
    chosen = contextvars.copy_context()
    chosen.run(_variable.set, "chosen")

    async def child():
        s.note("value", _variable.get())

    async with s.TaskGroup() as group:
        group.create_task(child(), name="named", context=chosen)


@scenario
async def copied_context(s):
    """Without context= the child runs in a copy of the parent's."""
    _variable.set("parent")

    async def child():
        s.note("value", _variable.get())
        _variable.set("child")

    async with s.TaskGroup() as group:
        group.create_task(child(), context=None)
    return _variable.get()


@scenario
async def context_and_failure(s):
    """A child with its own context that fails is a child as any other."""

    async def child():
        raise ValueError(_variable.get())

    chosen = contextvars.copy_context()
    chosen.run(_variable.set, "chosen")
    async with s.TaskGroup() as group:
        group.create_task(s.work("sibling", 10))
        group.create_task(child(), context=chosen)


@scenario
async def context_and_cancellation(s):
    """A child with its own context is cancelled in it."""

    async def child():
        try:
            await asyncio.sleep(10)
        finally:
            s.note("value", _variable.get())

    chosen = contextvars.copy_context()
    chosen.run(_variable.set, "chosen")
    async with s.TaskGroup() as group:
        s.watch(group.create_task(child(), context=chosen, name="child"))
        group.create_task(s.fail(ValueError(1), 1))


@scenario
async def task_factory(s):
    """The loop's task factory makes the children, with the keywords that were given."""
    asked = []

    def factory(loop, coro, **keywords):
        asked.append(sorted(key for key in keywords if key in ("name", "context")))
        keywords.pop("eager_start", None)
        return asyncio.Task(coro, loop=loop, **keywords)

    async def child():
        pass

    s.loop.set_task_factory(factory)
    async with s.TaskGroup() as group:
        group.create_task(child())
    return len(asked)


@scenario
async def task_class(s):
    """Children have the class that the task factory chooses."""

    class Special(asyncio.Task):
        pass

    s.loop.set_task_factory(lambda loop, coro, **keywords: Special(coro, loop=loop, **keywords))

    async def child():
        return type(asyncio.current_task()).__name__

    async with s.TaskGroup() as group:
        task = group.create_task(child())
    return task.result()


@scenario
async def special_parent(s):
    """A parent whose class overrides cancel() is cancelled through it."""

    class Special(asyncio.Task):
        def cancel(self, *args, **keywords):
            s.note("cancel() of the class")
            return super().cancel(*args, **keywords)

    async def main():
        async with s.TaskGroup() as group:
            group.create_task(s.fail(ValueError(1), 1))
            await asyncio.sleep(10)

    task = Special(main(), loop=s.loop, name="special")
    await asyncio.wait([task])
    s.note("ended", s.ended(task))


@scenario("call graph")
async def awaited_by(s):
    """A child is known to be awaited by its parent task (gh-91048)."""

    async def child():
        graph = asyncio.capture_call_graph()
        s.note("awaited by", [each.future.get_name() for each in graph.awaited_by])

    async with s.TaskGroup() as group:
        group.create_task(child())
