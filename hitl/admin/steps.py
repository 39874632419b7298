"""The next step of the ladder as the control room shows it: what it needs, and what to do."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse

from hitl.admin.control_room import held_since, who
from hitl.admin.raising import can_override
from hitl.admin.wording import dial, named, percent, towards
from hitl.domain.evidence.needs import Need
from hitl.domain.levels import LEVELS
from hitl.domain.policy import Fixed
from hitl.models import Workflow
from hitl.services.evidence import climbing
from hitl.services.evidence.climbing import Standing

NAMES = {
    "risk": "Risk class",
    "version": "Model",
    "target": "Target",
    "thresholds": "Thresholds",
    "certified": "Certified",
    "lapse": "Certificate",
    "reviewers": "What reviewers miss",
    "audits": "Audits",
    "audits_done": "Audits that fell due",
    "guard": "Guard",
    "stop": "Stop",
}
WAYS = {
    "audits_done": ("bulk", "See waiting cases"),
    "target": ("evidence", "Set a target"),
    "thresholds": ("evidence", "See the evidence"),
    "certified": ("evidence", "See the evidence"),
    "lapse": ("evidence", "See the evidence"),
    "guard": ("evidence", "See the evidence"),
    "risk": ("policy", "Change the policy"),
    "audits": ("policy", "Change the policy"),
    "reviewers": ("policy", "Change the policy"),
    "stop": ("stop", "End the stop"),
}
TAKERS = {
    "person": "One person takes it, once it is earned.",
    "two": "One person proposes it, once it is earned, and another confirms it.",
    "itself": "The service takes it by itself, once it is earned, unless a person has chosen the "
    "present level after the newest certificate.",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that a step needs. figure: how much of it there is, '' for yes or no; part: the
    same of a hundred. way, verb: where what is missing can be had."""

    name: str
    met: bool
    text: str
    figure: str
    part: float | None
    way: str
    verb: str


def card(workflow: Workflow, user: User) -> dict[str, Any]:
    """What the ladder's part of the control room shows."""
    here = climbing.standing(workflow)
    current, waiting = here.revision, here.proposal
    conditions = [condition(workflow, need) for need in here.step.needs] if here.step else []
    overridden = held_since(workflow, current, "override") if current.override else None
    return {
        "climb": here.step,
        "climb_level": LEVELS[here.step.level] if here.step else None,
        "climb_lead": lead(here),
        "climb_notes": notes(here),
        "missing": [one for one in conditions if not one.met],
        "met": [one for one in conditions if one.met],
        "cannot": here.cannot,
        "climb_verb": verb(here),
        "proposal": waiting,
        "proposal_to": named(LEVELS[waiting.level]) if waiting else "",
        "proposal_mine": waiting is not None and waiting.by_id == user.pk,
        "override_from": overridden,
        "override_by": who(overridden) if overridden else "",
        "may_override": can_override(current, current.level),
    }


def lead(here: Standing) -> str:
    """Where it stands, in one sentence."""
    step = here.step
    if step is None:
        return f"There is no step above {named(LEVELS[here.revision.level])}."
    title = named(LEVELS[step.level])
    if step.is_earned:
        return f"The next step, {title}, is earned."
    missing = len(step.missing)
    verb = "is" if missing == 1 else "are"
    return (
        f"The next step is {title}: {missing} of the {len(step.needs)} things that it needs "
        f"{verb} missing."
    )


def notes(here: Standing) -> list[str]:
    """What else one has to know."""
    step, automates = here.step, LEVELS[here.revision.level].automates
    said = []
    if not here.ground.version:
        said.append(
            "To have one, register a model and name it as this workflow's `model`, over the API."
        )
    if step is not None and LEVELS[step.level].automates != "none":
        said.append(TAKERS[here.policy.promote])
    if step is not None and here.ground.version and isinstance(here.policy.threshold, Fixed):
        said.append(
            f"The model's threshold is {here.policy.threshold.threshold:g}, chosen by hand. Steps "
            "above can be taken by hand at any time; to have them earned, set a target on the "
            "Evidence page."
        )
    if automates == "usable" and not isinstance(here.policy.threshold, Fixed):
        said += _at_the_top(here)
    return said


def _at_the_top(here: Standing) -> list[str]:
    if here.ground.whole or here.revision.override:
        return []
    return [
        "Not every case is certified, so the model decides only what is certified, as at partial "
        "automation."
    ]


def verb(here: Standing) -> str:
    """What the button for an earned step is called; '' for no button."""
    step = here.step
    if step is None or not step.is_earned or here.proposal is not None:
        return ""
    done = towards(here.revision.level, step.level)
    done = f"{done[0].lower()}{done[1:]}"
    if here.policy.promote == "two":
        return f"Propose the next step: {done}"
    return f"Take the next step: {done}"


def condition(workflow: Workflow, need: Need) -> Condition:
    way, verb = ("", "") if need.met else WAYS.get(need.name, ("", ""))
    figure, part = _figure(need)
    return Condition(
        name=NAMES.get(need.name, need.name),
        met=need.met,
        text=need.text,
        figure=figure,
        part=part,
        way=reverse(f"admin:hitl_workflow_{way}", args=[workflow.pk]) if way else "",
        verb=verb,
    )


def _figure(need: Need) -> tuple[str, float | None]:
    """How much there is of what can be counted."""
    if need.name == "thresholds":
        return f"{need.have:,.0f} of {need.need:,.0f} confidences", 100 * need.have / need.need
    if need.name == "certified":
        part = min(1.0, need.have / need.need) if need.need else 1.0
        return f"{percent(need.have)}, needed {dial(need.need)}", 100 * part
    if need.name == "audits":
        return dial(need.have), None
    if need.name == "lapse":
        return f"{need.have:.0f} days left", None
    return "", None
