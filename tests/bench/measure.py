"""Rounds in which the implementations alternate, and the statistics of them."""

import os
import random
import sys
from statistics import median

NEAR = 1.5  # Times the fastest.
WARM_SHARE = 0.6 if sys.implementation.name == "pypy" else 0.0  # Of the budget, for the JIT.


def cpu_seconds():
    """Return the CPU seconds of this process and its children: budgets are the same on a busy machine."""
    return sum(os.times()[:4])


def rounds(row, budget, least, most, progress, warm=True):
    """Up to `most` rounds within `budget` seconds of CPU time, each a dictionary of name and cost.

    The order is a new random one in every round. Samples of one round lie next to each other in time, so that their
    ratios hardly notice what else the machine does. Who decides no goal, and is far from who is fastest, sits out when
    a third of the budget is spent.
    """
    order = random.Random(0)
    taken = []
    if not row.runs:
        return taken
    warm_until = cpu_seconds() + WARM_SHARE * budget
    names = list(row.runs)
    while warm:
        for name in names:
            row.runs[name]()
        if cpu_seconds() >= warm_until:
            break
    started = cpu_seconds()
    while len(taken) < most:
        spent = cpu_seconds() - started
        if len(taken) >= least and spent > budget:
            break
        if len(taken) >= 3 and spent > budget / 3:
            near = NEAR * min(cost(taken, name)[0] for name in names)
            names = [name for name in names if name in row.decisive or cost(taken, name)[0] < near]
        order.shuffle(names)
        costs = {}
        for name in names:
            progress(f"{row.title}: round {len(taken) + 1}, {name}")
            costs[name] = row.runs[name]()
        taken.append(costs)
    return taken


def quartiles(values):
    """Median, lower and upper quartile."""
    values = sorted(values)
    count = len(values)
    return median(values), values[count // 4], values[(3 * count - 1) // 4 if count > 1 else 0]


def cost(rounds, name):
    values = [costs[name] for costs in rounds if name in costs]
    return quartiles(values) if values else None


def ratio(rounds, name, to):
    """The cost of `name` as a multiple of that of `to`, round by round: median and quartiles."""
    values = [costs[name] / costs[to] for costs in rounds if name in costs and to in costs and costs[to]]
    return quartiles(values) if values else None


def interleaved(rows, budget, progress):
    """Rows measured side by side, to be compared with each other: a round takes every row that still has time."""
    order = random.Random(0)
    taken = {row.key: [] for row in rows}
    seconds = {row.key: 0.0 for row in rows}
    warm_until = cpu_seconds() + WARM_SHARE * budget * len(rows) / 2
    while cpu_seconds() < warm_until:
        for name in rows[0].runs:
            rows[0].runs[name]()
    for round_ in range(1, 13):
        for row in rows:
            if round_ > 1 and seconds[row.key] * round_ / (round_ - 1) > budget:
                continue
            names = list(row.runs)
            order.shuffle(names)
            started = cpu_seconds()
            costs = {}
            for name in names:
                progress(f"{row.title}: round {round_}, {name}")
                costs[name] = row.runs[name]()
            taken[row.key].append(costs)
            seconds[row.key] += cpu_seconds() - started
    return [(row, taken[row.key]) for row in rows]
