"""The dials of a policy in words: what is in force, and what a revision moved."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from hitl.admin.wording import dial, named
from hitl.domain.levels import LEVELS
from hitl.domain.policy import Fixed, Policy, PoolRule, Target, parse_policy
from hitl.forms import PolicyForm
from hitl.forms.answers import as_text
from hitl.services.workflows import Terms

EVERYBODY = "everybody"
LAPSES = {
    "leave": "stays in the queue",
    "raise": "goes before all that is not raised",
    "adjudicate": "goes to an adjudicator",
    "default": "gets the safe default",
}

PROMOTE = {"person": "a person", "two": "two people", "itself": "the service by itself"}
GUARDS = {"detector": "the detector", "proof": "the proof"}
LAPSING = {"lapse_cases": "Certificates lapse by cases", "lapse_days": "Certificates lapse by time"}


def threshold(policy: Policy) -> str:
    rule = policy.threshold
    if isinstance(rule, Fixed):
        return f"fixed at {rule.threshold:g}"
    what = "{} wrong" if rule.loss == "wrong" else "a mean distance of {}"
    classes = ", also for every answer by itself" if rule.by_class else ""
    most = what.format(dial(rule.max_error))
    return f"target: at most {most}, at {dial(rule.confidence)} confidence{classes}"


def blind(policy: Policy) -> str:
    chosen = "" if policy.blind_share is not None else " (automatic)"
    return dial(policy.blind_share_in_force) + chosen


def people(policy: Policy) -> str:
    """Who judges a case: "3 people, majority"."""
    n = policy.reviews_required
    return "1 person" if n == 1 else f"{n} people, {policy.consensus}"


def second_look(policy: Policy) -> str:
    if isinstance(policy.threshold, Target):
        return "yes (always under a target)"
    return _yes(policy.second_look)


def overdue(policy: Policy) -> str:
    default = f" “{as_text(policy.safe_default)}”" if policy.on_lapse == "default" else ""
    return LAPSES[policy.on_lapse] + default


def shown(policy: Policy) -> str:
    """How cases are shown: "pictures blurred, sound muted"; '' for as they are."""
    ways = {
        "pictures blurred": policy.blur,
        "pictures without colour": policy.greyscale,
        "sound muted": policy.mute,
        f"a break every {policy.break_minutes} min": policy.break_minutes,
    }
    return ", ".join(way for way, wanted in ways.items() if wanted)


def pool(rule: PoolRule) -> str:
    """A pool after its name: who is in it, and where its cases go on."""
    said = f"for people with {' and '.join(rule.skills)}" if rule.skills else "for everybody"
    if rule.after_minutes is not None:
        said += f", after {rule.after_minutes} min on to {rule.escalates_to or EVERYBODY}"
    elif rule.escalates_to:
        said += f", leads to {rule.escalates_to} (no time is set)"
    return said


def said(policy: Policy) -> dict[str, str]:
    """Every dial of a policy in words, but for the pools."""
    return {
        "threshold": threshold(policy),
        "audit_share": dial(policy.audit_share),
        "blind_share": blind(policy),
        "two_stage": _yes(policy.two_stage),
        "audit_supersedes": _yes(policy.audit_supersedes),
        "second_look": second_look(policy),
        "agreement_share": dial(policy.agreement_share),
        "reviewer_errors": _yes(policy.reviewer_errors),
        "guard": GUARDS[policy.guard],
        "promote": PROMOTE[policy.promote],
        "risk": policy.risk,
        "least_coverage": dial(policy.least_coverage),
        "lapse_cases": f"{policy.lapse_cases:,} cases" if policy.lapse_cases else "never",
        "lapse_days": f"{policy.lapse_days:,} days" if policy.lapse_days else "never",
        "reviews_required": f"{policy.reviews_required}",
        "consensus": policy.consensus,
        "undo_seconds": f"{policy.undo_seconds} s",
        "lease_minutes": f"{policy.lease_minutes} min",
        "adjudication_pool": policy.adjudication_pool or EVERYBODY,
        "due_hours": f"{policy.due_hours} h",
        "audit_due_hours": f"{policy.audit_due_hours} h",
        "on_lapse": LAPSES[policy.on_lapse],
        "safe_default": as_text(policy.safe_default) or "none",
        "blur": _yes(policy.blur),
        "greyscale": _yes(policy.greyscale),
        "mute": _yes(policy.mute),
        "break_minutes": f"{policy.break_minutes} min" if policy.break_minutes else "never",
        "gold_share": dial(policy.gold_share),
        "onboarding": f"{policy.onboarding}",
        "gold_bar": dial(policy.gold_bar),
        "gold_least": f"{policy.gold_least}",
        "redo_opens": _yes(policy.redo_opens),
    }


def _more(share: float) -> str:
    """The share of audits that the guard asks for."""
    return f"at least {dial(share)}" if share else "none"


def _yes(value: bool) -> str:  # noqa: FBT001
    return "yes" if value else "no"


def _label(name: str) -> str:
    """What the form calls a dial, its unit left to the value."""
    if name == "threshold":
        return "Threshold rule"
    if name in LAPSING:
        return LAPSING[name]
    return str(PolicyForm.base_fields[name].label).partition(",")[0]


def policy_changes(before: Policy, after: Policy) -> Iterator[str]:
    """The dials that moved."""
    old, new = said(before), said(after)
    for name, value in new.items():
        if old[name] != value:
            yield f"{_label(name)}: {old[name]} → {value}"
    yield from _pools(before, after)


def _pools(before: Policy, after: Policy) -> Iterator[str]:
    old = {rule.name: pool(rule) for rule in before.pools}
    new = {rule.name: pool(rule) for rule in after.pools}
    for name, value in new.items():
        if name not in old:
            yield f"New pool {name}: {value}"
        elif old[name] != value:
            yield f"Pool {name}: {old[name]} → {value}"
    for name in old:
        if name not in new:
            yield f"Pool {name} is gone; what waits there goes to {EVERYBODY}"
    if list(old) != list(new) and set(old) == set(new):
        yield f"Order of pools: {', '.join(new)}"


def terms(policy: Policy) -> list[tuple[str, str]]:
    """What stands on the control room: what routes and what people are asked, then what differs
    from how policies come."""
    said = [
        ("Threshold rule", threshold(policy)),
        ("Next step", f"taken by {PROMOTE[policy.promote]}"),
        ("Audit share", dial(policy.audit_share)),
        ("Blind share", blind(policy)),
        ("Judged by", people(policy)),
        ("Time to undo", f"{policy.undo_seconds} s"),
        ("Lease", f"{policy.lease_minutes} min"),
        ("Due", f"after {policy.due_hours} h"),
        ("Overdue", overdue(policy)),
    ]
    if policy.guard != "detector":
        said.append(("Taken back by", GUARDS[policy.guard]))
    if policy.risk != "low":
        said.append(("Risk class", policy.risk))
    if policy.reviewer_errors:
        said.append(("What reviewers miss", "tightens the target"))
    if policy.two_stage:
        said.append(("Blind answers", "given twice: before the suggestion and with it"))
    if shown(policy):
        said.append(("Shown with", shown(policy)))
    if policy.pools:
        said.append(("Pools", ", ".join(rule.name for rule in policy.pools)))
    if policy.gold_share or policy.onboarding:
        said.append(("Known answers", dial(policy.gold_share)))
    return said


def changes(before: Terms | None, after: Terms, versions: Mapping[UUID | None, str]) -> list[str]:
    """What a revision changed compared with the one before it, in the order of importance."""
    if before is None:
        return [f"Created at {named(LEVELS[after.level])}"]
    said = []
    if after.stopped != before.stopped:
        said.append("Automation stopped" if after.stopped else "Stop ended")
    if after.level != before.level:
        said.append(f"Level: {LEVELS[before.level].title} → {LEVELS[after.level].title}")
    if after.override != before.override:
        said.append(f"Override: every case decided without proof, {_begun(after.override)}")
    said += policy_changes(parse_policy(before.policy), parse_policy(after.policy))
    for label, was, now in _versions(before, after):
        if was != now:
            said.append(f"{label}: {versions.get(was, 'none')} → {versions.get(now, 'none')}")
    if after.share != before.share:
        said.append(f"Challenger's share: {dial(before.share)} → {dial(after.share)}")
    if after.more_audits != before.more_audits:
        said.append(f"More audits: {_more(before.more_audits)} → {_more(after.more_audits)}")
    said += [f"{label} changed" for label, was, now in _rest(before, after) if was != now]
    return said or ["Nothing"]


def _begun(value: bool) -> str:  # noqa: FBT001
    return "from now on" if value else "no longer"


def _versions(before: Terms, after: Terms) -> Iterator[tuple[str, UUID | None, UUID | None]]:
    yield "Champion", before.champion, after.champion
    yield "Challenger", before.challenger, after.challenger


def _rest(before: Terms, after: Terms) -> Iterator[tuple[str, Any, Any]]:
    yield "Input schema", before.schema, after.schema
    yield "Answer", before.answer, after.answer
    yield "Live thresholds", before.thresholds, after.thresholds
