"""Does the guarantee hold, and what does it cost? The workers' own functions on populations whose
truth is known, looking after every case, beside a fixed 0.9 and the naive empirical threshold."""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from benchmarks.populations import Population, all_of_them
from hitl.domain.evidence.certifier import Goal, certified, clean_cases, log_wealth
from hitl.domain.evidence.counters import Counts, Group, Observation, Sampling, count, merge
from hitl.domain.evidence.grid import EVERYTHING, LEAST_SCORES, Grid, freeze
from hitl.domain.evidence.guard import (
    RATIOS,
    Temperature,
    likelihoods,
    turned,
)

GOAL = Goal(max_error=0.02, confidence=0.95)
MARKS = (500, 1000, 2000, 5000, 10_000)
REPETITIONS = 1000
EVERY = 50  # how often certificates are read off; the wealth behind them has seen every case
MOST_ERRORS = 800  # more among 10,000 cases leave no wealth at a target of 2 %
STREAM = 100_000
BASE, BOOSTED = 0.05, 0.5
SAMPLINGS = (Sampling(None, 0.0, 1.0), *(Sampling(0.5, share, 1.0) for share in (0.5, 0.25, 0.05)))


@cache
def _table() -> NDArray[np.float64]:
    """The certifier's log wealth for every number of cases and errors that can occur."""
    errors = np.arange(MOST_ERRORS + 1)
    rows = []
    for start in range(0, MARKS[-1] + 1, 500):
        cases = np.arange(start, min(start + 500, MARKS[-1] + 1))
        counts = Counts(*np.broadcast_arrays(cases[:, None], errors[None, :]))
        rows.append(np.asarray(log_wealth({Group(1.0, 1.0): counts}, GOAL.max_error)))
    table: NDArray[np.float64] = np.concatenate(rows).astype(np.float64)
    return table


@dataclass(slots=True)
class Run:
    """What one repetition found at each mark: the share that is automated, relative to the
    oracle's (as it is where that is 0), and whether a live threshold was ever too low."""

    automated: list[float] = field(default_factory=list)
    violated: bool = False


def shadow(population: Population, seed: int, *, level_split: bool = True) -> Run:
    """Every case is answered by a person and compared; the grid is frozen from the first scores,
    whose labels do not count."""
    chance = np.random.default_rng([seed, 1])
    grid = freeze(population.draw(LEAST_SCORES, chance)[0].tolist())
    scores, wrong = population.draw(MARKS[-1], chance)
    thresholds = np.array([grid.threshold(i) for i in range(grid.size)])
    reached = scores[:, None] >= thresholds
    cases = np.cumsum(reached, axis=0)
    errors = np.minimum(np.cumsum(reached & wrong[:, None], axis=0), MOST_ERRORS)
    best = np.maximum.accumulate(_table()[cases, errors], axis=0)
    return _read(population, grid, best, level_split=level_split)


def _read(
    population: Population, grid: Grid, best: NDArray[np.float64], *, level_split: bool
) -> Run:
    run, oracle = Run(), population.oracle(GOAL.max_error)
    risks = [population.risk(grid.threshold(i)) for i in range(grid.size)]
    for seen in range(EVERY, MARKS[-1] + 1, EVERY):
        live = _live(best[seen - 1], grid, level_split=level_split)
        run.violated = run.violated or (live is not None and risks[live] > GOAL.max_error)
        if seen in MARKS:
            share = 0.0 if live is None else population.coverage(grid.threshold(live))
            run.automated.append(share / oracle if oracle else share)
    return run


def _live(best: NDArray[np.float64], grid: Grid, *, level_split: bool) -> int | None:
    if level_split:
        return certified(best, grid, GOAL.level)
    proven = np.flatnonzero(best >= -np.log(GOAL.level))  # a broken certifier: each at full level
    return int(proven.max()) if proven.size else None


def naive(population: Population, seed: int, n: int) -> tuple[float, bool]:
    """The loosest threshold whose errors among n cases are at most the target."""
    scores, wrong = population.draw(n, np.random.default_rng([seed, 2]))
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.diff(scores[order]) != 0, True)
    fine = ends & (np.cumsum(wrong[order]) <= GOAL.max_error * np.arange(1, n + 1))
    if not fine.any():
        return 0.0, False
    threshold = float(scores[order][np.flatnonzero(fine).max()])
    return population.coverage(threshold), population.risk(threshold) > GOAL.max_error


