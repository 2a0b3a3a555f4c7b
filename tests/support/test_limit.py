"""The limit of conftest.py, which ends a test that blocks the loop or the interpreter."""

import subprocess
import sys
from pathlib import Path

import pytest

from .versions import skip_module_on_others

skip_module_on_others()
ROOT = Path(__file__).parent.parent.parent
ENDLESS = {
    "a coroutine that never waits": """
async def turn():
    while True:
        try:
            # No calls: faulthandler reads the stack while it runs, and may miss a caller.
            while True:
                pass
        except BaseException:
            pass

def test_endless():
    asyncio.run(turn())
""",
    "code that keeps the interpreter lock": """
def test_endless():
    re.match("(a+)+$", "a" * 60 + "b")
""",
}


@pytest.mark.parametrize("program", ENDLESS.values(), ids=ENDLESS)
def test_limit_ends_a_run_that_hangs(program, tmp_path):
    """The exit code is 1, and the output names the test and the line."""
    (tmp_path / "test_endless.py").write_text("import asyncio, re\n\ndef test_before():\n    pass\n" + program)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml")]
    command += ["--rootdir", str(tmp_path), "-o", "test_limit=1", "-p", "no:cacheprovider", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    assert "Timeout (0:00:01)!" in result.stderr
    assert "in test_endless" in result.stderr
    assert "test_endless.py ." in result.stdout and "passed" not in result.stdout


def test_limit_is_for_each_test(tmp_path):
    """Tests that together last longer than the limit pass."""
    body = "import time\n\n" + "".join(f"def test_{n}():\n    time.sleep(0.7)\n" for n in range(4))
    (tmp_path / "test_quick.py").write_text(body)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml")]
    command += ["--rootdir", str(tmp_path), "-o", "test_limit=2", "-p", "no:cacheprovider", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stderr) == (0, "")
    assert "4 passed" in result.stdout
