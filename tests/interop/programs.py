"""Whole programs, each run by an interpreter of its own: their output, their errors and their exit status.

What is on stdout is compared as it is. Of tracebacks on stderr only that is kept which every version prints the same
way: the tree of a group, and the lines that name errors. A program that says "ready" gets a SIGINT.
"""

import concurrent.futures
import os
import re
import signal
import subprocess
import sys
import textwrap

HEAD = """
import asyncio, gc, logging, signal, sys, threading
# A process that a shell starts in the background ignores it, these tests too.
signal.signal(signal.SIGINT, signal.default_int_handler)
# a busy machine is slow now and then; that is no output of the program's
logging.getLogger("asyncio").addFilter(lambda record: " took " not in record.getMessage())
from taskgroup_compat import TaskGroup, ExceptionGroup, BaseExceptionGroup, timeout
def say(*words):
    print(*words, flush=True)
async def fails(text="child", delay=0):
    await asyncio.sleep(delay)
    raise ValueError(text)
async def waits():
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        say("child cancelled")
        raise
"""

PROGRAMS = {
    "group that nobody catches is a tree on stderr": """
        async def inner():
            async with TaskGroup() as group:
                group.create_task(fails("inner 1"))
                group.create_task(fails("inner 2"))
        async def main():
            async with TaskGroup() as group:
                group.create_task(inner())
                group.create_task(fails("outer"))
        asyncio.run(main())
    """,
    "base exception group that nobody catches is a tree on stderr": """
        class Fatal(BaseException): pass
        async def fatal():
            raise Fatal("fatal")
        async def main():
            async with TaskGroup() as group:
                group.create_task(fatal())
                group.create_task(fails("child"))
        asyncio.run(main())
    """,
    "group raised while another error is handled shows both": """
        async def main():
            try:
                raise KeyError("first")
            except KeyError:
                async with TaskGroup() as group:
                    group.create_task(fails("second"))
        asyncio.run(main())
    """,
    "error raised from a group shows the tree": """
        async def main():
            try:
                async with TaskGroup() as group:
                    group.create_task(fails("child"))
            except ExceptionGroup as error:
                raise RuntimeError("no data") from error
        asyncio.run(main())
    """,
    "group in a task that nobody awaits is reported as a tree": """
        async def lonely():
            async with TaskGroup() as group:
                group.create_task(fails("child"))
        async def main():
            task = asyncio.ensure_future(lonely())
            await asyncio.wait([task])
        asyncio.run(main())
    """,
    "group in a thread that nobody catches is a tree on stderr": """
        async def main():
            async with TaskGroup() as group:
                group.create_task(fails("child"))
        thread = threading.Thread(target=asyncio.run, args=(main(),), name="worker")
        thread.start()
        thread.join()
        say("main goes on")
    """,
    "system exit of a child ends the program": """
        async def leaves():
            sys.exit(7)
        async def main():
            async with TaskGroup() as group:
                group.create_task(waits())
                group.create_task(leaves())
        asyncio.run(main())
    """,
    "system exit of the body ends the program": """
        async def main():
            async with TaskGroup() as group:
                group.create_task(waits())
                await asyncio.sleep(0)
                sys.exit(7)
        asyncio.run(main())
    """,
    "keyboard interrupt of a child ends the program": """
        async def interrupts():
            raise KeyboardInterrupt
        async def main():
            async with TaskGroup() as group:
                group.create_task(waits())
                group.create_task(interrupts())
        asyncio.run(main())
    """,
    "SIGINT while the body waits": """
        async def main():
            async with TaskGroup() as group:
                group.create_task(waits())
                await asyncio.sleep(0)
                say("ready")
                await asyncio.sleep(30)
        asyncio.run(main())
    """,
    "SIGINT while the group waits": """
        async def main():
            async with TaskGroup() as group:
                group.create_task(waits())
                await asyncio.sleep(0)
                say("ready")
        asyncio.run(main())
    """,
    "SIGINT with a handler of the loop that cancels the group": """
        async def main():
            async with TaskGroup() as group:
                asyncio.get_running_loop().add_signal_handler(signal.SIGINT, group.cancel)
                group.create_task(waits())
                await asyncio.sleep(0)
                say("ready")
            say("group left")
            await asyncio.sleep(0)
            say("goes on")
        asyncio.run(main())
    """,
    "SIGINT with a handler of the loop that cancels the parent while a child fails cleaning up": """
        async def fails_cleaning():
            try:
                await asyncio.sleep(30)
            finally:
                raise ValueError("cleaning up")
        async def main():
            task = asyncio.current_task()
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, task.cancel)
            try:
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning())
                    await asyncio.sleep(0)
                    say("ready")
            except ExceptionGroup as error:
                say(repr(error))
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                say("then cancelled")
        asyncio.run(main())
    """,
    "SIGINT with a handler of the loop that was given cancel() before the group": """
        async def fails_cleaning():
            try:
                await asyncio.sleep(30)
            finally:
                raise ValueError("cleaning up")
        async def main():
            task = asyncio.current_task()
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, task.cancel)
            try:
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning())
                    await asyncio.sleep(0)
                    say("ready")
                    await asyncio.sleep(30)
            except ExceptionGroup as error:
                say(repr(error))
            try:
                await asyncio.sleep(1)
                say("goes on")
            except asyncio.CancelledError:
                say("then cancelled")
        asyncio.run(main())
    """,
    "SIGINT in a program of uvloop": """
        import uvloop
        async def main():
            task = asyncio.current_task()
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, task.cancel)
            try:
                async with TaskGroup() as group:
                    group.create_task(waits())
                    await asyncio.sleep(0)
                    say("ready")
            except asyncio.CancelledError:
                say("cancelled")
        uvloop.run(main())
    """,
    "SIGINT in a program of anyio": """
        import anyio
        async def main():
            async with TaskGroup() as group:
                group.create_task(waits())
                await asyncio.sleep(0)
                say("ready")
        anyio.run(main)
    """,
    "SIGINT in a program of anyio while children clean up with awaits": """
        import anyio
        async def cleans():
            try:
                await asyncio.sleep(30)
            finally:
                await asyncio.sleep(0.01)
                say("cleaned up")
        async def main():
            async with TaskGroup() as group:
                group.create_task(cleans())
                group.create_task(cleans())
                await asyncio.sleep(0)
                say("ready")
        anyio.run(main)
    """,
    "SIGINT in a program of anyio whose child fails cleaning up": """
        import anyio
        async def fails_cleaning():
            try:
                await asyncio.sleep(30)
            finally:
                raise ValueError("cleaning up")
        async def main():
            try:
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning())
                    await asyncio.sleep(0)
                    say("ready")
            except ExceptionGroup as error:
                say(repr(error))
            await asyncio.sleep(30)
        anyio.run(main)
    """,
    "program ends while a group is suspended": """
        async def main():
            async with TaskGroup() as group:
                group.create_task(waits())
                await asyncio.sleep(0)
                loop.call_soon(loop.stop)
                await asyncio.sleep(30)
        loop = asyncio.new_event_loop()
        task = loop.create_task(main())
        loop.run_forever()
        for each in asyncio.all_tasks(loop):
            each.cancel()
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.close()
        say("closed")
    """,
    "children that work, on the loop of asyncio": """
        async def works(number):
            await asyncio.sleep(0)
            return number
        async def main():
            async with TaskGroup() as group:
                tasks = [group.create_task(works(number)) for number in range(100)]
            say(sum(task.result() for task in tasks))
        asyncio.run(main())
    """,
    "children that work, on uvloop": """
        import uvloop
        async def works(number):
            await asyncio.sleep(0)
            return number
        async def main():
            async with TaskGroup() as group:
                tasks = [group.create_task(works(number)) for number in range(100)]
            say(sum(task.result() for task in tasks))
        uvloop.run(main())
    """,
    "errors that are caught": """
        async def main():
            for _ in range(3):
                try:
                    async with TaskGroup() as group:
                        group.create_task(waits())
                        group.create_task(fails())
                except ExceptionGroup as error:
                    say(repr(error))
        asyncio.run(main())
    """,
    "child that nobody asks for its error after the parent": """
        async def main():
            try:
                async with TaskGroup() as group:
                    group.create_task(fails("1"))
                    group.create_task(fails("2"))
            except ExceptionGroup as error:
                say(len(error.exceptions))
        asyncio.run(main())
    """,
    "children that are refused": """
        async def never():
            pass
        async def main():
            group = TaskGroup()
            try:
                group.create_task(never())
            except RuntimeError:
                say("not entered")
            async with group:
                pass
            try:
                group.create_task(never())
            except RuntimeError:
                say("finished")
            try:
                async with TaskGroup() as group:
                    try:
                        group.create_task(fails())
                        await asyncio.sleep(30)
                    finally:
                        try:
                            group.create_task(never())
                        except RuntimeError:
                            say("shutting down")
            except ExceptionGroup as error:
                say(repr(error))
        asyncio.run(main())
    """,
    "timeout that nobody catches": """
        async def main():
            async with timeout(0.01):
                await asyncio.sleep(30)
        asyncio.run(main())
    """,
    "timeout around a group whose children clean up and fail": """
        async def fails_cleaning():
            try:
                await asyncio.sleep(30)
            finally:
                raise ValueError("cleaning up")
        async def main():
            async with timeout(0.01):
                async with TaskGroup() as group:
                    group.create_task(waits())
                    group.create_task(fails_cleaning())
        asyncio.run(main())
    """,
    "SIGINT with a handler of the loop that cancels the task, while a timeout runs": """
        async def main():
            task = asyncio.current_task()
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: task.cancel())
            try:
                async with timeout(30):
                    say("ready")
                    await waits()
            except asyncio.CancelledError:
                say("cancelled")
        asyncio.run(main())
    """,
    "SIGINT with a handler of the loop that cancels the task, after a timeout has expired": """
        async def main():
            task = asyncio.current_task()
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: task.cancel())
            try:
                async with timeout(0):
                    try:
                        await asyncio.sleep(30)
                    finally:
                        say("ready")
                        await waits()
            except asyncio.CancelledError:
                say("cancelled")
        asyncio.run(main())
    """,
    "timeouts on uvloop": """
        import uvloop
        async def limited(number):
            try:
                async with timeout(0 if number % 2 else 0.01):
                    async with TaskGroup() as group:
                        group.create_task(fails_cleaning())
                        await asyncio.sleep(30)
            except ExceptionGroup:
                await asyncio.sleep(0)
            async with timeout(30) as limit:
                limit.reschedule(0)
                await asyncio.sleep(30)
        async def fails_cleaning():
            try:
                await asyncio.sleep(30)
            finally:
                raise ValueError("cleaning up")
        async def main():
            tasks = [asyncio.ensure_future(limited(number)) for number in range(100)]
            await asyncio.wait(tasks)
            say({type(task.exception()).__name__ for task in tasks})
        uvloop.run(main())
    """,
    "timeouts leave nothing to the garbage collector": """
        async def limited(delay):
            async with timeout(delay):
                await asyncio.sleep(0 if delay else 30)
        async def once():
            await limited(10)
            tasks = [asyncio.ensure_future(limited(delay)) for delay in (0, 10)]
            await asyncio.wait(tasks)
            assert tasks[0].exception() and not tasks[1].exception()
        async def main():
            await asyncio.ensure_future(once())
            gc.collect()
            gc.disable()
            for _ in range(3):
                await asyncio.ensure_future(once())
            await asyncio.sleep(0)
            say("some" if gc.collect() else "none")
        asyncio.run(main())
    """,
    "timeout of async_timeout around a group": """
        import async_timeout
        async def main():
            try:
                async with async_timeout.timeout(0.01):
                    async with TaskGroup() as group:
                        group.create_task(waits())
                        await asyncio.sleep(30)
            except asyncio.TimeoutError:
                say("timed out")
        asyncio.run(main())
    """,
    "scope of anyio around a group": """
        import anyio
        async def main():
            with anyio.move_on_after(0.01) as scope:
                async with TaskGroup() as group:
                    group.create_task(waits())
                    await asyncio.sleep(30)
            say(scope.cancelled_caught)
        asyncio.run(main())
    """,
    "server and client of aiohttp in groups": """
        import aiohttp
        from aiohttp import web
        async def hello(request):
            async with TaskGroup() as group:
                task = group.create_task(asyncio.sleep(0, "hello"))
            return web.Response(text=task.result())
        async def get(http, url):
            async with http.get(url) as response:
                return await response.text()
        async def main():
            application = web.Application()
            application.router.add_get("/", hello)
            runner = web.AppRunner(application)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            url = "http://127.0.0.1:%d/" % runner.addresses[0][1]
            async with aiohttp.ClientSession() as http:
                async with TaskGroup() as group:
                    tasks = [group.create_task(get(http, url)) for _ in range(3)]
            say(*(task.result() for task in tasks))
            await runner.cleanup()
        asyncio.run(main())
    """,
    "client of httpx in a group": """
        import httpx
        async def answer(reader, writer):
            await reader.readuntil(b"\\r\\n\\r\\n")
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\nConnection: close\\r\\n\\r\\nhello")
            await writer.drain()
            writer.close()
        async def main():
            server = await asyncio.start_server(answer, "127.0.0.1", 0)
            url = "http://127.0.0.1:%d/" % server.sockets[0].getsockname()[1]
            async with httpx.AsyncClient(trust_env=False) as http:
                async with TaskGroup() as group:
                    tasks = [group.create_task(http.get(url)) for _ in range(3)]
            say(*(task.result().text for task in tasks))
            server.close()
            await server.wait_closed()
        asyncio.run(main())
    """,
    "loops in several threads, whose groups fail and time out": """
        import async_timeout
        said = []
        async def fails_cleaning():
            try:
                await asyncio.sleep(30)
            finally:
                raise ValueError("cleaning up")
        async def main(number):
            for _ in range(20):
                try:
                    async with async_timeout.timeout(0 if number % 2 else 0.001):
                        try:
                            async with TaskGroup() as group:
                                for _ in range(number):
                                    group.create_task(fails_cleaning())
                                await asyncio.sleep(30)
                        except ExceptionGroup as error:
                            assert all(str(each) == "cleaning up" for each in error.exceptions), error
                        await asyncio.sleep(30)
                except asyncio.TimeoutError:
                    pass
                await asyncio.sleep(0)
            said.append(number)
        threads = [threading.Thread(target=asyncio.run, args=(main(number),)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        say(*sorted(said))
    """,
    "loops in several threads, of asyncio and uvloop": """
        import uvloop
        said = []
        async def main(number):
            task = asyncio.current_task()
            for _ in range(20):
                try:
                    async with TaskGroup() as group:
                        group.create_task(asyncio.sleep(0))
                        group.create_task(fails())
                        await asyncio.sleep(30)
                except ExceptionGroup as error:
                    assert len(error.exceptions) == 1
                assert asyncio.current_task() is task
                await asyncio.sleep(0)
            said.append(number)
        def run(number):
            loop = (uvloop if number % 2 else asyncio).new_event_loop()
            loop.run_until_complete(main(number))
            loop.close()
        threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        say(*sorted(said))
    """,
    "thread that cancels the parent of a group in another loop": """
        async def main():
            loop = asyncio.get_running_loop()
            task = asyncio.current_task()
            thread = threading.Thread(target=loop.call_soon_threadsafe, args=(task.cancel,))
            try:
                async with TaskGroup() as group:
                    group.create_task(waits())
                    await asyncio.sleep(0)
                    thread.start()
                    await asyncio.sleep(30)
            except asyncio.CancelledError:
                say("cancelled")
            thread.join()
        asyncio.run(main())
    """,
    "thread of anyio that calls back into the loop of a group": """
        import anyio, anyio.from_thread, anyio.to_thread
        async def one():
            async with TaskGroup() as group:
                task = group.create_task(asyncio.sleep(0, 1))
            return task.result()
        def work():
            return anyio.from_thread.run(one)
        async def main():
            async with TaskGroup() as group:
                tasks = [group.create_task(anyio.to_thread.run_sync(work)) for _ in range(3)]
            say(sum(task.result() for task in tasks))
        anyio.run(main)
    """,
    "tests of IsolatedAsyncioTestCase": """
        from tests.interop import under_unittest
        under_unittest.report(say)
    """,
    "tests of pytest-asyncio": """
        import pathlib, pytest, tests.interop
        class Report:
            def pytest_runtest_logreport(self, report):
                if report.when == "call" or not report.passed:
                    words = [word for word in ("test", "fixture") if "ValueError: " + word in report.longreprtext]
                    say(report.nodeid.partition("::")[2], report.when, report.outcome, *words)
        file = pathlib.Path(tests.interop.__file__).with_name("under_pytest_asyncio.py")
        options = ["-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function"]
        options += ["-p", "no:cacheprovider", "-p", "no:terminal", "-W", "error"]
        options += ["-c", "/dev/null", "--rootdir", str(file.parent)]
        say(int(pytest.main([*options, str(file)], [Report()])))
    """,
    "groups leave nothing to the garbage collector": """
        import async_timeout
        async def fails_cleaning():
            try:
                await asyncio.sleep(30)
            finally:
                raise ValueError
        async def once():
            try:
                async with TaskGroup() as group:
                    group.create_task(fails())
                    async with TaskGroup() as inner:
                        inner.create_task(fails_cleaning())
                        await asyncio.sleep(30)
            except ExceptionGroup:
                pass
            async with TaskGroup() as group:
                group.create_task(asyncio.sleep(30))
                group.cancel()
            async with TaskGroup() as group:
                task = group.create_task(asyncio.sleep(0))
            task = asyncio.ensure_future(fails_cleaning())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            assert task.exception()
            del task
        async def main():
            await asyncio.ensure_future(once())
            gc.collect()
            gc.disable()
            for _ in range(3):
                await asyncio.ensure_future(once())
            await asyncio.sleep(0)
            say("found", gc.collect())
        asyncio.run(main())
    """,
}

