"""The command that converts source files, `python -m taskgroup_compat migrate`."""
