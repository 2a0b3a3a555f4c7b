"""Random programs: their representation, generator, source, run and shrinker.

A program is plain JSON, the same on every Python: {"scope": the name of a kind of timeout, as Api has it,
"body": [statement...], "outside": [[time, ticks, target, how]...]}. A statement is a list that starts with its kind;
see _Renderer.
The body is rendered to source and that source is run, so what is printed for a failing program is what ran.
"""

import asyncio

from tests.parity.outcome import describe
from tests.parity.scopes import Worker
from tests.support.virtual_time import VirtualTimeLoop

GENERATOR = 4  # raise it whenever the same seed gives another program


class Randomness:
    """splitmix64: the same numbers on every Python, which the random module does not promise."""

    _MASK = (1 << 64) - 1

    def __init__(self, seed):
        self._state = (seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) & self._MASK

    def below(self, limit):
        self._state = (self._state + 0x9E3779B97F4A7C15) & self._MASK
        value = self._state
        value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & self._MASK
        value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & self._MASK
        return (value ^ (value >> 31)) % limit

    def choice(self, options):
        return options[self.below(len(options))]

    def weighted(self, options):
        point = self.below(sum(weight for weight, _ in options))
        for weight, option in options:
            if point < weight:
                return option
            point -= weight
        raise AssertionError("unreachable")


