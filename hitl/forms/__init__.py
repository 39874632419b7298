"""Forms of the control room: what people type is checked and turned into what services take."""

from hitl.forms.bulk import AnswerForm, DecideForm, FilterForm
from hitl.forms.clients import ClientForm, KeyForm
from hitl.forms.people import MembershipForm
from hitl.forms.policy import PolicyForm
from hitl.forms.reasons import ReasonForm, blame
from hitl.forms.workflows import WorkflowForm

__all__ = [
    "AnswerForm",
    "ClientForm",
    "DecideForm",
    "FilterForm",
    "KeyForm",
    "MembershipForm",
    "PolicyForm",
    "ReasonForm",
    "WorkflowForm",
    "blame",
]
