"""Projects for 3.11 and later, converted by `migrate in`, run their own tests on an older Python: `nox -s adopters`.

Each project comes from its source distribution. Its tests run on this interpreter, as released. A copy gets the edits
of the table `PROJECTS` and is converted. The same tests then run on the older Python and have to pass there as well.
"""