_ERRORS = [
    (20, "ValueError"),
    (10, "KeyError"),
    (6, "OSError"),
    (4, "CancelledError"),
    (4, "SubCancelled"),
    (2, "BaseError"),
    (1, "KeyboardInterrupt"),
    (1, "SystemExit"),
    (1, "GeneratorExit"),
]
_SLEEPS = [(8, 0), (8, 1), (6, 2), (3, 3)]
_DELAYS = [(2, 0), (6, 1), (6, 2), (3, 3)]
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Generator:
    """Makes programs out of anything that has below(), choice() and weighted()."""

    def __init__(self, random, scope):
        self._random = random
        self._scope = scope
        self._groups = 0
        self._handling = False
        self._met = False  # whether the task that runs the body has met a group
        self._tasks = []  # in the order in which they are written
        self._budget = 6 + random.below(22)

    def program(self):
        body = self._group([], ["root"], 0)
        if self._random.below(3) == 0:
            body = [["timeout", self._random.weighted(_DELAYS), body]]
        if self._random.below(2) == 0:
            body = [["catch", self._random.choice(["error", "timeout", "cancel", "all"]), body, self._short()]]
        # a program that is cancelled before its first group shows nothing of groups, so few of them
        if self._random.below(10) == 0:
            body = [["sleep", self._random.weighted(_SLEEPS)], *body]
        if self._random.below(3) == 0:
            body = [*body, *self._short()]
        if self._random.below(6) == 0:
            body = [["timeout", 1 + self._random.below(3), body]]
        return {"scope": self._scope, "body": body, "outside": self._outside()}

    def _short(self):
        return [["sleep", self._random.weighted(_SLEEPS)] for _ in range(self._random.below(3))]

    def _outside(self):
        found = []
        for _ in range(self._random.weighted([(6, 0), (6, 1), (4, 2), (1, 3)])):
            targets = [(6, "root")] + [(1, name) for name in self._tasks[:4]]
            targets += [(1, f"g{number + 1}") for number in range(min(self._groups, 2))]
            target = self._random.weighted(targets)
            how = self._random.weighted([(5, "plain"), (2, "worker")])
            found.append([self._random.below(4), self._random.below(3), target, how])
        return found

    def _body(self, groups, line, depth):
        """Statements for a body inside these groups, run by the task at the end of this line of ancestors."""
        found = []
        for _ in range(1 + self._random.below(4)):
            if self._budget <= 0:
                break
            self._budget -= 1
            found.extend(self._statement(groups, line, depth))
            if found[-1][0] == "raise":
                break
        return found or [["sleep", self._random.weighted(_SLEEPS)]]

    def _group(self, groups, line, depth):
        self._groups += 1
        self._met = True
        name = f"g{self._groups}"
        inside = [*groups, name]
        body = []
        for _ in range(self._random.weighted([(1, 0), (4, 1), (4, 2), (2, 3)])):
            body.append(self._spawn(name, inside, line, depth))
        body.extend(self._body(inside, line, depth + 1))
        return [["group", name, body]]

    def _spawn(self, group, groups, line, depth):
        name = _LETTERS[len(self._tasks) % 26] * (1 + len(self._tasks) // 26)
        self._tasks.append(name)
        outer, self._met = self._met, False
        body = self._body(groups, [*line, name], depth + 1)
        self._met = outer
        return ["spawn", group, name, body]

    def _statement(self, groups, line, depth):
        random = self._random
        # reads stand mostly in and after groups: what a task that has met none may know is another matter
        kinds = [(14, "sleep"), (4 if self._met else 1, "read")]
        kinds.append((7 if len(line) > 1 else 3, "raise"))
        if groups:
            kinds += [(6, "spawn"), (2, "stop")]
        if depth < 5:
            kinds += [(4, "group"), (4, "timeout"), (5, "catch"), (4, "finally"), (2, "shield")]
        kinds += [(2, "cancel"), (1, "join")]
        # uncancel() mostly follows a cancellation that was caught, as it is meant to be used
        if self._handling or random.below(5) == 0:
            kinds.append((2 if self._handling else 1, "uncancel"))
        kind = random.weighted(kinds)
        if kind == "sleep":
            return [["sleep", random.weighted(_SLEEPS)]]
        if kind == "raise":
            error = random.weighted(_ERRORS)
            # whether a subclass of CancelledError becomes a TimeoutError is the library's matter
            return [
                ["raise", "CancelledError" if (error, self._scope) == ("SubCancelled", "library_timeout") else error]
            ]
        if kind == "spawn":
            group = groups[-1] if random.below(3) else random.choice(groups)
            return [self._spawn(group, groups, line, depth)]
        if kind == "stop":
            return [["stop", random.choice(groups)]]
        if kind == "group":
            return self._group(groups, line, depth)
        if kind == "timeout":
            return [["timeout", random.weighted(_DELAYS), self._body(groups, line, depth + 1)]]
        if kind == "catch":
            clause = random.weighted([(5, "cancel"), (4, "error"), (2, "timeout"), (2, "all")])
            body = self._body(groups, line, depth + 1)
            handling, self._handling = self._handling, clause in ("cancel", "all")
            handler = self._body(groups, line, depth + 2) if random.below(2) else []
            self._handling = handling
            if random.below(3) == 0:
                handler = [*handler, ["again"]]
            return [["catch", clause, body, handler]]
        if kind == "finally":
            body = self._body(groups, line, depth + 1)
            return [["finally", body, self._body(groups, line, depth + 2)]]
        if kind == "shield":
            return [["shield", 1 + random.below(2)]]
        if kind == "cancel":
            return [["cancel", random.choice([*line, *self._tasks])]]
        if kind == "join":
            others = [name for name in self._tasks if name not in line]
            return [["join", random.choice(others)]] if others else [["sleep", 0]]
        return [[kind]]


# Each kind of timeout has programs of its own.
_OFFSETS = {"timeout": 0, "library_timeout": 1 << 32, "counting_timeout": 2 << 32}


def generate(seed, scope):
    """The program of this number, the same on every Python."""
    return Generator(Randomness(seed + _OFFSETS[scope]), scope).program()


_CLAUSES = {
    "cancel": "asyncio.CancelledError",
    "error": "Exception",
    "timeout": "(TimeoutError, asyncio.TimeoutError)",
    "all": "BaseException",
}
_BUILTIN = ("ValueError", "KeyError", "OSError", "KeyboardInterrupt", "SystemExit", "GeneratorExit")


class _Renderer:
    def __init__(self, scope):
        self._scope = scope
        self._lines = []
        self._labels = 0

    def program(self, program):
        self._line(0, "async def program(api, note, tasks):")
        self._body(1, program["body"])
        return "\n".join(self._lines) + "\n"

    def _line(self, depth, text):
        self._lines.append("    " * depth + text)

    def _label(self):
        self._labels += 1
        return self._labels

    def _body(self, depth, body):
        for statement in body or [["pass"]]:
            getattr(self, "_" + statement[0])(depth, *statement[1:])

    def _pass(self, depth):
        self._line(depth, "pass")

    def _sleep(self, depth, delay):
        self._line(depth, f"await asyncio.sleep({delay})")
        self._line(depth, f"note({self._label()})")

    def _read(self, depth):
        self._line(depth, 'note("cancelling", api.cancelling(asyncio.current_task()))')

    def _uncancel(self, depth):
        self._line(depth, 'note("uncancel", api.uncancel(asyncio.current_task()))')

    def _raise(self, depth, kind):
        name = kind if kind in _BUILTIN else "asyncio." + kind if kind == "CancelledError" else "note." + kind
        argument = "" if "Cancelled" in kind else self._label()
        self._line(depth, f"raise {name}({argument})")

    def _again(self, depth):
        self._line(depth, "raise")

    def _group(self, depth, name, body):
        self._line(depth, f"async with note.groups({name!r}, api.TaskGroup()) as {name}:")
        self._body(depth + 1, body)

    def _spawn(self, depth, group, name, body):
        self._line(depth, f"async def {name}():")
        self._body(depth + 1, body)
        self._line(depth, f"tasks[{name!r}] = note.watch({group}.create_task({name}(), name={name!r}))")

    def _stop(self, depth, group):
        self._line(depth, f"note.stop({group})")

    def _timeout(self, depth, delay, body):
        self._line(depth, f"async with api.{self._scope}({delay}):")
        self._body(depth + 1, body)

    def _catch(self, depth, clause, body, handler):
        self._line(depth, "try:")
        self._body(depth + 1, body)
        self._line(depth, f"except {_CLAUSES[clause]} as error:")
        self._line(depth + 1, 'note("caught", error)')
        self._body(depth + 1, handler or [["pass"]])

    def _finally(self, depth, body, cleanup):
        self._line(depth, "try:")
        self._body(depth + 1, body)
        self._line(depth, "finally:")
        self._body(depth + 1, cleanup)

    def _shield(self, depth, delay):
        self._line(depth, f"await asyncio.shield(asyncio.create_task(asyncio.sleep({delay}), name='inner'))")
        self._line(depth, f"note({self._label()})")

    def _cancel(self, depth, name):
        self._line(depth, f"if {name!r} in tasks:")
        self._line(depth + 1, f"tasks[{name!r}].cancel()")

    def _join(self, depth, name):
        self._line(depth, f"if {name!r} in tasks:")
        self._line(depth + 1, f"await tasks[{name!r}]")
        self._line(depth + 1, f"note({self._label()})")


def source(program):
    """The program as the source that is run."""
    return _Renderer(program["scope"]).program(program)


class _SubCancelled(asyncio.CancelledError):
    pass


_SubCancelled.__name__ = "SubCancelled"


class _BaseError(BaseException):
    pass


_BaseError.__name__ = "BaseError"


class _InCreationOrder(set):
    """A set that is iterated in the order of adding; a plain set of tasks follows their addresses."""

    def __init__(self):
        super().__init__()
        self._order = {}

    def add(self, task):
        super().add(task)
        self._order[task] = None

    def discard(self, task):
        super().discard(task)
        self._order.pop(task, None)

    remove = discard

    def __iter__(self):
        return iter(list(self._order))


def in_creation_order(group):
    """Makes a group cancel its children in the order of their creation, so that every run is the same."""
    if type(getattr(group, "_tasks", None)) is set:
        group._tasks = _InCreationOrder()
    return group


class _Notes:
    """Writes down what happens, each with its virtual time and task."""

    SubCancelled = _SubCancelled
    BaseError = _BaseError

    def __init__(self, loop, api):
        self.events = []
        self._loop = loop
        self._api = api
        self.named = {}
        self.met_by_root = False

    def __call__(self, what, value=None):
        try:
            task = asyncio.current_task(self._loop)
        except RuntimeError:
            task = None
        event = [self._loop.time(), task.get_name() if task is not None else "-", what]
        if isinstance(value, BaseException):
            value = describe(value)
        self.events.append(event if value is None else [*event, value])

    def groups(self, name, group):
        self.named[name] = group
        self.met_by_root |= asyncio.current_task().get_name() == "root"
        return in_creation_order(group)

    def stop(self, group):
        if hasattr(group, "cancel"):
            group.cancel()
        else:
            self("no cancel()")

    def watch(self, task):
        task.add_done_callback(self._done)
        return task

    def _done(self, task):
        if task.cancelled():
            end = "cancelled"
        else:
            error = task.exception()
            end = "returned" if error is None else describe(error)
        self.events.append([self._loop.time(), task.get_name(), "done", end])

    def handler(self, loop, context):
        message = context.get("message", "")
        # when these come depends on the collector of each implementation
        if "never retrieved" in message or "was destroyed" in message:
            return
        self.events.append([loop.time(), "-", "reported", describe(context.get("exception"))])


async def _root(program, api, note, tasks):
    try:
        await program(api, note, tasks)
        note("end", "returned")
    except BaseException as error:
        note("end", error)
    if note.met_by_root:
        note("cancelling", api.cancelling(asyncio.current_task()))
    # a cancellation that somebody forgot would show here
    for _ in range(2):
        try:
            await asyncio.sleep(0)
        except BaseException as error:
            note("stray", error)
    await asyncio.sleep(30)
    note("last")


def execute(program, api):
    """Runs a program with an API on a virtual clock; its events as JSON."""
    names = {"asyncio": asyncio}
    exec(compile(source(program), "<program>", "exec"), names)
    loop = VirtualTimeLoop()
    note = _Notes(loop, api)
    loop.set_exception_handler(note.handler)
    tasks = {}
    root = tasks["root"] = loop.create_task(_root(names["program"], api, note, tasks), name="root")

    def outside(ticks, target, how):
        if ticks:
            loop.call_soon(outside, ticks - 1, target, how)
        elif target.startswith("g") and target[1:].isdigit():
            if target in note.named:
                note.stop(note.named[target])
        elif target in tasks:
            if how == "plain":
                tasks[target].cancel()
            else:
                Worker(tasks[target]).stop()

    for when, ticks, target, how in program["outside"]:
        loop.call_at(float(when), outside, ticks, target, how)
    try:
        while not root.done():
            try:
                loop.run_until_complete(root)
            except (KeyboardInterrupt, SystemExit) as error:
                note("left the loop", error)
            except asyncio.CancelledError:
                note("cancelled at the end")
            except RuntimeError as error:
                note("stuck", error)
                break
        left = sorted(task.get_name() for task in asyncio.all_tasks(loop) if task is not root)
        if left:
            note("left running", left)
        return note.events
    finally:
        _close(loop)


def _close(loop):
    loop.set_exception_handler(lambda loop, context: None)
    for _ in range(20):
        left = asyncio.all_tasks(loop)
        if not left:
            break
        for task in left:
            task.cancel()
        try:
            loop.run_until_complete(asyncio.wait(left, timeout=0))
        except BaseException:
            pass
    loop.close()


def paste(program):
    """The program as text for the table: its source, and who cancels it from outside."""
    lines = [source(program).rstrip()]
    for when, ticks, target, how in program["outside"]:
        called = "group.cancel()" if target[1:].isdigit() else "task.cancel()" if how == "plain" else "worker.stop()"
        lines.append(f"# outside: at {when} s, after {ticks} ticks, {called} of {target}")
    return "\n".join(lines)


# Shrinking: smaller programs of the same representation, largest cuts first.


def _blocks(statement):
    """The positions of a statement's bodies."""
    return [place for place, part in enumerate(statement) if isinstance(part, list)]


def _smaller_bodies(body):
    for place in range(len(body)):
        yield body[:place] + body[place + 1 :]
    for place, statement in enumerate(body):
        for block in _blocks(statement):
            yield body[:place] + statement[block] + body[place + 1 :]
        if statement[0] in ("sleep", "timeout", "shield") and statement[1] > 0:
            for less in range(statement[1]):
                yield [*body[:place], [statement[0], less, *statement[2:]], *body[place + 1 :]]
        if statement[0] == "raise" and statement[1] != "ValueError":
            yield [*body[:place], ["raise", "ValueError"], *body[place + 1 :]]
        for block in _blocks(statement):
            for smaller in _smaller_bodies(statement[block]):
                yield [*body[:place], [*statement[:block], smaller, *statement[block + 1 :]], *body[place + 1 :]]


def _smaller(program):
    outside = program["outside"]
    for place in range(len(outside)):
        yield dict(program, outside=outside[:place] + outside[place + 1 :])
    for body in _smaller_bodies(program["body"]):
        yield dict(program, body=body)
    for place, (when, ticks, target, how) in enumerate(outside):
        simpler = [[when, less, target, how] for less in range(ticks)]
        simpler += [[less, ticks, target, how] for less in range(when)]
        if how != "plain":
            simpler.append([when, ticks, target, "plain"])
        for each in simpler:
            yield dict(program, outside=[*outside[:place], each, *outside[place + 1 :]])


def is_sound(program):
    """Whether each group is used inside itself only, and `raise` alone stands in a handler."""

    def sound(body, groups, handler):
        for statement in body:
            kind = statement[0]
            if kind in ("spawn", "stop") and statement[1] not in groups:
                return False
            if kind == "again" and not handler:
                return False
            inside = groups | {statement[1]} if kind == "group" else groups
            for block in _blocks(statement):
                if kind == "spawn":
                    catching = False
                else:
                    catching = handler or (kind == "catch" and block == 3)
                if not sound(statement[block], inside, catching):
                    return False
        return True

    return sound(program["body"], frozenset(), False)


def shrink(program, differs, limit=3000):
    """The smallest program that can be reached for which differs() still holds."""
    tried = 0
    again = True
    while again:
        again = False
        for candidate in _smaller(program):
            if not is_sound(candidate):
                continue
            tried += 1
            if tried > limit:
                return program
            if differs(candidate):
                program = candidate
                again = True
                break
    return program
