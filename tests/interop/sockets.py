"""Programs with aiohttp's server and client and with httpx, over loopback.

Each waits for events, not for times: where a timeout is to fire, what it waits for never comes.
"""

import asyncio
import contextlib

import aiohttp
import aiohttp.web
import anyio
import async_timeout
import httpx

from taskgroup_compat import TaskGroup

from .running import Broken, describe

# A message arrives within milliseconds or never.
SOON = 0.05
LATE = 30

SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__.replace("_", " ")] = function
    return function


class Server:
    """aiohttp's server with a few routes; it logs the events of its handlers."""

    def __init__(self, run, handler=None):
        self.run = run
        self.handler = handler
        self.arrived = asyncio.Event()
        self.release = asyncio.Event()
        self.left = asyncio.Event()

    async def __aenter__(self):
        application = aiohttp.web.Application()
        application.router.add_get("/ok", self.ok)
        application.router.add_get("/never", self.never)
        application.router.add_get("/half", self.half)
        application.router.add_get("/broken", self.broken)
        application.router.add_get("/socket", self.socket)
        if self.handler:
            application.router.add_get("/handler", self.handle)
        options = {"handler_cancellation": True, "access_log": None, "shutdown_timeout": SOON}
        self.runner = aiohttp.web.AppRunner(application, **options)
        await self.runner.setup()
        site = aiohttp.web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.port = self.runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *args):
        self.release.set()
        await self.runner.cleanup()

    async def ok(self, request):
        return aiohttp.web.Response(text="ok")

    async def never(self, request):
        self.arrived.set()
        await self.release.wait()
        return aiohttp.web.Response(text="late")

    async def half(self, request):
        response = aiohttp.web.StreamResponse()
        await response.prepare(request)
        await response.write(b"half")
        self.arrived.set()
        await self.release.wait()
        return response

    async def broken(self, request):
        raise aiohttp.web.HTTPInternalServerError

    async def socket(self, request):
        socket = aiohttp.web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("hello")
        async for _ in socket:
            pass
        return socket

    async def handle(self, request):
        """Runs the scenario's handler, and says how it ends."""
        task = asyncio.current_task()
        try:
            await self.handler(self)
        except BaseException as error:
            self.run.say(f"handler ends with {describe(error)}")
            raise
        finally:
            if asyncio.current_task() is not task:
                self.run.say("handler runs in another task")
            self.left.set()
        return aiohttp.web.Response(text="handled")


def session(**timeouts):
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(**timeouts))


def client(timeout=LATE, **options):
    return httpx.AsyncClient(trust_env=False, timeout=timeout, **options)


async def text_of(http, url, **options):
    async with http.get(url, **options) as response:
        return await response.text()


async def fails_when(event):
    await event.wait()
    raise Broken("child")


async def fails_cleaning_up():
    try:
        await asyncio.sleep(LATE)
    finally:
        raise Broken("cleaning up")


async def waits(run):
    try:
        await asyncio.sleep(LATE)
    except asyncio.CancelledError:
        run.say("child cancelled")
        raise


async def cancels_when(event, task):
    await event.wait()
    task.cancel()


@contextlib.contextmanager
def caught(run, label):
    try:
        yield
    except Exception as error:
        run.say(f"{label} catches {describe(error)}")
    except BaseException as error:
        run.say(f"{label} passes {describe(error)}")
        raise


@scenario
async def aiohttp_children_fetch(run):
    async with Server(run) as server, session() as http:
        async with TaskGroup() as group:
            tasks = [group.create_task(text_of(http, server.url + "/ok")) for _ in range(5)]
        run.say(" ".join(task.result() for task in tasks))
        run.check()


@scenario
async def aiohttp_child_gets_an_error(run):
    async with Server(run) as server, session() as http:
        with caught(run, "group"):
            async with TaskGroup() as group:
                group.create_task(waits(run))
                group.create_task(text_of(http, server.url + "/broken", raise_for_status=True))
                await text_of(http, server.url + "/never")
        await run.awaits("outside", 0)
        run.say(await text_of(http, server.url + "/ok"))


@scenario
async def aiohttp_request_in_a_child_times_out(run):
    async with Server(run) as server, session(total=SOON) as http:
        with caught(run, "group"):
            async with TaskGroup() as group:
                group.create_task(waits(run))
                await group.create_task(text_of(http, server.url + "/never"))
        await run.awaits("outside", 0)


@scenario
async def aiohttp_request_in_the_body_times_out(run):
    async with Server(run) as server, session(total=SOON) as http:
        with caught(run, "group"):
            async with TaskGroup() as group:
                group.create_task(waits(run))
                await text_of(http, server.url + "/never")
        await run.awaits("outside", 0)


