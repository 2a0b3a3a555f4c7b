"""The goals that the project has set itself, each a ratio within one run."""

from .catching import KEPT, NEW, PEER, STATEMENT, SUPPRESS
from .implementations import HAND_WRITTEN, NATIVE, OURS, PEERS
from .measure import cost, ratio
from .suite import SIZES
from .timeouts import NATIVE as NATIVE_TIMEOUT
from .timeouts import OURS as TIMEOUT
from .timeouts import PEER as PEER_TIMEOUT

PER_CHILD = ("noop-1000", "noop-100000", "yield-1000", "yield-100000")


def growth(rows, name, children):
    """How much dearer a child is among `children` than among 1,000."""
    small, large = (rows.get(f"scale-{size}") for size in (1_000, children))
    if not small or not large or not cost(large["rounds"], name):
        return None
    median, _, _ = cost(small["rounds"], name)
    return tuple(value / median for value in cost(large["rounds"], name))


def evaluate(rows, version):
    """A list of goals: text, limit, what was measured (median and quartiles), and whether it is met."""
    goals = []

    def add(text, limit, measured):
        if measured is not None:
            goals.append({"goal": text, "limit": limit, "measured": measured, "met": measured[0] <= limit})

    def compare(key, name, to, limit):
        row = rows.get(key)
        if row:
            add(f"{row['title']}: {name} / {to}", limit, ratio(row["rounds"], name, to))

    old = version < (3, 11)
    for key in PER_CHILD:
        compare(key, OURS, HAND_WRITTEN, 1.10)
    for key in PER_CHILD:
        compare(key, OURS, NATIVE, 1.03)
    if old:
        compare("empty", OURS, HAND_WRITTEN, 2.5)
    else:
        compare("empty", OURS, NATIVE, 1.05)
    compare("fails", OURS, HAND_WRITTEN, 1.15)
    compare("cancelled", OURS, HAND_WRITTEN, 1.15)
    compare("memory", OURS, HAND_WRITTEN, 1.02)
    for children in SIZES[3:]:
        ours, floor = growth(rows, OURS, children), growth(rows, HAND_WRITTEN, children)
        if ours and floor:
            text = (
                f"a child among {children:,} / among 1,000, with hand-written's own growth of {floor[0]:.2f} taken out"
            )
            add(text, 1.10, tuple(value / floor[0] for value in ours))
    compare("catch-none", KEPT, SUPPRESS, 0.55)
    compare("catch-none", NEW, PEER, 0.55)
    compare("catch-ten", NEW, PEER, 0.75 if old else 1.0)
    compare("catch-ten", NEW, STATEMENT, 1.6)
    compare("timeout-quiet", TIMEOUT, NATIVE_TIMEOUT, 1.1)
    compare("timeout-quiet", TIMEOUT, PEER_TIMEOUT, 1.0)
    if "timeout-import" in rows:
        add("import of what timeouts need, ms", 0.15, cost(rows["timeout-import"]["rounds"], TIMEOUT))
    if "import-own" in rows:
        add("import beyond its dependencies, ms", 2.0, cost(rows["import-own"]["rounds"], OURS))
    for row in rows.values():
        ratios = [(ratio(row["rounds"], OURS, peer), peer) for peer in PEERS]
        ratios = [(measured, peer) for measured, peer in ratios if measured]
        if ratios:
            measured, peer = max(ratios)
            add(f"{row['title']}: {OURS} / fastest peer ({peer})", 1.0, measured)
    return goals
