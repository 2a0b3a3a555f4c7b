"""The tool that changes the package in one place at a time."""

import sys

import pytest

from tests.support.versions import skip_module_on_others

skip_module_on_others()
# It runs on nox's own Python; ast.unparse() came with 3.9.
if sys.version_info >= (3, 9):
    import random

    from tests.mutation import __main__ as program
    from tests.mutation import equivalent, table
    from tests.mutation.changes import changes
    from tests.mutation.live import guards_around, is_live, probe

    LINES = {
        "if a < b: c()": [
            "if a <= b: c()",
            "if (not a < b): c()",
            "if False: c()",
            "if True: c()",
            "if a < b: pass",
        ],
        "x = a and b": ["x = a or b", "x = a", "x = b", "pass"],
        "x = not a": ["x = a", "pass"],
        "x = 1 if a else 2": ["x = 1", "x = 2", "x = 2 if a else 2", "x = 1 if a else 3", "pass"],
        "x += 1": ["x -= 1", "x += 2", "pass"],
        "f(1, key=True)": ["f(1)", "f(2, key=True)", "f(1, key=False)", "pass"],
        "while a in b: c()": [
            "while a not in b: c()",
            "while (not a in b): c()",
            "while False: c()",
            "while a in b: pass",
        ],
        "x = 'é', 'b'": ["x = 'éx', 'b'", "x = 'é', 'bx'", "pass"],
    }

    def lines_after(source):
        return sorted(each.after.replace("(a)", "a").replace("(b)", "b") for each in changes(source))

    def without_brackets(lines):
        return sorted(line.replace("(", "").replace(")", "") for line in lines)

    @pytest.mark.parametrize("line", LINES)
    def test_changes_of_a_line(line):
        """A line is changed into each of its other forms, and into nothing else."""
        assert without_brackets(lines_after(line)) == without_brackets(LINES[line])

    def test_changes_of_a_function():
        """A function loses its body but not its docstring, a result becomes None, a handler catches nothing."""
        source = (
            "def f(n: int = 0) -> int:\n    'Says.'\n    try:\n        return n\n    except OSError:\n        raise\n"
        )
        found = {(each.function, each.kind) for each in changes(source)}
        assert found == {
            ("f", "does nothing"),
            ("f", "constant"),
            ("f", "returns None"),
            ("f", "statement left out"),
            ("f", "catches nothing"),
        }
        [nothing] = [each.source for each in changes(source) if each.kind == "does nothing"]
        assert nothing == "def f(n: int = 0) -> int:\n    'Says.'\n    pass\n"

    def test_false_is_not_changed_into_none():
        """It is changed into True, and the statement is left out."""
        kinds = [each.kind for each in changes("def f():\n    if x:\n        return False\n    return x\n")]
        assert kinds.count("returns None") == 1 and "constant" in kinds

    def test_the_last_return_of_false_is_not_left_out():
        """The end of the function says as much."""
        found = changes("def f():\n    if x:\n        return True\n    return False\n")
        assert [each.kind for each in found if each.before == "return False"] == ["constant"]

    def test_each_change_is_one_place_of_a_program_that_compiles():
        """The rest of the source stays as it is, to the letter."""
        source = program.ROOT.joinpath("tests", "mutation", "changes.py").read_text(encoding="utf-8")
        found = changes(source)
        assert len(found) > 200
        for each in found[::5]:
            compile(each.source, "changed", "exec")
            before, after = source.splitlines(), each.source.splitlines()
            assert before[: each.line - 1] == after[: each.line - 1]
            assert each.before != each.after

    def test_what_does_not_run_is_not_changed():
        """Version guards, imports, annotations and code for type checkers are not changed."""
        assert not changes("import sys\nif sys.version_info >= (3, 9):\n    import os\nTYPE_CHECKING = False\n")
        assert not changes("if TYPE_CHECKING:\n    x = 1\n__all__ = ['a']\n'docs'\n")

    def test_a_line_is_live_where_its_guards_hold():
        """Code behind a guard, or behind an operand of it, is dead where that is false."""
        guards = guards_around(
            "import sys\nif sys.version_info < (3, 9):\n    a()\nelse:\n    b()\nif OLD and x:\n    c()\nd()\n"
        )
        old, new = {"sys.version_info < (3, 9)": True, "OLD": True}, {"sys.version_info < (3, 9)": False, "OLD": False}
        assert [is_live(guards[line], old) for line in (3, 5, 7, 8)] == [True, False, True, True]
        assert [is_live(guards[line], new) for line in (3, 5, 7, 8)] == [False, True, False, True]

    def test_what_runs_as_a_program_is_live(tmp_path):
        """The package does not import it; a module that cannot be imported here is dead."""
        package = tmp_path / "package"
        package.mkdir()
        for name, source in {"__init__": "", "program": "RUNS = 1", "elsewhere": "import no_such_module"}.items():
            package.joinpath(f"{name}.py").write_text(source)
        sources = {f"package.{name}": "if RUNS:\n    a()\n" for name in ("program", "elsewhere", "unused")}
        environment = program.environment_of(tmp_path)
        answers = probe(sys.executable, "package", sources, environment, ["program", "elsewhere"])
        assert answers == {"package.program": {"RUNS": True}}

    def test_sample_has_one_change_of_each_function():
        """The same seed gives the same sample, another one another."""
        source = "def f():\n    a = 1\n    b = 2\ndef g():\n    c = 3\n    d = 4\n"
        candidates = [("m.py", each) for each in changes(source)]
        for seed in range(10):
            chosen = program.choose(candidates, 2, random.Random(seed))
            assert {change.function for _, change in chosen} == {"f", "g"}
            assert chosen == program.choose(candidates, 2, random.Random(seed))
        samples = [tuple(program.choose(candidates, 2, random.Random(seed))) for seed in range(10)]
        assert len(set(samples)) > 1
        assert len(program.choose(candidates, None, random.Random(1))) == 2
        assert len(program.choose(candidates, 1000, random.Random(1))) == len(candidates)

    def test_known_equivalents_are_changes_that_exist():
        """None of them is left from code that is gone, and each has a reason."""
        found = {
            (change.function, change.before, change.after)
            for source in program.read_package(program.ROOT / "src").values()
            for change in changes(source)
        }
        for function, before, after, reason in equivalent.EQUIVALENT:
            assert reason
            assert (function, before, after) in found, (function, before, after)

    def test_every_file_has_tests():
        """The table names tests that exist for each file of the package."""
        for path in program.read_package(program.ROOT / "src"):
            assert program.existing(table.tests_of(path)), path
        assert table.tests_of("_catch/steps.py") == table.tests_of("_catch.py") == table.TESTS["_catch"]

    @pytest.fixture
    def project(tmp_path, monkeypatch):
        """A package of one function, and tests that leave a hole."""
        package = tmp_path / "src" / program.PACKAGE
        package.mkdir(parents=True)
        package.joinpath("__init__.py").write_text(
            "import sys\n"
            "def more(n):\n    return n > 2\n"
            "def down(n):\n    while n:\n        n -= 1\n    return n\n"
            "if sys.version_info < (3,):\n    def old():\n        return 1\n"
        )
        tmp_path.joinpath("pytest.ini").write_text("[pytest]\n")
        tmp_path.joinpath("conftest.py").write_text("def pytest_addoption(parser): parser.addini('test_limit', '')\n")
        tmp_path.joinpath("test_it.py").write_text(
            f"from {program.PACKAGE} import more, down\n"
            "def test_more():\n    assert more(3) and not more(1)\n"
            "def test_down():\n    assert down(2) == 0\n"
        )
        monkeypatch.setattr(program, "ROOT", tmp_path)
        return tmp_path

    def verdicts(project, *wanted):
        sources = program.read_package(project / "src")
        here = program.Interpreter("here", sys.executable, sources)
        source = sources["__init__.py"]
        found = {each.after: each for each in changes(source)}
        seconds = {("here", ("test_it.py",)): 0.4}
        guards = guards_around(source)
        return [program.judge("__init__.py", found[line], [here], seconds, guards, ("test_it.py",)) for line in wanted]

    def test_verdicts(project):
        """A change is noticed, not noticed, or dead where the version never runs it."""
        assert verdicts(project, "return (n >= 2)", "return n > 3", "return 2") == [
            "not noticed on here",
            "noticed on here",
            "dead",
        ]

    def test_a_change_that_does_not_end_is_noticed(project, monkeypatch):
        """An endless loop is ended, with all processes that its tests started."""
        monkeypatch.setattr(program, "LEAST_SECONDS", 2)
        assert verdicts(project, "n += 1") == ["noticed on here: does not end"]

    @pytest.mark.parametrize(
        "last_line, skipped",
        [
            ("7 skipped in 0.31s", True),
            ("no tests ran in 0.02s", True),
            ("3 passed, 7 skipped in 0.31s", False),
            ("1 failed, 7 skipped in 0.31s", False),
            ("1 skipped, 1 error in 0.31s", False),
        ],
    )
    def test_a_version_that_skips_every_test_takes_no_part(last_line, skipped):
        assert program.skips_all(f"SKIPPED [7] no libcst\n{last_line}\n") == skipped
        assert not program.skips_all("")

    def test_a_change_is_dead_where_every_test_of_its_file_is_skipped(project):
        project.joinpath("test_it.py").write_text("import pytest\npytest.skip('not here', allow_module_level=True)\n")
        here = program.Interpreter("here", sys.executable, program.read_package(project / "src"))
        assert program.measure([here], [("test_it.py",)]) == {}
        source = (project / "src" / program.PACKAGE / "__init__.py").read_text()
        change = changes(source)[0]
        assert program.judge("__init__.py", change, [here], {}, guards_around(source), ("test_it.py",)) == "dead"

    def test_nothing_tried_is_nothing_noticed():
        """A sample of code that never runs here counts as nothing noticed."""
        [_, change, *_] = changes("def f(n):\n    return n > 2\n")
        assert program.tell([("a.py", change, "dead")]) == 0.0

    def test_table_and_share(capsys):
        """Equivalent and dead changes do not count; the others that no test noticed are shown with their lines."""
        [_, change, *_] = changes("def f(n):\n    return n > 2\n")
        results = [
            ("a.py", change, each) for each in ("noticed on 3.8", "not noticed on 3.8", "equivalent: so", "dead")
        ]
        assert program.tell(results) == 50.0
        shown = capsys.readouterr().out
        assert "| together | 1 | 1 | 1 | 1 |" in shown
        assert shown.count("a.py:2 ") == 1
        assert f"- {change.before}\n+ {change.after}\n" in shown
