"""A release of 3.15 that changes what is backported does not go unnoticed."""

import json
import platform
import sys

from tests.upstream.fingerprint import RECORDED, changes, fingerprint, present

SOURCE = """
class Group:
    '''A group.'''
    async def leave(self, error: object) -> bool:
        '''Leaves.'''
        return await self.wait()  # for all
    def enter(self):
        return self
"""


def test_fingerprint_names_the_function_that_does_something_else():
    """A changed expression is found in its function, a changed signature as well."""
    changed = {"m": fingerprint(SOURCE.replace("self.wait()", "self.wait(error)"))}
    assert changes({"m": fingerprint(SOURCE)}, changed) == ["m.Group.leave"]
    changed = {"m": fingerprint(SOURCE.replace("def enter(self)", "def enter(self, again)"))}
    assert changes({"m": fingerprint(SOURCE)}, changed) == ["m.Group.enter"]


def test_fingerprint_is_the_same_for_what_does_the_same():
    """Comments, docstrings, annotations and line breaks do not count."""
    plain = SOURCE.replace("  # for all", "").replace("'''Leaves.'''\n", "\n").replace(": object", "")
    assert changes({"m": fingerprint(SOURCE)}, {"m": fingerprint(plain.replace(" -> bool", ""))}) == []


if sys.version_info[:2] == (3, 15):

    def test_3_15_still_has_the_group_and_the_timeouts_that_are_backported():
        """No function of asyncio's two modules has changed since somebody looked."""
        changed = changes(json.loads(RECORDED.read_text()), present())
        assert not changed, (
            f"{platform.python_version()} changed {', '.join(changed)}: read the difference to the release before, "
            "backport what it changes (docs/contributing.md, following a new release), then record it with "
            "`python3.15 -m tests.upstream.fingerprint`"
        )
