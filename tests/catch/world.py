"""What a case is made of: exceptions and groups of every odd kind, and the log that turns a run into data."""

import sys
from abc import ABCMeta
from asyncio import CancelledError  # noqa: F401  what cases name
from inspect import iscoroutine, iscoroutinefunction
from types import coroutine

from taskgroup_compat import BaseExceptionGroup, ExceptionGroup

LOGS = []


class Falsy(ValueError):
    def __bool__(self):
        return False


class Unhashable(KeyError):
    __hash__ = None


class EqualToAll(OSError):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = None


class Refusing(LookupError):
    """Whoever compares, hashes or tests one of these for truth has made a mistake."""

    def __eq__(self, other):
        raise AssertionError("compared")

    def __hash__(self):
        raise AssertionError("hashed")

    def __bool__(self):
        raise AssertionError("tested for truth")


class Final(BaseException):
    pass


class Lenient(type):
    """Its classes claim every object and every class, which no clause may believe."""

    def __instancecheck__(cls, instance):
        return True

    def __subclasscheck__(cls, subclass):
        return True


class Claiming(Exception, metaclass=Lenient):
    pass


class Virtual(Exception, metaclass=ABCMeta):
    pass


Virtual.register(ValueError)
Virtual.register(ExceptionGroup)


class Disguised(ValueError):
    """Says of itself that it is a KeyError."""

    @property
    def __class__(self):
        return KeyError


class Plain(ExceptionGroup):
    """Without derive: what is split off is an ExceptionGroup."""


class PlainBase(BaseExceptionGroup):
    pass


class Derived(ExceptionGroup):
    def derive(self, excs):
        note("derive", self, excs)
        return Derived(self.message, excs)


class DerivedBase(BaseExceptionGroup):
    def derive(self, excs):
        note("derive", self, excs)
        return DerivedBase(self.message, excs)


class FalsyGroup(BaseExceptionGroup):
    def derive(self, excs):
        return FalsyGroup(self.message, excs)

    def __bool__(self):
        return False

    def __len__(self):
        return 0


class EqualGroup(BaseExceptionGroup):
    __hash__ = None

    def derive(self, excs):
        return EqualGroup(self.message, excs)

    def __eq__(self, other):
        return True


class ValueGroup(ExceptionGroup, ValueError):
    """A clause for ValueError takes one of these as a whole."""

    def derive(self, excs):
        return ValueGroup(self.message, excs)


class DerivesOther(BaseExceptionGroup):
    def derive(self, excs):
        note("derive", self, excs)
        return BaseExceptionGroup("other " + self.message, [*excs, ValueError("added")])


class DerivesNothing(BaseExceptionGroup):
    def derive(self, excs):
        note("derive", self, excs)


class DerivesLeaf(BaseExceptionGroup):
    def derive(self, excs):
        return excs[0]


class DerivesItself(BaseExceptionGroup):
    def derive(self, excs):
        return self


class DeriveRaises(BaseExceptionGroup):
    def derive(self, excs):
        note("derive", self, excs)
        raise Final("derive")


class SplitSwaps(BaseExceptionGroup):
    def derive(self, excs):
        return SplitSwaps(self.message, excs)

    def split(self, condition):
        note("split", self, condition)
        types = condition if isinstance(condition, tuple) else (condition,)
        found = [[], []]
        for each in self.exceptions:
            found[any(wanted in type(each).__mro__ for wanted in types)].append(each)
        return tuple(self.derive(part) if part else None for part in found)


class SplitKeeps(ExceptionGroup):
    """Changes nothing. Below 3.11 its super().split() is that of exceptiongroup, so that nothing odd may be inside."""

    def derive(self, excs):
        return SplitKeeps(self.message, excs)

    def split(self, condition):
        note("split", self, condition)
        return super().split(condition)


class SplitNothing(BaseExceptionGroup):
    def split(self, condition):
        note("split", self, condition)
        return None, None


class SplitBoth(BaseExceptionGroup):
    def split(self, condition):
        return self, self


class SplitLeaf(BaseExceptionGroup):
    def split(self, condition):
        return self.exceptions[0], self.exceptions[-1]


class SplitOther(BaseExceptionGroup):
    def split(self, condition):
        return ExceptionGroup("split off", [KeyError("made by split")]), ExceptionGroup("left", [ValueError("made")])


