"""Random programs around one statement, each written twice: with `except*` and with `catch`.

A case is the same on every Python: all choices come from the numbers of a small generator of our own.
"""

import textwrap

TYPES = [
    "ValueError",
    "ValueError",
    "KeyError",
    "LookupError",
    "OSError",
    "(ValueError, KeyError)",
    "(OSError, KeyError)",
    "(OSError, Falsy, Refusing)",
    "Exception",
    "BaseException",
    "(KeyboardInterrupt, CancelledError)",
    "CancelledError",
    "GeneratorExit",
    "(GeneratorExit, ValueError)",
    "Final",
    "Falsy",
    "(Unhashable, EqualToAll)",
    "EqualToAll",
    "Refusing",
    "Claiming",
    "Virtual",
    "(Claiming, Virtual, OSError)",
    "Disguised",
    "ZeroDivisionError",
    "()",
]
LEAVES = [
    "ValueError",
    "ValueError",
    "KeyError",
    "OSError",
    "OSError",
    "LookupError",
    "KeyboardInterrupt",
    "CancelledError",
    "GeneratorExit",
    "Final",
    "Falsy",
    "Unhashable",
    "EqualToAll",
    "Refusing",
    "Claiming",
    "Virtual",
    "Disguised",
]
ONLY_BASE = {"KeyboardInterrupt", "CancelledError", "GeneratorExit", "Final"}
BASE_GROUPS = ["BaseExceptionGroup", "BaseExceptionGroup", "PlainBase", "DerivedBase", "FalsyGroup", "EqualGroup"]
GROUPS = ["ExceptionGroup", "ExceptionGroup", "Plain", "Derived", "ValueGroup", "Subgroups"]
DERIVING = ["DerivesOther", "DerivesNothing", "DerivesLeaf", "DerivesItself", "DeriveRaises"]
SPLITTING = [
    "SplitSwaps",
    "SplitNothing",
    "SplitBoth",
    "SplitLeaf",
    "SplitOther",
    "SplitLong",
    "SplitShort",
    "SplitList",
    "SplitRaises",
]
NOTES = ["['note']", "['one', 'two']", "('note',)", "'text'", "5", "[]"]


class Numbers:
    """A linear congruential generator (Knuth's MMIX constants), the same everywhere."""

    def __init__(self, seed):
        self.state = seed * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
        for _ in range(4):
            self.below(2)

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        return (self.state >> 33) % limit

    def chance(self, percent):
        return self.below(100) < percent

    def choose(self, options):
        return options[self.below(len(options))]


class Statement:
    """One statement of a case: a body, clauses, and the form in which `catch` is to be used."""

    def __init__(self, name, body, clauses, form, is_async):
        self.name, self.body, self.clauses, self.form, self.is_async = name, body, clauses, form, is_async

    def define(self):
        return "async def" if self.is_async else "def"

    def call(self):
        return f"await {self.name}" if self.is_async else self.name


class Block:
    """Any other compound statement: its heads, each with the parts below it, which may be statements."""

    def __init__(self, *suites):
        self.suites = suites


def has_async_statement(parts):
    return any(
        has_async_statement([each for _, suite in part.suites for each in suite])
        if isinstance(part, Block)
        else isinstance(part, Statement) and part.is_async
        for part in parts
    )


class Clause:
    def __init__(self, name, types, actions, is_async, returned):
        self.name, self.types, self.actions, self.is_async, self.returned = name, types, actions, is_async, returned


