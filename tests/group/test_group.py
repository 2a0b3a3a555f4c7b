"""What the group adds to the table of scenarios: refusals by the loop, contexts, factories, parents that are gone."""

import asyncio
import contextlib
import contextvars
import gc
import inspect
import sys
import threading

import pytest

from taskgroup_compat import ExceptionGroup, TaskGroup, uncancel
from tests.support.virtual_time import OtherLoop, VirtualTimeLoop, run

# From 3.15 on the group is asyncio's, which closes no coroutine that the loop itself refuses.
OURS = sys.version_info < (3, 15)
IN_CONTEXT = sys.version_info < (3, 11)
VARIABLE = contextvars.ContextVar("VARIABLE", default="unset")


async def nothing():
    pass


@pytest.mark.parametrize("refused", ["a keyword", "a context", "by the factory"])
def test_create_task_error_closes_the_coroutine(refused):
    """An error of the loop's create_task() or of its factory propagates, and the group can still be used."""
    keywords = {"a keyword": {"unheard_of": 1}, "a context": {"context": "none"}, "by the factory": {}}[refused]

    def factory(loop, coro, **keywords):
        raise TypeError("refused")

    async def main():
        loop = asyncio.get_running_loop()
        coro = nothing()
        async with TaskGroup() as group:
            loop.set_task_factory(factory if refused == "by the factory" else None)
            with pytest.raises(TypeError):
                group.create_task(coro, **keywords)
            loop.set_task_factory(None)
            left = group.create_task(nothing())
        state = inspect.getcoroutinestate(coro)
        coro.close()
        return state, left.done()

    assert run(main()) == (inspect.CORO_CLOSED if OURS else inspect.CORO_CREATED, True)


def test_create_task_error_does_not_close_a_started_coroutine():
    """A factory that has started the coroutine before it fails keeps it."""

    class Waits:
        def __await__(self):
            yield

    async def begun():
        await Waits()

    async def main():
        coro = begun()

        def factory(loop, coro, **keywords):
            coro.send(None)
            raise ValueError

        async with TaskGroup() as group:
            asyncio.get_running_loop().set_task_factory(factory)
            with pytest.raises(ValueError):
                group.create_task(coro)
            asyncio.get_running_loop().set_task_factory(None)
        state = inspect.getcoroutinestate(coro)
        coro.close()
        return state

    assert run(main()) == inspect.CORO_SUSPENDED


def test_overridden_create_task_of_the_loop_creates_the_children():
    """A loop's own create_task() is called, with a factory as well as without one."""

    class Loop(VirtualTimeLoop):
        made = 0

        def create_task(self, coro, **keywords):
            self.made += 1
            return super().create_task(coro, **keywords)

    async def main():
        loop = asyncio.get_running_loop()
        async with TaskGroup() as group:
            group.create_task(nothing())
            loop.set_task_factory(lambda loop, coro, **keywords: asyncio.Task(coro, loop=loop, **keywords))
            group.create_task(nothing(), name="named")
        return loop.made

    loop = Loop()
    try:
        assert loop.run_until_complete(main()) == 3
    finally:
        loop.close()


def test_factory_receives_only_the_callers_keywords():
    """A factory that accepts only a loop and a coroutine works, and unnamed tasks keep their default names."""
    seen = []

    def factory(loop, coro, **keywords):
        seen.append(sorted(keywords))
        return asyncio.Task(coro, loop=loop, **keywords)

    async def main():
        asyncio.get_running_loop().set_task_factory(lambda loop, coro: factory(loop, coro))
        async with TaskGroup() as group:
            plain = group.create_task(nothing())
        asyncio.get_running_loop().set_task_factory(factory)
        async with TaskGroup() as group:
            named = group.create_task(nothing(), name="named")
            own = group.create_task(nothing(), context=contextvars.copy_context())
        asyncio.get_running_loop().set_task_factory(None)
        return [task.get_name().split("-")[0] for task in (plain, named, own)]

    assert run(main()) == ["Task", "named", "Task"]
    # The loop sets the name itself below 3.14 (gh-128308), and knows no context below 3.11.
    name = ["name"] if sys.version_info >= (3, 14) else []
    assert seen == [[], name, [] if IN_CONTEXT else ["context"]]


