"""Scenarios with real libraries: the outcome on the newest Python is the outcome everywhere.

What is expected is data: `recorded/*.json`, made on Python 3.15 with its own asyncio.TaskGroup by

    python3.15 -m tests.interop.record

and read by every other version. Where a library itself differs between the versions, `known.py` says so by name.
"""
