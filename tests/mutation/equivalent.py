"""Changes that no test can notice, as they change nothing that can be seen: by content, so that moving code is free.

Each is the qualified name of the function, the line as it is, the line as it was changed to, and the reason.
"""

EQUIVALENT = []


def reason(change):
    """Why a change is equivalent, or None."""
    for function, before, after, why in EQUIVALENT:
        if (change.function, change.before, change.after) == (function, before, after):
            return why
    return None
