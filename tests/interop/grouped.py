"""Write a table of outcomes with each text once, so that a recording is small and a diff names what changed.

A recording has three parts: the number of each group (groups with equal outcomes share one), the number of each row,
and for each outcome the places where it comes: "3 4: 17" is row 17 of every group that has the number 3 or 4.
"""

import json


def group(table):
    """Return the recording of a table that maps group, then row, to an outcome."""
    kinds, numbers, rows = {}, {}, {}
    for name, outcomes in table.items():
        numbers[name] = kinds.setdefault(json.dumps(outcomes, sort_keys=True), len(kinds) + 1)
        for row in outcomes:
            rows.setdefault(row, len(rows) + 1)
    places = {}
    for kind, number in kinds.items():
        for row, outcome in json.loads(kind).items():
            places.setdefault(outcome, {}).setdefault(rows[row], []).append(number)
    outcomes = {}
    for outcome in sorted(places, key=_by_events):
        together = {}
        for row in sorted(places[outcome]):
            together.setdefault(tuple(places[outcome][row]), []).append(row)
        outcomes[outcome] = [f"{_joined(each)}: {_joined(members)}" for each, members in together.items()]
    return {"groups": numbers, "rows": rows, "outcomes": outcomes}


def ungroup(recording):
    """Return the table of a recording."""
    cells = {}
    for outcome, places in recording["outcomes"].items():
        for place in places:
            numbers, rows = (part.split() for part in place.split(":"))
            cells.update({(int(number), int(row)): outcome for number in numbers for row in rows})
    return {
        name: {row: cells[number, place] for row, place in recording["rows"].items() if (number, place) in cells}
        for name, number in recording["groups"].items()
    }


def text(recording):
    """Return the file of a recording: one line for each group, row and outcome."""
    parts = [f"{json.dumps(part)}: {{\n{_lines(recording[part])}\n}}" for part in ("groups", "rows", "outcomes")]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(part):
    return ",\n".join(f" {json.dumps(key, ensure_ascii=False)}: {json.dumps(value)}" for key, value in part.items())


def _by_events(outcome):
    """The outcomes that begin alike stand together."""
    return outcome.split("; ")


def _joined(numbers):
    return " ".join(map(str, numbers))