@scenario
async def aiohttp_request_in_the_body_times_out_and_is_caught(run):
    async with Server(run) as server, session(total=SOON) as http:
        async with TaskGroup() as group:
            with caught(run, "body"):
                await text_of(http, server.url + "/never")
            await run.awaits("body", 0)
            group.create_task(waits(run)).cancel()
        await run.awaits("outside", 0)


@scenario
async def aiohttp_request_in_the_body_times_out_and_then_a_child_fails(run):
    async with Server(run) as server, session(total=SOON) as http:
        with caught(run, "group"):
            async with TaskGroup() as group:
                group.create_task(fails_when(failing := asyncio.Event()))
                with caught(run, "body"):
                    await text_of(http, server.url + "/never")
                failing.set()
                await run.awaits("body", LATE)
        await run.awaits("outside", 0)


@scenario
async def aiohttp_request_in_the_body_times_out_while_a_child_fails_cleaning_up(run):
    async with Server(run) as server, session(total=SOON) as http:
        with caught(run, "group"):
            async with TaskGroup() as group:
                group.create_task(fails_cleaning_up())
                await text_of(http, server.url + "/never")
        await run.awaits("outside", 0)


@scenario
async def aiohttp_request_times_out_before_a_group(run):
    async with Server(run) as server, session(total=SOON) as http:
        with caught(run, "before"):
            await text_of(http, server.url + "/never")
        with caught(run, "group"):
            async with TaskGroup() as group:
                group.create_task(fails_when(server.arrived))
                await run.awaits("body", LATE)
        await run.awaits("outside", 0)


@scenario
async def aiohttp_body_read_times_out_in_a_group(run):
    async with Server(run) as server, session(total=SOON) as http:
        with caught(run, "group"):
            async with TaskGroup() as group:
                group.create_task(waits(run))
                with caught(run, "body"):
                    await text_of(http, server.url + "/half")
                raise Broken("body")
        await run.awaits("outside", 0)


@scenario
async def aiohttp_child_fails_while_the_body_is_in_a_request(run):
    async with Server(run) as server, session(total=LATE) as http:
        with caught(run, "group"):
            async with TaskGroup() as group:
                group.create_task(fails_when(server.arrived))
                await text_of(http, server.url + "/never")
        await run.awaits("outside", 0)
        run.say(await text_of(http, server.url + "/ok"))


@scenario
async def aiohttp_outside_cancels_the_body_in_a_request_and_a_child_fails_cleaning_up(run):
    async with Server(run) as server, session(total=LATE) as http:
        async with TaskGroup() as helpers:
            helpers.create_task(cancels_when(server.arrived, run.task))
            with caught(run, "group"):
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
                    await text_of(http, server.url + "/never")
            await run.awaits("outside", LATE)


@scenario
async def aiohttp_waits_for_a_connection_too_long_in_a_group(run):
    connector = aiohttp.TCPConnector(limit=1)
    timeout = aiohttp.ClientTimeout(connect=SOON)
    async with Server(run) as server, aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
        async with http.get(server.url + "/half", timeout=aiohttp.ClientTimeout(total=LATE)):
            with caught(run, "group"):
                async with TaskGroup() as group:
                    group.create_task(waits(run))
                    with caught(run, "body"):
                        await text_of(http, server.url + "/ok")
                    await run.awaits("body", 0)
                    raise Broken("body")
        await run.awaits("outside", 0)


@scenario
async def aiohttp_websocket_is_silent_too_long_in_a_group(run):
    async with Server(run) as server, session() as http:
        with caught(run, "group"):
            async with TaskGroup() as group:
                group.create_task(waits(run))
                async with http.ws_connect(server.url + "/socket") as socket:
                    run.say(await socket.receive_str())
                    with caught(run, "body"):
                        await socket.receive(timeout=SOON)
                    await run.awaits("body", 0)
                raise Broken("body")
        await run.awaits("outside", 0)


@scenario
async def aiohttp_websockets_of_children_are_closed_by_cancelling_the_group(run):
    async def listens():
        async with http.ws_connect(server.url + "/socket") as socket:
            run.say(await socket.receive_str())
            connected.release()
            await socket.receive()

    async with Server(run) as server, session() as http:
        connected = asyncio.Semaphore(0)
        async with TaskGroup() as group:
            for _ in range(3):
                group.create_task(listens())
            for _ in range(3):
                await connected.acquire()
            group.cancel()
        await run.awaits("outside", 0)


@scenario
async def async_timeout_around_a_group_that_fetches(run):
    async with Server(run) as server, session() as http:
        with caught(run, "timeout"):
            async with async_timeout.timeout(SOON):
                with caught(run, "group"):
                    async with TaskGroup() as group:
                        group.create_task(fails_cleaning_up())
                        group.create_task(text_of(http, server.url + "/never"))
                        await text_of(http, server.url + "/never")
                await run.awaits("inside", LATE)
        await run.awaits("outside", 0)
        run.say(await text_of(http, server.url + "/ok"))


