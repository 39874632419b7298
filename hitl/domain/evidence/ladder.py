"""The ladder: what the next automation level needs, in numbers, and what is missing of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hitl.domain.evidence import needs
from hitl.domain.evidence.certifier import Floats, Goal, chains, clean_cases
from hitl.domain.evidence.grid import Grid
from hitl.domain.evidence.needs import Ground, Missing, Need
from hitl.domain.levels import LEVELS

NEXT = {
    "human_only": "shadow",
    "shadow": "partial_automation",
    "ai_assistance": "partial_automation",
    "partial_automation": "full_automation",
}
"""The next step. AI assistance may be taken by hand on the way; it needs no proof, as people still
decide every case."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step to a level with all that it needs."""

    level: str
    needs: tuple[Need, ...]

    @property
    def is_earned(self) -> bool:
        return all(need.met for need in self.needs)

    @property
    def missing(self) -> list[Need]:
        return [need for need in self.needs if not need.met]


def next_step(ground: Ground) -> Step | None:
    """The next step; None at the top, and at a level that is not on the ladder."""
    level = NEXT.get(ground.level)
    return None if level is None else step_to(level, ground)


def step_to(level: str, ground: Ground) -> Step:
    """What a step to this level needs: a model that answers; to automate, proof."""
    found = [needs.risk(level, ground), needs.version(ground)]
    automates = LEVELS[level].automates
    if automates != "none":
        found += [needs.target(ground), needs.grid(ground)]
        found.append(needs.whole(ground) if automates == "usable" else needs.certified(ground))
        found += [*needs.lapse(ground), *needs.reviewers(ground), needs.audits(ground)]
        found += [needs.overdue(ground), needs.guard(ground), needs.stop(ground)]
    return Step(level, tuple(found))


def to_cover(
    coverage: float, grid: Grid, best: Sequence[float] | Floats, now: Floats, goal: Goal
) -> Missing | None:
    """What is missing at least until a threshold that covers so much is proven: over the chains
    that can prove one, the least. best: the largest log wealth so far, now: the present one. None
    where no threshold covers so much."""
    found = []
    for chain in chains(best, grid, goal.level):
        inside = range(chain.first, chain.end)
        end = next((i for i in inside if grid.coverages[i] >= coverage), None)
        if end is None:
            continue
        open_ones = range(chain.first + chain.proven, end + 1)
        cases = [clean_cases(now[i], chain.level, goal.max_error) for i in open_ones]
        at = grid.threshold(open_ones[0]) if open_ones else grid.threshold(end)
        found.append(Missing(max(cases, default=0), max(0.0, at)))
    return min(found, key=lambda one: one.cases, default=None)


def limits(ground: Ground) -> list[str]:
    """What a team of this size cannot have."""
    return list(_limits(ground))


def _limits(ground: Ground) -> Iterator[str]:
    policy, people = ground.policy, ground.reviewers
    if people == 0:
        yield "Nobody may judge cases here: give somebody the role reviewer."
    if people == 1:
        yield (
            "One person judges here, and nobody meets a case twice. So there is no second look: "
            "where this person and the model differ, it counts as the model's error, and proof "
            "takes longer. Nor can anybody else settle a conflict, or show what this person misses."
        )
    elif people and people < policy.reviews_required:
        yield (
            f"Every case needs {policy.reviews_required} people, and {people} may judge: no case "
            "can be settled. Ask for fewer, or give more people the role reviewer."
        )
    if policy.promote == "two" and ground.operators < 2:
        yield (
            "Two people have to raise the level, and fewer may: give another one the role "
            "operator, or have an administrator change `promote` in the policy."
        )