def promotion(
    error: float, share: float, repetitions: int, most: int = 6000
) -> tuple[float, float]:
    """Cases above the threshold until one test at this share of the level is proven: median and
    90 % point."""
    chance = np.random.default_rng(3)
    wrong = np.minimum(np.cumsum(chance.random((repetitions, most)) < error, axis=1), MOST_ERRORS)
    wealth = _table()[np.arange(1, most + 1), wrong]
    proven = wealth >= -np.log(GOAL.level * share)
    first = np.where(proven.any(axis=1), proven.argmax(axis=1) + 1, most)
    return float(np.median(first)), float(np.quantile(first, 0.9))


@dataclass(frozen=True, slots=True)
class Watched:
    """Streams that the guard has watched: the case at which each was rolled back (0: never), wrong
    automated decisions from the break until then, and the share that was audited."""

    rolled_back: NDArray[np.int64]
    wrong: NDArray[np.int64]
    audited: float


def stream(before: float, after: float, repetitions: int, change: int, length: int) -> Watched:
    """Automated cases with audits at the base rate, ten times as many while the guard is warm."""
    chance = np.random.default_rng([4, int(1e6 * before), int(1e6 * after)])
    downs, ups = likelihoods(GOAL.max_error)
    state = np.zeros((repetitions, len(RATIOS)))
    temperature = [Temperature.COLD] * repetitions
    rates = np.full(repetitions, BASE)
    rolled_back, wrong = (np.zeros(repetitions, dtype=np.int64) for _ in range(2))
    audits = cases = 0
    for case in range(1, length + 1):
        live = rolled_back == 0
        errors = chance.random(repetitions) < (before if case <= change else after)
        wrong += live & errors & (case > change)
        audited = np.flatnonzero(live & (chance.random(repetitions) < rates))
        audits, cases = audits + audited.size, cases + int(live.sum())
        if audited.size:
            factor = np.where(errors[audited, None], ups, downs)
            state[audited] = factor * (state[audited] + 1.0)
            for run, strength in zip(audited, state[audited].mean(axis=1), strict=True):
                temperature[run] = turned(temperature[run], strength)
                rates[run] = BASE if temperature[run] == Temperature.COLD else BOOSTED
                if temperature[run] == Temperature.HOT:
                    rolled_back[run] = case
        if not live.any():
            break
    return Watched(rolled_back, wrong, audits / cases)


def run(repetitions: int = REPETITIONS) -> None:
    """All of it; about ten minutes on two cores."""
    met = _certificates(repetitions)
    met &= _promotions(repetitions)
    met &= _guards(repetitions)
    met &= _costs()
    sys.exit(0 if met else 1)


def _spread(population_index: int, seed: int) -> Run:
    return shadow(all_of_them()[population_index], seed)


def _certificates(repetitions: int) -> bool:
    populations = all_of_them()
    _table()
    print(f"{repetitions} repetitions, target 2 %, confidence 95 %, a look after every case")
    print("automated, relative to the oracle, after " + ", ".join(f"{m:,}" for m in MARKS))
    real, worst = [], 0.0
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        for i, population in enumerate(populations):
            runs = list(workers.map(partial(_spread, i), range(repetitions), chunksize=25))
            automated = np.mean([run.automated for run in runs], axis=0)
            violated = float(np.mean([run.violated for run in runs]))
            worst = max(worst, violated)
            if population.real:
                real.append(automated)
            print(_line(population, automated, violated), flush=True)
            _beside(population, repetitions)
    mean = np.mean(real, axis=0)
    met = _say("violations, worst of all", worst, at_most=0.03)
    for mark, goal in ((1000, 0.80), (2000, 0.90), (10_000, 0.95)):
        met &= _say(f"automated at {mark:,}, real ones", mean[MARKS.index(mark)], at_least=goal)
    return met


def _line(population: Population, automated: NDArray[np.float64], violated: float) -> str:
    shares = " ".join(f"{share:.2f}" for share in automated)
    return f"{population.name:>17}: {shares}   violations {violated:.3f}"


