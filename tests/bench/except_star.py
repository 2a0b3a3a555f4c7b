"""The real statement, in a file of its own because only 3.11 and later can read it."""

from time import process_time


def statement_no_exception(times):
    started = process_time()
    for _ in range(times):
        try:
            pass
        except* ValueError:
            pass
        except* OSError:
            pass
    return process_time() - started


def statement_ten_leaves(groups):
    started = process_time()
    for group in groups:
        try:
            raise group
        except* ValueError:
            pass
        except* OSError:
            pass
    return process_time() - started
