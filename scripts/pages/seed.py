"""A day of made-up traffic for the dashboard, written where the service writes its sums: real days take too long."""

import math
import random
import sqlite3
import time

GROWTH = math.log(1.01 / 0.99)
MINUTE, HOUR = 60_000, 3_600_000
# Of each arm: analyses an hour at noon, median response in ms and its spread, the part that fails and how, nano-USD each,
# verdicts.
ARMS = {
    "gemini": (9, 1450, 0.28, 0.008, ["timeout", "server"], 290_000, [("vegan", 41), ("non-vegan", 44), ("uncertain", 12), ("unknown", 3)]),
    "claude": (80, 1980, 0.33, 0.011, ["timeout", "rate_limited", "server", "invalid"], 1_150_000, [("vegan", 40), ("non-vegan", 45), ("uncertain", 12), ("unknown", 3)]),
}


class Sums(dict):
    """What is to be added to each row of `tallies`."""

    def put(self, scope, slot, arm, model, measure, n):
        key = (scope, slot, arm, model, measure)
        self[key] = self.get(key, 0) + n


def analysis(sums, chance, arm, at, step):
    _, median, spread, failing, kinds, cost, verdicts = ARMS[arm]
    ms = round(chance.lognormvariate(math.log(median), spread))
    failed = chance.random() < failing
    verdict = chance.choices([name for name, _ in verdicts], [weight for _, weight in verdicts])[0]
    judged = chance.randint(6, 14)
    measures = {
        "requests": 1, "exposed": 1, "input": 1300 + chance.randint(0, 300), "output": 240 + chance.randint(0, 160), "cost": cost + chance.randint(0, 90_000),
        "ms": ms, f"ms.{math.ceil(math.log(ms) / GROWTH)}": 1, f"verdict.{verdict}": 1, "judged": judged, "agreed": judged - (chance.random() < 0.05),
    }
    if failed:
        measures |= {"failed": 1, "fallbacks": 1, f"failed.{chance.choice(kinds)}": 1}
    for measure, n in measures.items():
        sums.put("minute", at - at % MINUTE, arm, "a-model", measure, n)
        sums.put("hour", at - at % HOUR, arm, "a-model", measure, n)
    squares = {"ms²": ms * ms, "ln": round(math.log(ms) * 1e6), "ln²": round(math.log(ms) ** 2 * 1e6), "units": 1}
    if failed:
        squares["units.failed"] = 1
    for measure, n in (measures | squares).items():
        sums.put("step:gemini-rollout", step, arm, "", measure, n)


def pairs(sums, chance, step, count=240):
    """Pictures that both arms were shown: the new one is quicker and cheaper, and fails alone now and then."""
    for _ in range(count):
        quick = chance.lognormvariate(math.log(1450), 0.2)
        slow = quick * chance.lognormvariate(math.log(1.35), 0.15)
        apart, ratio, saved = round(quick - slow), math.log(quick / slow), -chance.randint(700, 1000)
        measures = {
            "pairs": 1, "pair.answered": 1, "pair.verdicts": chance.random() < 0.04, "pair.failed.new": chance.random() < 0.02,
            "pair.failed.old": chance.random() < 0.015, "pair.slow.old": chance.random() < 0.03, "pair.ms": apart, "pair.ms²": apart * apart,
            "pair.ln": round(ratio * 1e6), "pair.ln²": round(ratio * ratio * 1e6), "pair.cost": saved, "pair.cost²": saved * saved,
        }
        for measure, n in measures.items():
            sums.put("step:gemini-rollout", step, "gemini:claude", "", measure, int(n))


def seed(database, step):
    """Adds a day to the sums; the step's sums are all of it."""
    chance, sums = random.Random(7), Sums()
    now = int(time.time() * 1000)
    for hour in range(24):
        begin = now - (24 - hour) * HOUR
        busy = 0.35 + 0.65 * math.sin(math.pi * ((begin // HOUR) % 24) / 24) ** 2
        for arm, (an_hour, *_) in ARMS.items():
            for _ in range(round(an_hour * busy * chance.uniform(0.8, 1.2))):
                analysis(sums, chance, arm, begin + chance.randrange(HOUR), step)
    pairs(sums, chance, step)
    with sqlite3.connect(database, timeout=20) as connection:
        connection.executemany(
            "INSERT INTO tallies (scope, slot, arm, model, measure, n) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (scope, slot, arm, model, measure) DO UPDATE SET n = tallies.n + excluded.n",
            [(*key, n) for key, n in sums.items()])
