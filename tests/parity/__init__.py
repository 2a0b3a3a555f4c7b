"""Holds taskgroup_compat on every Python against what CPython 3.15 does.

``python -m tests.parity`` is the table of scenarios, ``python -m tests.parity.random`` the random programs.
"""