def _beside(population: Population, repetitions: int) -> None:
    """Fixed 0.9, and the naive threshold from 2,000 cases."""
    oracle = population.oracle(GOAL.max_error)
    runs = [naive(population, seed, 2000) for seed in range(min(repetitions, 200))]
    share, violated = np.mean([run[0] for run in runs]), np.mean([run[1] for run in runs])
    relative = [value / oracle if oracle else value for value in (share, population.coverage(0.9))]
    fixed = "violated" if population.risk(0.9) > GOAL.max_error else "kept"
    print(f"{'':>19}naive from 2,000: {relative[0]:.2f}, violations {violated:.3f}", end="; ")
    print(f"fixed 0.9: {relative[1]:.2f}, {fixed}", flush=True)


def _promotions(repetitions: int) -> bool:
    met = True
    for share, goal in ((1.0, 320), (0.4, 400)):
        median, high = promotion(0.005, share, 4 * repetitions)
        clean = clean_cases(0.0, GOAL.level * share, GOAL.max_error)
        print(f"cases to promotion at a true 0.5 %, {share:g} of the level: {median:.0f}", end="")
        print(f", p90 {high:.0f}, at least {clean}")
        met &= _say(f"median at {share:g} of the level", median, at_most=goal)
    return met


def _guards(repetitions: int) -> bool:
    calm = stream(0.015, 0.015, repetitions, STREAM, STREAM)
    false = float((calm.rolled_back > 0).mean())
    print(f"healthy streams at 1.5 %: audited {calm.audited:.3f}")
    met = _say("false roll-backs per 100,000", false, at_most=0.01)
    for after, goal in ((0.03, 7000), (0.05, 2000), (0.10, 650)):
        change = 20_000
        broken = stream(0.01, after, repetitions, change, 4 * STREAM)
        found = broken.rolled_back[broken.rolled_back > change] - change
        print(
            f"1 % to {after:.0%}: p90 {np.quantile(found, 0.9):.0f}, {found.size} found", end="; "
        )
        print(f"wrong automated decisions {np.median(broken.wrong):.0f}")
        met &= _say(f"median delay to {after:.0%}", float(np.median(found)), at_most=goal)
    broken = stream(0.012, 0.072, repetitions, 20_000, STREAM)
    return met & _say(
        "wrong after a break of 6 points", float(np.median(broken.wrong)), at_most=100
    )


def costs(cases: int = 5000, rounds: int = 20) -> tuple[float, float]:
    """Microseconds to count one comparison, and milliseconds to find what is proven from the
    counters of all thresholds: evidence of shadow and of audits at several shares; medians."""
    chance = np.random.default_rng(5)
    grid = freeze(chance.random(LEAST_SCORES).tolist())
    seen = [
        Observation(
            float(score),
            bool(chance.random() < GOAL.max_error),
            sampling.below if score < (sampling.threshold or 0.0) else sampling.least(1.0),
            sampling,
        )
        for score, sampling in zip(
            chance.random(cases), SAMPLINGS * (cases // len(SAMPLINGS)), strict=True
        )
    ]
    counters = merge(*(count(seen[i : i + 500], grid) for i in range(0, cases, 500)))

    def prove() -> None:
        wealth = np.broadcast_to(log_wealth(counters, GOAL.max_error), grid.size)
        certified(np.maximum(wealth, 0.0), grid, GOAL.level)

    counting = _median_seconds(lambda: count(seen, grid), rounds)
    return 1e6 * counting / cases, 1e3 * _median_seconds(prove, rounds)


def _median_seconds(act: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        begun = perf_counter()
        act()
        taken.append(perf_counter() - begun)
    return float(np.median(taken))


def _costs() -> bool:
    counting, proving = costs()
    met = _say("microseconds per comparison counted", counting, at_most=50)
    return met & _say("milliseconds to test all thresholds anew", proving, at_most=10)


def _say(
    what: str, value: float, *, at_most: float = float(-EVERYTHING), at_least: float = EVERYTHING
) -> bool:
    met = at_least <= value <= at_most
    goal = f"at most {at_most:g}" if at_least == EVERYTHING else f"at least {at_least:g}"
    print(f"  {'met   ' if met else 'missed'} {what}: {value:.3f}, goal {goal}", flush=True)
    return met
