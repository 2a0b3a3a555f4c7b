"""Single changes of the package's source, each of which some test has to notice; `nox -s mutation` tries them.

mutmut and cosmic-ray do the same for one interpreter. Here a line is often live on a few versions only, so a change
has to be tried on those. And mutmut calls the changed function through one of its own, while the package reads the
frames of its callers.

`changes` makes the changes, `live` tells on which versions a line can run, `table` says which tests concern which file,
`equivalent` lists the changes that no test can notice.
"""