async def leave_handler(server):
    """A client that asks for the handler and leaves when the handler has come to wait."""
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /handler HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await server.arrived.wait()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    await server.left.wait()


@scenario
async def aiohttp_client_leaves_a_handler_with_a_group(run):
    async def handler(server):
        async with TaskGroup() as group:
            group.create_task(waits(run))
            server.arrived.set()
            await waits(run)

    async with Server(run, handler) as server:
        await leave_handler(server)


@scenario
async def aiohttp_client_leaves_a_handler_whose_child_fails_cleaning_up(run):
    async def handler(server):
        with caught(run, "handler"):
            async with TaskGroup() as group:
                group.create_task(fails_cleaning_up())
                server.arrived.set()
                await waits(run)
        await run.awaits("handler", LATE)

    async with Server(run, handler) as server:
        await leave_handler(server)


@scenario
async def aiohttp_client_leaves_a_handler_that_waits_for_its_children(run):
    async def handler(server):
        async with TaskGroup() as group:
            group.create_task(waits(run))
            server.arrived.set()

    async with Server(run, handler) as server:
        await leave_handler(server)


@scenario
async def aiohttp_client_leaves_a_handler_in_a_timeout(run):
    async def handler(server):
        async with async_timeout.timeout(LATE):
            with caught(run, "handler"):
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
                    server.arrived.set()
                    await waits(run)
            await run.awaits("handler", LATE)

    async with Server(run, handler) as server:
        await leave_handler(server)


@scenario
async def aiohttp_client_leaves_a_handler_in_a_scope_of_anyio(run):
    async def handler(server):
        with anyio.move_on_after(LATE):
            with caught(run, "handler"):
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
                    server.arrived.set()
                    await waits(run)
            await run.awaits("handler", LATE)
        await run.awaits("handler outside", LATE)

    async with Server(run, handler) as server:
        await leave_handler(server)


@scenario
async def aiohttp_handler_in_a_group_times_out_and_the_connection_is_used_again(run):
    async def handler(server):
        with caught(run, "handler"):
            async with async_timeout.timeout(SOON):
                async with TaskGroup() as group:
                    group.create_task(waits(run))
                    await waits(run)
        await run.awaits("handler", 0)

    connector = aiohttp.TCPConnector(limit=1)
    async with Server(run, handler) as server, aiohttp.ClientSession(connector=connector) as http:
        for _ in range(2):
            run.say(await text_of(http, server.url + "/handler"))
        run.say(await text_of(http, server.url + "/ok"))


@scenario
async def aiohttp_handler_whose_group_fails_and_the_connection_is_used_again(run):
    async def handler(server):
        failing = asyncio.Event()
        with caught(run, "handler"):
            async with TaskGroup() as group:
                group.create_task(fails_when(failing))
                failing.set()
                await waits(run)
        await run.awaits("handler", 0)

    connector = aiohttp.TCPConnector(limit=1)
    async with Server(run, handler) as server, aiohttp.ClientSession(connector=connector) as http:
        for _ in range(2):
            run.say(await text_of(http, server.url + "/handler"))
        run.say(await text_of(http, server.url + "/ok"))


@scenario
async def aiohttp_server_stops_while_a_handler_is_in_a_group(run):
    async def handler(server):
        async with TaskGroup() as group:
            group.create_task(waits(run))
            server.arrived.set()
            await waits(run)

    async def asks():
        with contextlib.suppress(aiohttp.ClientError):
            await text_of(http, server.url + "/handler")

    async with session() as http:
        async with TaskGroup() as group:
            async with Server(run, handler) as server:
                group.create_task(asks())
                await server.arrived.wait()
        await run.awaits("outside", 0)


@scenario
async def httpx_children_fetch(run):
    async with Server(run) as server, client() as http:
        async with TaskGroup() as group:
            tasks = [group.create_task(http.get(server.url + "/ok")) for _ in range(5)]
        run.say(" ".join(task.result().text for task in tasks))
        run.check()


@scenario
async def httpx_child_gets_an_error(run):
    async def asks():
        (await http.get(server.url + "/broken")).raise_for_status()

    async with Server(run) as server, client() as http:
        with caught(run, "group"):
            async with TaskGroup() as group:
                group.create_task(waits(run))
                group.create_task(asks())
                await http.get(server.url + "/never")
        await run.awaits("outside", 0)
        run.say((await http.get(server.url + "/ok")).text)


