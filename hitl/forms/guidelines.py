"""Guidelines as somebody writes them."""

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from hitl.services.guidelines import LONGEST


class GuidelinesForm(forms.Form):
    """A text in Markdown, and the number of the one it was written over."""

    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    text = forms.CharField(
        required=False,
        strip=False,
        max_length=LONGEST,
        label="Guidelines",
        help_text="Markdown: # headings, - lists, **strong**, [links](https://…), | tables |. "
        "Leave it empty to show none.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 18, "spellcheck": "true"}),
    )
