"""Tests of unittest's IsolatedAsyncioTestCase that use groups; one of them fails. Run by one of the programs."""

import asyncio
import unittest

import async_timeout

from taskgroup_compat import ExceptionGroup, TaskGroup, uncancel


async def fails(text):
    raise ValueError(text)


class Test(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.addAsyncCleanup(self.asyncTearDown)

    async def asyncSetUp(self):
        async with TaskGroup() as group:
            self.task = group.create_task(asyncio.sleep(0, "set up"))

    async def asyncTearDown(self):
        with self.assertRaises(ExceptionGroup):
            async with TaskGroup() as group:
                group.create_task(fails("tear down"))
                await asyncio.sleep(30)
        await asyncio.sleep(0)

    async def test_children_work(self):
        task = asyncio.current_task()
        async with TaskGroup() as group:
            children = [group.create_task(asyncio.sleep(0, n)) for n in range(3)]
        self.assertEqual([child.result() for child in children], [0, 1, 2])
        self.assertEqual(self.task.result(), "set up")
        self.assertIs(asyncio.current_task(), task)

    async def test_error_arrives(self):
        with self.assertRaises(ExceptionGroup):
            async with TaskGroup() as group:
                group.create_task(fails("child"))
                await asyncio.sleep(30)
        await asyncio.sleep(0)

    async def test_timeout_around_a_group(self):
        with self.assertRaises(asyncio.TimeoutError):
            async with async_timeout.timeout(0.01):
                async with TaskGroup() as group:
                    group.create_task(asyncio.sleep(30))
        await asyncio.sleep(0)

    async def test_cancelled_outside_and_swallowed(self):
        asyncio.get_running_loop().call_soon(asyncio.current_task().cancel)
        with self.assertRaises(asyncio.CancelledError):
            async with TaskGroup() as group:
                group.create_task(asyncio.sleep(30))

    async def test_cancelled_outside_and_settled(self):
        asyncio.get_running_loop().call_soon(asyncio.current_task().cancel)
        with self.assertRaises(asyncio.CancelledError):
            async with TaskGroup() as group:
                group.create_task(asyncio.sleep(30))
        uncancel(asyncio.current_task())

    async def test_that_fails(self):
        async with TaskGroup() as group:
            group.create_task(fails("test"))


def report(say):
    """Runs the tests, and says how many there were, which failed, if with its own error, and if cancelled."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Test).run(result)
    say(result.testsRun)
    for test, trace in result.errors + result.failures:
        name = test.id().rpartition(".")[2]
        say(name, "ValueError: test" in trace, "CancelledError" in trace)