class Case:
    def __init__(self, seed, is_async):
        self.seed, self.is_async = seed, is_async
        self._numbers = Numbers(seed * 2 + is_async)
        self._count = 0
        self._leaves = []
        self._groups = []
        self._setup = self._make_objects()
        self.throws = {}
        self._outer = self._numbers.below(3)
        self._statement = self._make_statement(depth=0)
        self._beside = self._make_what_runs_beside() if is_async and self._numbers.chance(40) else []
        if is_async and self._numbers.chance(60):
            kind = self._numbers.choose(
                ["CancelledError", "CancelledError", "KeyboardInterrupt", "Final", "ValueError"]
            )
            self.throws[self._numbers.below(4)] = kind
            # 3.8 does not yet make the exception that a coroutine handles the context of one thrown in (gh-73773).
            self._outer = 0

    def _name(self, prefix):
        self._count += 1
        return f"{prefix}{self._count}"

    # The objects

    def _make_objects(self):
        numbers = self._numbers
        lines = []
        only_base = set()
        odd_ones = set()
        keeping = set()
        for _ in range(1 + numbers.below(5)):
            name = self._name("x")
            kind = numbers.choose(LEAVES)
            if kind in ONLY_BASE:
                only_base.add(name)
            if kind == "Disguised":
                odd_ones.add(name)
            lines.append(f"{name} = {kind}('{name}')")
            self._leaves.append(name)
        for _ in range(numbers.below(5)):
            name = self._name("g")
            children = [numbers.choose(self._leaves + self._groups * 2) for _ in range(1 + numbers.below(4))]
            kinds = BASE_GROUPS if only_base & set(children) else BASE_GROUPS[:1] + GROUPS
            odd = numbers.below(100)
            if odd < 12:
                kind = numbers.choose(DERIVING)
            elif odd < 24:
                kind = numbers.choose(SPLITTING)
            elif odd < 28 and not only_base & set(children):
                kind = "SplitKeeps"
            else:
                kind = numbers.choose(kinds)
            if kind == "SplitKeeps" and odd_ones & set(children):
                kind = "Derived"
            if kind in DERIVING or kind in SPLITTING or kind in ("SplitKeeps", "Subgroups") or odd_ones & set(children):
                odd_ones.add(name)
            if kind == "SplitKeeps":
                keeping |= {name, *children}
            elif kind not in GROUPS:
                only_base.add(name)
            lines.append(f"{name} = {kind}('{name}', [{', '.join(children)}])")
            self._groups.append(name)
        every = self._leaves + self._groups
        for name in every:
            change = numbers.below(30)
            if change < 3:
                notes = numbers.choose(NOTES)
                # exceptiongroup's own split() makes a list of them all
                lines.append(f"{name}.__notes__ = {NOTES[0] if name in keeping else notes}")
            elif change < 5:
                lines.append(f"{name}.__cause__ = KeyError('cause of {name}')")
            elif change < 7:
                lines.append(f"{name}.__context__ = OSError('context of {name}')")
            elif change == 8:
                lines.append(f"{name}.__suppress_context__ = True")
            elif change < 14:
                lines.append(f"raised({name})")
        lines.append(f"log.meet({', '.join(every)})")
        return lines

    # The statement

    def _make_statement(self, depth, body=None):
        numbers = self._numbers
        name = self._name("s")
        if body is None:
            body = self._make_body(depth)
        clauses = []
        seen = set()
        for _ in range(1 + numbers.below(4 if depth == 0 else 2)):
            types = numbers.choose(TYPES)
            if types in seen:
                continue
            seen.add(types)
            is_async = self.is_async and numbers.chance(75)
            clause = Clause(self._name("h"), types, [], is_async, numbers.below(6) == 0)
            clause.actions = self._make_actions(f"eg{depth}", depth, is_async)
            if has_async_statement(clause.actions):
                clause.is_async = True
            clauses.append(clause)
        form = numbers.choose(["with", "with", "with", "kept", "twice", "function"])
        return Statement(name, body, clauses, form, self.is_async)

    def _make_clean_up(self, what, before=(), is_async=None):
        """A statement that has nothing to do with what is being handled, in a block that keeps what leaves it."""
        numbers = self._numbers
        is_async = self.is_async if is_async is None else is_async
        name = self._name("c")
        body = [
            *before,
            f"raise ExceptionGroup('{name}', [KeyError('{name}'), OSError('{name}'), ValueError('{name}')])",
        ]
        clauses = []
        for types in ("KeyError", "(OSError, ValueError)")[: 1 + numbers.below(2)]:
            actions = [
                "pass",
                "pass",
                "raise",
                "raise",
                "raise eg1",
                "raise leaf(eg1)",
                "raise ZeroDivisionError('new')",
            ]
            clause_is_async = is_async and numbers.chance(75)
            actions = [numbers.choose(actions)]
            if clause_is_async and numbers.chance(50):
                actions.insert(0, "await tick()")
            clauses.append(Clause(self._name("h"), types, actions, clause_is_async, False))
        statement = Statement(name, body, clauses, numbers.choose(["with", "kept", "twice"]), is_async)
        return Block(("try:", [statement]), ("except BaseException as cleaned:", [f"log.see('{what}', cleaned)"]))

    def _make_what_runs_beside(self):
        """What a loop would run between the steps of the program: another task, and a callback."""
        numbers = self._numbers
        beside = []
        if numbers.chance(70):
            parts = [
                part
                for _ in range(1 + numbers.below(3))
                for part in (self._make_clean_up("other", ["await tick()"]), "await tick()")
            ]
            beside.append(Block(("async def other():", parts)))
        if numbers.chance(60) or not beside:
            beside.append(Block(("def callback():", [self._make_clean_up("callback", is_async=False)])))
        return beside

    def _make_last_block(self, eg, depth):
        """What ends a handler: a statement that may leave by raising, then others before the handler ends."""
        numbers = self._numbers
        leaving = self._make_statement(depth + 1, [numbers.choose(["raise", "raise", f"raise {eg}", "reraise()"])])
        if leaving.form == "function" and leaving.is_async:
            # A coroutine that raises another exception than was thrown into it: what the frame that awaits it handles
            # becomes the context at once, but in the frame of a handler, which handles nothing, only when that is left.
            leaving.form = "with"
        if numbers.chance(20):
            leaving = "raise"
        choice = numbers.below(5)
        if choice < 2:
            return [Block(("try:", [leaving]), ("finally:", [self._make_clean_up("cleaned")]))]
        if choice == 2:
            parts = ["log.see('again', again)", self._make_clean_up("cleaned"), "raise"]
            return [Block(("try:", [leaving]), ("except BaseException as again:", parts))]
        if choice == 3:
            again = self._make_statement(depth + 1, ["raise"])
            return [Block(("try:", [leaving]), ("except BaseException:", [again]))]
        name = self._name("n")
        pausing = self._make_clean_up("paused", ["yield"], is_async=False)
        return [
            Block((f"def {name}():", [pausing, "yield"])),
            f"{name} = {name}()\nnext({name})",
            Block(("try:", [leaving]), ("finally:", [f"next({name})"])),
        ]

    def _make_body(self, depth):
        numbers = self._numbers
        choice = numbers.below(20)
        group = self._groups[-1] if self._groups else self._leaves[0]
        if choice < 9:
            body = [f"raise {group}"]
        elif choice < 11:
            body = [f"raise {numbers.choose(self._leaves + self._groups)}"]
        elif choice < 13:
            body = [f"raise_it({group})"]
        elif choice == 13:
            body = [f"raise {group} from KeyError('from')"]
        elif choice == 14:
            body = [f"raise {group} from None"]
        elif choice == 15:
            body = ["raise"] if self._outer == 2 and not self.is_async else [f"raise {group}"]
        elif choice == 16:
            body = ["try:", f"    raise {group}", "finally:", "    log.see('finally')"]
        elif choice == 17:
            body = ["pass"]
        elif depth == 0:
            body = [self._make_statement(1)]
        else:
            body = [f"raise {group}"]
        if self.is_async and numbers.chance(15):
            body.insert(0, "await tick()")
        return body

    def _make_actions(self, eg, depth, is_async):
        actions = []
        for _ in range(self._numbers.below(3)):
            actions.append(self._make_quiet_action(eg, depth, is_async))
        last = self._make_last_action(eg, depth, is_async)
        if any(f"    raise {each}\nexcept" in str(action) for action in actions for each in (eg, *self._groups)):
            # Below 3.11 a bare raise, in a real clause too, discards the traceback that the group got meanwhile.
            last = f"raise {eg}"
        actions.append(last)
        if depth == 0 and self._numbers.chance(15):
            # in the place of all of it: what is quiet may have changed the traceback that a bare raise is to take
            return self._make_last_block(eg, depth)
        return actions

    def _make_quiet_action(self, eg, depth, is_async):
        numbers = self._numbers
        name = numbers.choose([eg, eg, f"leaf({eg})", f"inner({eg})", *self._leaves, *self._groups])
        choice = numbers.below(14)
        if is_async and numbers.chance(30):
            choice = 9 + numbers.below(5)
        if choice == 0:
            return f"{name}.__notes__ = ['changed']"
        if choice == 1:
            return f"{name}.__cause__ = KeyError('new cause')"
        if choice == 2:
            return f"{name}.__context__ = KeyError('new context')"
        if choice == 3:
            return f"{name}.__context__ = None"
        if choice == 4:
            return f"{name}.__suppress_context__ = not {name}.__suppress_context__"
        if choice == 5:
            return "try:\n    raise\nexcept BaseException as again:\n    log.see('again', again)"
        if choice == 6:
            name = eg if name == f"inner({eg})" else name
            return f"try:\n    raise {name}\nexcept BaseException as again:\n    log.see('again', again)"
        if choice == 7:
            return "try:\n    raise KeyError('quiet')\nexcept KeyError as quiet:\n    log.see('quiet', quiet)"
        if choice == 8:
            return "try:\n    1 / 0\nfinally:\n    log.see('finally')"
        if choice == 9 and is_async:
            return "await tick()"
        if choice in (10, 11) and is_async:
            return "try:\n    await tick()\nexcept BaseException as thrown:\n    log.see('thrown', thrown)"
        if choice == 12 and is_async:
            return "try:\n    await tick()\nexcept BaseException as thrown:\n    log.see('thrown', thrown)\n    raise"
        if choice == 13 and depth == 0:
            return self._make_statement(1)
        return f"log.see('here', {name})"

    def _make_last_action(self, eg, depth, is_async):
        numbers = self._numbers
        name = numbers.choose([*self._leaves, *self._groups])
        options = [
            "pass",
            "pass",
            "raise",
            "raise",
            "raise",
            f"raise {eg}",
            f"raise {eg} from KeyError('from')",
            f"raise {eg} from None",
            f"raise leaf({eg})",
            f"raise leaf({eg}, -1) from None",
            f"raise inner({eg})",
            f"raise leaf({eg}) from {eg}",
            "raise ZeroDivisionError('new')",
            "raise ValueError('new') from None",
            f"raise ValueError('new') from leaf({eg})",
            f"raise OSError('new') from {eg}",
            "raise CancelledError('new')",
            "raise KeyboardInterrupt('new')",
            "raise GeneratorExit('new')",
            f"raise BaseExceptionGroup('new', [{eg}, KeyError('new')])",
            f"raise BaseExceptionGroup('new', [leaf({eg}), leaf({eg}, -1)])",
            "raise ExceptionGroup('new', [ValueError('new')]) from None",
            f"raise {name}",
            f"raise {name} from None",
            "raise outer",
            "reraise()",
            f"raise_it({eg})",
            "try:\n    raise\nfinally:\n    log.see('finally')",
            "try:\n    raise\nexcept BaseException as again:\n    raise again",
            "try:\n    raise\nexcept BaseException as again:\n    raise ValueError('new') from again",
            "try:\n    raise KeyError('lost')\nexcept KeyError:\n    raise",
            "try:\n    raise KeyError('lost')\nfinally:\n    reraise()",
            "try:\n    reraise()\nexcept BaseException:\n    raise",
        ]
        if depth == 0:
            options += [self._make_statement(1, [numbers.choose(["raise", "raise", f"raise {eg}", "reraise()"])])] * 6
        if is_async:
            options += ["await reraise_later()", "await tick()\nraise", f"await tick()\nraise {eg}"] * 2
        return numbers.choose(options)

    # The two texts

    def source(self, style):
        """The program as text; `style` is "except*" or "catch"."""
        head = ("async " if self.is_async else "") + "def program(log):"
        lines = [*self._setup, "outer = OSError('outer')", *self._render_lines(self._beside, style, 0)]
        beside = [suites[0].split()[-1][:-3] for block in self._beside for suites in block.suites]
        lines += [f"log.beside({', '.join(beside)})"] if beside else []
        statement = self._render(self._statement, style, 0)
        kept = [
            "try:",
            *indent(["log.see('before')", *statement, "log.see('after')"]),
            "except BaseException as left:",
            "    log.see('left', left)",
        ]
        if self._outer:
            lines += ["try:", f"    raise {'outer' if self._outer == 1 else 'raised(outer)'}", "except BaseException:"]
            lines += indent(kept)
        else:
            lines += kept
        lines += ["log.see('end')"]
        return "\n".join([head, *indent(lines)]) + "\n"

    def _render(self, statement, style, depth):
        # a statement in a function of its own: its decorated form where there is one
        lines = self._render_catch(statement, depth) if style == "catch" else self._render_star(statement, depth)
        return lines

    def _render_lines(self, parts, style, depth):
        lines = []
        for part in parts:
            if isinstance(part, Statement):
                lines += self._render(part, style, depth + 1)
            elif isinstance(part, Block):
                for head, parts in part.suites:
                    lines += [head, *indent(self._render_lines(parts, style, depth))]
            else:
                lines += part.split("\n")
        return lines

    def _render_actions(self, clause, style, depth):
        eg = f"eg{depth}"
        return [f"log.see('{clause.name}', {eg})", *self._render_lines(clause.actions, style, depth)]

    def _render_star(self, statement, depth):
        lines = self._render_lines(statement.body, "except*", depth)
        is_function = statement.form == "function"
        for _ in range(2 if statement.form == "twice" else 1):
            lines = ["try:", *indent(lines)]
            for clause in statement.clauses:
                lines += [f"except* {clause.types} as eg{depth}:"]
                lines += indent(self._render_actions(clause, "except*", depth))
        if is_function:
            lines = [f"{statement.define()} {statement.name}():", *indent(lines), f"{statement.call()}()"]
        return lines

    def _render_catch(self, statement, depth):
        lines = []
        for clause in statement.clauses:
            head = "async def" if clause.is_async else "def"
            lines += [f"{head} {clause.name}(eg{depth}):"]
            lines += indent(self._render_actions(clause, "catch", depth))
            if clause.returned:
                lines += ["    return 'ignored'"]
        handlers = ", ".join(f"{clause.types}: {clause.name}" for clause in statement.clauses)
        catching = f"catch({{{handlers}}})"
        body = self._render_lines(statement.body, "catch", depth)
        head = "async with" if statement.is_async else "with"
        if statement.form == "with":
            return [*lines, f"{head} {catching}:", *indent(body)]
        if statement.form == "function":
            define = [f"@{catching}", f"{statement.define()} {statement.name}():", *indent(body)]
            return [*lines, *define, f"{statement.call()}()"]
        lines.append(f"{statement.name} = {catching}")
        body = [f"{head} {statement.name}:", *indent(body)]
        if statement.form == "twice":
            body = [f"{head} {statement.name}:", *indent(body)]
        return lines + body


def indent(lines):
    return textwrap.indent("\n".join(lines), "    ").split("\n")