@pytest.mark.parametrize("keywords", [{"unheard_of": 1}, {"unheard_of": 1, "name": "child"}])
def test_keywords_reach_a_factory_as_from_the_loop(keywords):
    """The group's create_task() accepts and refuses the keywords that the loop's own does."""
    seen = []

    def factory(loop, coro, **keywords):
        seen.append(keywords)
        return asyncio.Task(coro, loop=loop)

    def outcome(create_task):
        seen.clear()
        coro = nothing()
        try:
            create_task(coro, **keywords)
        except TypeError:
            coro.close()
            return "refused"
        return list(seen)

    async def main():
        loop = asyncio.get_running_loop()
        async with TaskGroup() as group:
            loop.set_task_factory(factory)
            outcomes = outcome(group.create_task), outcome(loop.create_task)
            loop.set_task_factory(None)
        return outcomes

    ours, loops = run(main())
    assert ours == loops


@pytest.mark.parametrize("eager", ["the eager factory", "one made by create_eager_task_factory"])
def test_eager_child_has_its_name_in_its_first_step(eager):
    """The name is set before an eager child runs (gh-128308); without a name it has the loop's default."""

    async def name():
        return asyncio.current_task().get_name()

    async def main():
        async with TaskGroup() as group:
            tasks = group.create_task(name(), name="given"), group.create_task(name())
        return tasks[0].result(), tasks[1].result() == tasks[1].get_name()

    if sys.version_info < (3, 12):
        assert not hasattr(asyncio, "eager_task_factory")
        return
    made = asyncio.create_eager_task_factory(type("Task", (asyncio.Task,), {}))
    factory = asyncio.eager_task_factory if eager == "the eager factory" else made
    assert run(main(), task_factory=factory) == ("given", True)


def test_child_with_a_context_looks_like_any_other():
    """It waits, is cancelled and shows its coroutine; its changes stay in the given context."""

    async def child():
        VARIABLE.set("set by the child")
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            await asyncio.sleep(1)
            VARIABLE.set("set while cleaning up")
            raise

    async def main():
        context = contextvars.copy_context()
        async with TaskGroup() as group:
            task = group.create_task(child(), context=context)
            await asyncio.sleep(1)
            first = context[VARIABLE], "child()" in repr(task), task.get_stack()[0].f_code.co_name
            task.cancel()
        return first, context[VARIABLE], VARIABLE.get(), task.cancelled()

    assert run(main()) == (("set by the child", True, "child"), "set while cleaning up", "unset", True)


def test_coroutine_with_a_context_can_be_closed_and_awaited():
    """The loop may close a child that never ran, and a factory may await the coroutine that it receives."""
    seen = []

    async def child():
        seen.append(VARIABLE.get())
        return "result"

    def closes(loop, coro, **keywords):
        coro.close()
        return asyncio.Task(nothing(), loop=loop)

    def awaits(loop, coro, **keywords):
        async def wrapper():
            return await coro

        return asyncio.Task(wrapper(), loop=loop, **keywords)

    class Delegates:
        def __init__(self, coro):
            self.coro = coro

        def __await__(self):
            return (yield from self.coro.__await__())

    def delegates(loop, coro, **keywords):
        async def wrapper():
            return await Delegates(coro)

        return asyncio.Task(wrapper(), loop=loop, **keywords)

    async def main(factory):
        context = contextvars.copy_context()
        context.run(VARIABLE.set, "in the context")
        async with TaskGroup() as group:
            asyncio.get_running_loop().set_task_factory(factory)
            task = group.create_task(child(), context=context)
            asyncio.get_running_loop().set_task_factory(None)
        return task.result()

    assert run(main(closes)) is None
    assert seen == []
    assert run(main(awaits)) == "result"
    assert run(main(delegates)) == "result"
    assert seen == ["in the context"] * 2


def test_failure_does_not_cancel_a_finished_child():
    """Two children fail in one step: when the group handles the first error, the second child has finished."""
    cancelled = []

    class Task(asyncio.Task):
        def cancel(self, *args, **kwargs):
            cancelled.append(self.get_name())
            return super().cancel(*args, **kwargs)

    async def fails():
        raise KeyError

    async def main():
        asyncio.get_running_loop().set_task_factory(lambda loop, coro, **keywords: Task(coro, loop=loop, **keywords))
        with pytest.raises(ExceptionGroup):
            async with TaskGroup() as group:
                for name in ("first", "second"):
                    group.create_task(fails(), name=name)
                group.create_task(asyncio.sleep(10), name="third")

    run(main())
    assert cancelled == ["third"]


