"""How often is an equal challenger taken back, and how soon a bad one? The product's own functions
on canaries whose truth is known, looked at after every error, beside a z-test looked at as often.
"""

import os
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from math import sqrt

import numpy as np
from msgspec.structs import replace
from scipy.stats import beta

from hitl.domain.rollouts.counting import audited
from hitl.domain.rollouts.judgement import Evidence, judge
from hitl.domain.rollouts.plan import Plan, Stage
from hitl.domain.rollouts.strategies import CANARY, Standing

ERROR = 0.02
AUDITS = 30_000
RUNS = 1000
LONG = timedelta(days=365)  # no simulated step is too short
Z = 1.645
USUAL = Plan(steps=tuple(Stage(share) for share in (0.05, 0.2, 0.5)))
TENTH = Plan(steps=(Stage(0.1),), goal="better")
SOUND = Evidence(sound=(9.0,) * 3, quick=(9.0,) * 3)  # it neither fails nor is slow


@dataclass(frozen=True, slots=True)
class Run:
    """How a canary ended, after how many audits of both arms; and whether a z-test, looked at as
    often, would have called the challenger worse on the way."""

    end: str
    audits: int
    cried: bool


def canary(seed: int, *, ratio: float, plan: Plan = USUAL, audits: int = AUDITS) -> Run:
    """One canary: the champion errs in 2 % of audits, the challenger `ratio` times as often."""
    chance = np.random.default_rng(seed)
    seen, step, done, cried = SOUND, 0, 0, False
    while done < audits:
        share = CANARY.share(plan, step)
        mean = ERROR * (share * ratio + 1.0 - share)
        gap = int(chance.geometric(mean))
        done += gap
        mine = int(chance.binomial(gap - 1, share))
        seen = replace(
            seen,
            challenger_judged=seen.challenger_judged + mine,
            champion_judged=seen.champion_judged + gap - 1 - mine,
            of_step=seen.of_step + mine,
        )
        whose = bool(chance.random() < ERROR * share * ratio / mean)
        unit = str(done)
        seen = audited(seen, is_challengers=whose, wrong=True, share=share, unit=unit, plan=plan)
        cried = cried or _z(seen) > Z
        here = Standing(step, LONG, seen.of_step, judge(seen, is_paired=False))
        action = CANARY.next(plan, here)
        if action in ("abort", "promote"):
            return Run(action, done, cried)
        if action == "step":
            step, seen = step + 1, replace(seen, of_step=0)
    return Run("hold", audits, cried)


def _z(seen: Evidence) -> float:
    """The pooled z-statistic of two proportions."""
    n, m = seen.challenger_judged, seen.champion_judged
    if not n or not m:
        return 0.0
    pooled = (seen.challenger_errors + seen.champion_errors) / (n + m)
    spread = sqrt(pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m))
    gap = seen.challenger_errors / n - seen.champion_errors / m
    return gap / spread if spread else 0.0


def canaries(
    runs: int, *, ratio: float, plan: Plan = USUAL, audits: int = AUDITS, seed: int = 1
) -> list[Run]:
    """Many of them, on all cores."""
    act = partial(canary, ratio=ratio, plan=plan, audits=audits)
    seeds = range(seed * 1_000_000, seed * 1_000_000 + runs)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(act, seeds, chunksize=10))


def least(hits: int, runs: int) -> float:
    """The exact 99 % lower bound of a share (Clopper and Pearson 1934)."""
    return float(beta.ppf(0.01, hits, runs - hits + 1)) if hits else 0.0


def ended(found: Iterable[Run], end: str) -> int:
    return sum(run.end == end for run in found)


def _median(found: Iterable[Run], end: str) -> float:
    return float(np.median([run.audits for run in found if run.end == end] or [0]))


def run() -> None:
    """Prints what each kind of challenger comes to."""
    for name, ratio, plan in (
        ("equal, usual steps", 1.0, USUAL),
        ("half the errors, usual steps", 0.5, USUAL),
        ("twice the errors, usual steps", 2.0, USUAL),
        ("four times the errors, usual steps", 4.0, USUAL),
        ("four times the errors, at 10 %", 4.0, TENTH),
    ):
        found = canaries(RUNS, ratio=ratio, plan=plan)
        ends, aborted = Counter(one.end for one in found), ended(found, "abort")
        print(
            f"{name}: {dict(ends)}; taken back: exact 99 % lower bound {least(aborted, RUNS):.3f}, "
            f"median {_median(found, 'abort'):,.0f} audits; a z-test looked at as often calls "
            f"{sum(one.cried for one in found) / RUNS:.1%} worse",
            flush=True,
        )
