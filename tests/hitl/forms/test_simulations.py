"""The form of a simulation: empty dials stay, wrong ones are named."""

from hitl.domain.policy import Fixed, Policy, Target
from hitl.domain.staffing import Wanted
from hitl.forms.simulations import SimulationForm
from hitl.services.evidence.simulating import Asked


def test_empty_dials_stay_as_they_are() -> None:
    form = SimulationForm({"weeks": "", "level": ""})
    assert form.is_valid(), form.errors
    assert (form.asked(), form.weeks_asked()) == (Asked(), 4)


def test_dials_become_other_terms() -> None:
    form = SimulationForm({"audit_share": "0", "max_error": "0.03", "hours_per_day": "8"})
    assert form.is_valid(), form.errors
    assert form.asked() == Asked(audit_share=0.0, max_error=0.03, wanted=Wanted(8.0, 60.0))


def test_wrong_dials_are_named() -> None:
    form = SimulationForm({"weeks": "99", "level": "wild", "threshold": "2", "audit_share": "0.3"})
    assert set(form.errors) == {"weeks", "level", "threshold", "audit_share"}


def test_empty_fields_show_what_they_stand_for() -> None:
    fixed = SimulationForm(present=Policy(threshold=Fixed(0.8), reviews_required=2))
    assert 'placeholder="now 0.8"' in str(fixed["threshold"])
    assert 'placeholder="now 2"' in str(fixed["reviews_required"])
    assert 'placeholder="4"' in str(fixed["weeks"])
    target = SimulationForm(present=Policy(threshold=Target(0.03, 0.9)))
    assert 'placeholder="now 0.03"' in str(target["max_error"])
    assert 'placeholder="' not in str(target["threshold"])
