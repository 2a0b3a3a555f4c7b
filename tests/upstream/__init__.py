"""CPython's own tests of what the project backports, held by every version; `nox -s upstream` runs them.

None of them is copied: they are read from the `test` package of an installed interpreter. Two sorts are run.

- The newest Python's tests of TaskGroup, timeout() and except*. For a version that cannot read or run them as they are,
  `rewriting` translates them.
- A version's own tests of asyncio, as far as they name a group or a timeout, with ours in the place of asyncio's.

`known` lists by name what cannot pass, with its reason. `fingerprint` notices a release that changes what is
backported.
"""