@scenario
async def httpx_request_in_a_child_times_out(run):
    async with Server(run) as server, client(httpx.Timeout(LATE, read=SOON)) as http:
        with caught(run, "group"):
            async with TaskGroup() as group:
                group.create_task(waits(run))
                await group.create_task(http.get(server.url + "/never"))
        await run.awaits("outside", 0)


@scenario
async def httpx_request_in_the_body_times_out(run):
    async with Server(run) as server, client(httpx.Timeout(LATE, read=SOON)) as http:
        with caught(run, "group"):
            async with TaskGroup() as group:
                group.create_task(waits(run))
                await http.get(server.url + "/never")
        await run.awaits("outside", 0)


@scenario
async def httpx_request_in_the_body_times_out_and_then_a_child_fails(run):
    async with Server(run) as server, client(httpx.Timeout(LATE, read=SOON)) as http:
        with caught(run, "group"):
            async with TaskGroup() as group:
                group.create_task(fails_when(failing := asyncio.Event()))
                with caught(run, "body"):
                    await http.get(server.url + "/never")
                failing.set()
                await run.awaits("body", LATE)
        await run.awaits("outside", 0)


@scenario
async def httpx_request_in_the_body_times_out_while_a_child_fails_cleaning_up(run):
    async with Server(run) as server, client(httpx.Timeout(LATE, read=SOON)) as http:
        with caught(run, "group"):
            async with TaskGroup() as group:
                group.create_task(fails_cleaning_up())
                await http.get(server.url + "/never")
        await run.awaits("outside", 0)


@scenario
async def httpx_request_times_out_before_a_group(run):
    async with Server(run) as server, client(httpx.Timeout(LATE, read=SOON)) as http:
        with caught(run, "before"):
            await http.get(server.url + "/never")
        with caught(run, "group"):
            async with TaskGroup() as group:
                group.create_task(fails_when(server.arrived))
                await run.awaits("body", LATE)
        await run.awaits("outside", 0)


@scenario
async def httpx_child_fails_while_the_body_is_in_a_request(run):
    async with Server(run) as server, client() as http:
        with caught(run, "group"):
            async with TaskGroup() as group:
                group.create_task(fails_when(server.arrived))
                await http.get(server.url + "/never")
        await run.awaits("outside", 0)
        run.say((await http.get(server.url + "/ok")).text)


@scenario
async def httpx_child_fails_while_the_body_reads_a_stream(run):
    async with Server(run) as server, client() as http:
        with caught(run, "group"):
            async with TaskGroup() as group:
                group.create_task(fails_when(server.arrived))
                async with http.stream("GET", server.url + "/half") as response:
                    async for _ in response.aiter_bytes():
                        pass
        await run.awaits("outside", 0)
        run.say((await http.get(server.url + "/ok")).text)


@scenario
async def httpx_outside_cancels_the_body_in_a_request_and_a_child_fails_cleaning_up(run):
    async with Server(run) as server, client() as http:
        async with TaskGroup() as helpers:
            helpers.create_task(cancels_when(server.arrived, run.task))
            with caught(run, "group"):
                async with TaskGroup() as group:
                    group.create_task(fails_cleaning_up())
                    await http.get(server.url + "/never")
            await run.awaits("outside", LATE)


@scenario
async def httpx_waits_for_the_pool_too_long_in_a_group(run):
    timeout = httpx.Timeout(LATE, pool=SOON)
    async with Server(run) as server, client(timeout, limits=httpx.Limits(max_connections=1)) as http:
        async with http.stream("GET", server.url + "/half"):
            with caught(run, "group"):
                async with TaskGroup() as group:
                    group.create_task(waits(run))
                    with caught(run, "body"):
                        await http.get(server.url + "/ok")
                    await run.awaits("body", 0)
                    raise Broken("body")
        await run.awaits("outside", 0)


@scenario
async def anyio_scope_around_a_group_that_asks_with_httpx(run):
    async with Server(run) as server, client() as http:
        with anyio.move_on_after(SOON) as scope:
            with caught(run, "group"):
                async with TaskGroup() as group:
                    group.create_task(http.get(server.url + "/never"))
                    await http.get(server.url + "/never")
            await run.awaits("inside", LATE)
        run.say(f"scope has caught: {scope.cancelled_caught}")
        await run.awaits("outside", 0)
        run.say((await http.get(server.url + "/ok")).text)


@scenario
async def group_in_a_task_group_of_anyio_that_asks_with_httpx(run):
    async def asks():
        async with TaskGroup() as group:
            group.create_task(fails_cleaning_up())
            await http.get(server.url + "/never")

    async def fails():
        await server.arrived.wait()
        raise Broken("anyio's child")

    async with Server(run) as server, client() as http:
        with caught(run, "anyio"):
            async with anyio.create_task_group() as group:
                group.start_soon(asks)
                group.start_soon(fails)
        await run.awaits("outside", 0)
