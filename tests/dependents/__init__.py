"""The tests of libraries that use a task group or catch, with ours in the place of theirs: `nox -s dependents`.

Each suite comes from the library's source distribution. It runs as it is first, and then with ours in the place of
asyncio's group and timeouts (from 3.11 on), of what `taskgroup` has (below) and of exceptiongroup's catch. A test that
passes at first and then fails has to be in `known`, with its reason.
"""