# The parts of a tree that every version prints: its box, and the lines that name an error.
_KEPT = re.compile(
    r"^[\s|+-]*(\+[-+].*|[\w.]*(Error|Exception|ExceptionGroup|Interrupt|Fatal|Exit)\b.*|During .*|The above .*)$"
)

_PLACE = re.compile(r'^[\s|+]*(Traceback|Exception Group Traceback|File "|[~^]+$|    \S|  \S)')


def shorten(text):
    """Return the lines of stderr that show no source, paths or line numbers."""
    lines = []
    for line in text.splitlines():
        if _KEPT.match(line) and not line.strip(" |+-").startswith(("File ", "raise ")):
            lines.append(re.sub(r"\b(\w+\.)+(?=\w+(Error|Group|Exception)\b)", "", line.rstrip()))
        elif line.strip() and not _PLACE.match(line):
            lines.append(re.sub(r",? (created|defined) at (<string>|[^>\s]*)[:\d]*", "", line.rstrip()))
    return lines


def start(source, *options):
    """Starts a program with the packages that are here."""
    return subprocess.Popen(
        [sys.executable, *options, "-c", HEAD + textwrap.dedent(source)],
        bufsize=0,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path))),
    )


def finish(process):
    """Interrupts a program that says that it is ready, and returns (how it ended, stdout, stderr)."""
    # Byte by byte, so that none of the following output is read.
    first = process.stdout.readline()
    if first.strip() == b"ready":
        process.send_signal(signal.SIGINT)
    try:
        out, error = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        out, error = process.communicate()
        error += b"HANGS"
    return process.returncode, (first + out).decode(), error.decode()


def outcome(source, *options):
    """Return the outcome of a program, in the parts that are the same on every version."""
    code, out, error = finish(start(source, *options))
    return {"ends with": code, "stdout": out.splitlines(), "stderr": shorten(error)}


def outcomes():
    """Return the outcome of every program in development mode: warnings as errors and asyncio's debug mode."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda source: outcome(source, "-X", "dev"), PROGRAMS.values())
        return dict(zip(PROGRAMS, found))