class SplitLong(BaseExceptionGroup):
    def split(self, condition):
        return (self, None, "ignored")


class SplitShort(BaseExceptionGroup):
    def split(self, condition):
        return (self,)


class SplitList(BaseExceptionGroup):
    def split(self, condition):
        return [self, None]


class SplitRaises(BaseExceptionGroup):
    def split(self, condition):
        note("split", self, condition)
        raise Final("split")


class Subgroups(ExceptionGroup):
    """Overrides what no clause calls."""

    def subgroup(self, condition):
        raise AssertionError("subgroup called")

    @property
    def exceptions(self):
        return (ValueError("not one of these"),)


def note(what, group, argument):
    if isinstance(argument, list):
        argument = [LOGS[-1].ref(each) for each in argument]
    else:
        argument = str(argument).replace("'", "")
    LOGS[-1].events.append([what, LOGS[-1].ref(group), argument, LOGS[-1].ref(sys.exc_info()[1])])


def reraise():
    raise


def raise_it(exc):
    raise exc


def raised(exc):
    """Gives an exception the traceback of having been raised before."""
    try:
        raise exc
    except BaseException:
        return exc


async def reraise_later():
    await tick()
    raise


@coroutine
def tick():
    yield LOGS[-1]


def leaf(exc, index=0):
    """The first or last exception below a group that is not a group."""
    while isinstance(exc, BaseExceptionGroup):
        exc = BaseExceptionGroup.exceptions.__get__(exc)[index]
    return exc


def inner(exc):
    """The first group within a group, or the group."""
    for each in BaseExceptionGroup.exceptions.__get__(exc) if isinstance(exc, BaseExceptionGroup) else ():
        if isinstance(each, BaseExceptionGroup):
            return each
    return exc


class Log:
    """Numbers every exception that it meets, so that identity becomes data."""

    def __init__(self):
        self.events = []
        self._known = []
        self._told = []
        self._beside = []

    def beside(self, *functions):
        """Functions to call between the steps of the program; a coroutine function makes one that takes a step each."""
        self._beside = [function() if iscoroutinefunction(function) else function for function in functions]

    def step(self, number):
        """One step of the program is done: let what runs beside it do something."""
        self.events.append(["step", number])
        for each in self._beside[:]:
            try:
                each.send(None) if iscoroutine(each) else each()
            except StopIteration:
                self._beside.remove(each)

    def finish(self):
        """Let the tasks that run beside the program end."""
        while any(map(iscoroutine, self._beside)):
            self.step("after the end")

    def ref(self, exc):
        if not isinstance(exc, BaseException):
            return repr(exc)
        for number, known in enumerate(self._known):
            if known is exc:
                return f"#{number}"
        self._known.append(exc)
        self._told.append(None)
        return f"#{len(self._known) - 1}"

    def meet(self, *excs):
        for exc in excs:
            self.ref(exc)

    def see(self, what, exc=None):
        """Add an event with the exception, the one being handled, and all that changed since the last event."""
        event = [what, self.ref(exc), self.ref(sys.exc_info()[1])]
        self.events.append(event)
        changes = self._changes()
        if changes:
            event.append(changes)

    def _changes(self):
        changes = {}
        number = 0
        while number < len(self._known):
            now = self._describe(self._known[number])
            if now != self._told[number]:
                changes[f"#{number}"] = self._told[number] = now
            number += 1
        return changes

    def _describe(self, exc):
        text = type(exc).__name__
        args = exc.args
        if issubclass(type(exc), BaseExceptionGroup):
            children = BaseExceptionGroup.exceptions.__get__(exc)
            text += f"({args[0]!r}, {type(args[1]).__name__} {' '.join(map(self.ref, children))})"
        else:
            text += repr(args)
        if exc.__cause__ is not None:
            text += f" cause {self.ref(exc.__cause__)}"
        if exc.__context__ is not None:
            text += f" context {self.ref(exc.__context__)}"
        if exc.__suppress_context__:
            text += " suppressed"
        for name in sorted(vars(exc)):
            # where exceptiongroup keeps members and message
            if name not in ("_exceptions", "_message"):
                text += f" {name} {vars(exc)[name]!r}"
        return text

    def exceptions(self):
        return self._known
