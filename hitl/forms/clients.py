"""Client systems, and a new key of one or a person's own token."""

from django import forms
from django.contrib.auth.models import User
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from hitl.models import ApiKey, Client, Workflow
from hitl.services import clients


class ClientForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """A client's name."""

    class Meta:
        model = Client
        fields = ("name",)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name.startswith(clients.RESERVED):
            raise forms.ValidationError(f"Names that begin with {clients.RESERVED!r} are reserved.")
        return name


class KeyForm(forms.Form):
    """A new key of a client system, or a person's own token. An owner's keys in use have names of
    their own, so that the form sent twice (a page reloaded) issues no second key."""

    client = forms.ModelChoiceField(
        clients.listed().order_by("name"),
        required=False,
        empty_label="No client: a person's token",
        help_text="The system that will send cases with it.",
        widget=UnfoldAdminSelectWidget,
    )
    user = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("username"),
        required=False,
        label="Person",
        empty_label="No person: a client's key",
        help_text="Instead of a client. Whoever holds the token may do what this person may.",
        widget=UnfoldAdminSelectWidget,
    )
    name = forms.CharField(
        max_length=100,
        help_text="What tells it from the owner's other keys, such as where it is kept.",
        widget=UnfoldAdminTextInputWidget,
    )
    workflows = forms.ModelMultipleChoiceField(
        Workflow.objects.all(),
        required=False,
        help_text="For a client: the only workflows that it may use. A person's token takes none.",
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def clean(self) -> None:
        given = self.cleaned_data
        if {"client", "user", "workflows"} & set(self.errors):
            return
        if given["client"] and given["user"]:
            self.add_error("user", "A key belongs to a client or to a person, not to both.")
        elif given["client"] and not given["workflows"]:
            self.add_error("workflows", "Choose the workflows that the client may use.")
        elif given["user"] and given["workflows"]:
            self.add_error("workflows", "A person's token takes none: its rights are the person's.")
        elif not given["client"] and not given["user"]:
            self.add_error("client", "Choose a client or a person.")
        elif self._in_use():
            self.add_error(
                "name",
                "A key of this name is in use already. Choose another name, or revoke that key.",
            )

    def _in_use(self) -> bool:
        given = self.cleaned_data
        same = ApiKey.objects.filter(client=given["client"], user=given["user"], revoked=None)
        return same.filter(name=given.get("name", "")).exists()