# From 3.11 on it is the task that runs in the context, and not the coroutine.
if IN_CONTEXT:

    def test_closing_a_wrapper_closes_the_coroutine_in_its_context():
        """The clean-up of the coroutine sees the context, also if a factory's wrapper is closed."""
        seen = []

        async def child():
            try:
                await asyncio.sleep(0)
            finally:
                seen.append(VARIABLE.get("none"))

        def starts_and_closes(loop, coro, **keywords):
            async def wrapper():
                return await coro

            wrapped = wrapper()
            wrapped.send(None)
            wrapped.close()
            return asyncio.Task(nothing(), loop=loop)

        async def main():
            context = contextvars.copy_context()
            context.run(VARIABLE.set, "in the context")
            async with TaskGroup() as group:
                asyncio.get_running_loop().set_task_factory(starts_and_closes)
                group.create_task(child(), context=context)
                asyncio.get_running_loop().set_task_factory(None)

        run(main())
        assert seen == ["in the context"]


def test_error_after_the_parent_finished_is_reported_and_raised():
    """An asynchronous generator holds the group and another task leaves it: handler and caller get the error."""
    reported = []

    async def fails():
        await asyncio.sleep(1)
        raise ValueError

    async def fixture():
        async with TaskGroup() as group:
            group.create_task(fails())
            yield group

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: reported.append(type(context["exception"]).__name__))
        generator = fixture()
        await loop.create_task(generator.__anext__())
        await asyncio.sleep(2)
        with pytest.raises(ExceptionGroup) as caught:
            await loop.create_task(generator.__anext__())
        return [type(error) for error in caught.value.exceptions]

    assert run(main()) == [ValueError]
    assert reported == ["ValueError"]


def test_error_after_close_reaches_the_exception_handler():
    """The body is closed while it waits for a child; the child's error goes to the loop's exception handler."""
    reported = []

    async def fails(event):
        await event.wait()
        raise ValueError

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: reported.append(type(context["exception"]).__name__))
        event = asyncio.Event()

        async def body():
            async with TaskGroup() as group:
                group.create_task(fails(event))

        coro = body()
        coro.send(None)
        coro.close()
        event.set()
        await asyncio.sleep(1)

    run(main())
    # asyncio's own group fails itself there.
    assert reported == (["ValueError"] if OURS else ["AttributeError"])


def test_aexit_by_hand_raises_the_exception_given():
    """__aexit__() raises a CancelledError or a KeyboardInterrupt that it receives; it does not return False."""

    async def main(error):
        group = TaskGroup()
        await group.__aenter__()
        try:
            return await group.__aexit__(type(error), error, None)
        except BaseException as again:
            return again is error

    # gh-88760: before 3.9.8 and 3.10.1 exit stacks cannot stand an exception that is raised again.
    expected = sys.version_info >= (3, 9, 8) and sys.version_info[:3] != (3, 10, 0)
    errors = [asyncio.CancelledError(), KeyboardInterrupt(), GeneratorExit()]
    assert [run(main(error)) for error in errors] == [expected] * 3


def test_cancellation_in_a_handler_propagates_through_a_stack_of_groups():
    """The chain of contexts ends. On 3.8 it was a cycle, and the program hung."""

    async def body():
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(TaskGroup())
            await stack.enter_async_context(TaskGroup())
            try:
                raise KeyError
            except KeyError:
                raise asyncio.CancelledError

    async def main():
        chain = []
        try:
            await body()
        except asyncio.CancelledError as error:
            while error is not None:
                chain.append(type(error).__name__)
                error = error.__context__
        return chain

    assert run(main()) == ["CancelledError", "KeyError"]


@pytest.mark.parametrize("wrong", [nothing, None, 42])
def test_create_task_refuses_other_objects_than_coroutines(wrong):
    """A coroutine function or another object raises TypeError at the call, also with context=."""

    async def main():
        async with TaskGroup() as group:
            with pytest.raises(TypeError):
                group.create_task(wrong, context=contextvars.copy_context())

    run(main())


def test_cancel_after_close_cancels_the_children():
    """cancel() reaches the children of a group whose body was closed while it waited."""

    async def main():
        groups = []

        async def body():
            async with TaskGroup() as group:
                groups.append((group, group.create_task(asyncio.sleep(10))))

        coro = body()
        coro.send(None)
        coro.close()
        group, child = groups[0]
        group.cancel()
        await asyncio.wait({child})
        return child.cancelled(), asyncio.get_running_loop().time()

    assert run(main()) == (True, 0)


def test_failed_entry_leaves_the_group_usable():
    """Entering outside of a task raises RuntimeError; the group can be entered in a task afterwards."""

    async def main():
        group = TaskGroup()
        errors = []

        def callback():
            try:
                group.__aenter__().send(None)
            except RuntimeError as error:
                errors.append(str(error))

        asyncio.get_running_loop().call_soon(callback)
        await asyncio.sleep(0)
        async with group:
            pass
        return errors

    assert run(main()) == ["TaskGroup <TaskGroup> cannot determine the parent task"]


def test_aexit_with_an_error_before_aenter_fails():
    """There is no parent to cancel and no error to group: the call itself raises."""

    async def main():
        with pytest.raises(RuntimeError if OURS else AttributeError):
            await TaskGroup().__aexit__(ValueError, ValueError(), None)

    run(main())


def test_aexit_before_aenter_does_nothing():
    """__aexit__() alone returns True, as in the standard library, also a second time."""

    async def main():
        group = TaskGroup()
        return [await group.__aexit__(None, None, None), await group.__aexit__(None, None, None)]

    assert run(main()) == [True, True]


def test_aexit_of_a_cancelled_group_fails_a_second_time():
    """It has no parent any more."""

    async def main():
        group = TaskGroup()
        async with group:
            group.cancel()
        with pytest.raises(RuntimeError if OURS else AttributeError):
            await group.__aexit__(None, None, None)

    run(main())


@pytest.mark.parametrize("loop", [VirtualTimeLoop, OtherLoop])
def test_group_that_ended_accepts_no_child(loop):
    """The last child ended before the group was left; a request that was withdrawn is cleared on leaving."""

    async def quick():
        pass

    async def main():
        task = asyncio.current_task()
        async with TaskGroup() as group:
            group.create_task(quick())
            await asyncio.sleep(0)
            task.cancel()
            uncancel(task)
        with pytest.raises(RuntimeError, match="is finished"):
            group.create_task(quick())
        return repr(group)

    loop = loop()
    try:
        assert loop.run_until_complete(main()) == "<TaskGroup entered>"
    finally:
        loop.close()


def test_group_closed_while_it_waited_shuts_down_as_long_as_a_child_runs():
    """The message of the refusal changes when the last child has ended."""

    async def main():
        groups = []

        async def slow():
            try:
                await asyncio.sleep(10)
            finally:
                await asyncio.sleep(1)

        async def body():
            async with TaskGroup() as group:
                groups.append(group)
                group.create_task(slow())

        coro = body()
        coro.send(None)
        await asyncio.sleep(0)
        coro.close()
        [group] = groups
        group.cancel()
        with pytest.raises(RuntimeError, match="is shutting down"):
            group.create_task(slow())
        await asyncio.sleep(5)
        with pytest.raises(RuntimeError, match="is finished"):
            group.create_task(slow())

    run(main())


def test_groups_in_several_threads_are_independent():
    """Failing and cancelled groups run in many loops at once."""
    results = []

    async def fails():
        await asyncio.sleep(0)
        raise ValueError

    async def main():
        seen = 0
        for _ in range(100):
            try:
                async with TaskGroup() as group:
                    group.create_task(asyncio.sleep(10))
                    group.create_task(fails())
            except ExceptionGroup as error:
                seen += len(error.exceptions)
            async with TaskGroup() as group:
                group.create_task(asyncio.sleep(10))
                group.cancel()
        return seen

    threads = [threading.Thread(target=lambda: results.append(run(main()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [100] * 4


def test_a_thousand_groups_are_all_freed():
    """No group, task or error remains after many groups of every kind."""

    async def fails():
        raise ValueError

    async def one():
        async with TaskGroup():
            pass
        async with TaskGroup() as group:
            group.create_task(nothing())
            group.cancel()
        try:
            async with TaskGroup() as group:
                group.create_task(fails())
        except ExceptionGroup:
            pass

    async def main(number):
        for _ in range(number):
            await one()

    def left():
        gc.collect()
        return sum(type(obj) in (TaskGroup, asyncio.Task, ExceptionGroup, ValueError) for obj in gc.get_objects())

    before = left()
    run(main(1000))
    assert left() <= before
