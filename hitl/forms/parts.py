"""An answer of named parts, filled in one by one: a box, a date or a list for each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from django import forms
from django.utils.html import format_html, format_html_join
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from models_registry.domain.nesting import decoded
from models_registry.domain.task_types import Posted

Part = Mapping[str, Any]
ON_PAGES = "value"  # how the names of an answer's parts begin where a task type reads them
PLAIN: Mapping[str, Mapping[str, str]] = {
    "number": {"inputmode": "decimal"},
    "date": {"type": "date"},
}


class PartsWidget(forms.MultiWidget):
    """One control per part; a text that stands for the whole answer is taken, too."""

    use_fieldset = True

    def __init__(self, parts: Sequence[Part], posted: Callable[[Posted], object]) -> None:
        self.parts, self.posted = parts, posted
        super().__init__({str(part["name"]): _control(part) for part in parts})
        self.widgets_names = [f".{part['name']}" for part in parts]

    def decompress(self, value: Any) -> list[str]:
        try:
            said = decoded(value or "{}")
        except ValueError:
            said = {}
        if not isinstance(said, dict):
            said = {}
        return [_shown(said.get(part["name"])) for part in self.parts]

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        given = {
            f"{ON_PAGES}{below}": [str(data[f"{name}{below}"])]
            for below in self.widgets_names
            if f"{name}{below}" in data
        }
        return self.posted(given) if given else data.get(name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        names = [name, *(f"{name}{below}" for below in self.widgets_names)]
        return not any(one in data for one in names)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        controls = self.get_context(name, value, attrs)["widget"]["subwidgets"]
        shown = format_html_join(
            "",
            "<label><span>{}{}</span>{}</label>",
            (
                (
                    part["title"],
                    _aside(part),
                    control.render(made["name"], _plain(made["value"]), made["attrs"], renderer),
                )
                for part, control, made in zip(self.parts, self.widgets, controls, strict=True)
            ),
        )
        return format_html('<div class="cr-parts">{}</div>', shown)


def _control(part: Part) -> forms.Widget:
    if part["choices"]:
        offered = [(one["value"], one["title"]) for one in part["choices"]]
        return cast(forms.Widget, UnfoldAdminSelectWidget(choices=[("", "Not there"), *offered]))
    if part["multiline"]:
        return cast(forms.Widget, UnfoldAdminTextareaWidget(attrs={"rows": 3}))
    attrs = {"autocomplete": "off", **PLAIN.get(part["type"], {})}
    return cast(forms.Widget, UnfoldAdminTextInputWidget(attrs=attrs))


def _aside(part: Part) -> str:
    words = [str(part["unit"]), "needed" if part["required"] else ""]
    said = ", ".join(filter(None, words))
    return format_html(" <small>{}</small>", said) if said else ""


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _plain(value: object) -> object:
    """What a list of choices holds as a list of one."""
    return value[0] if isinstance(value, list) and value else value
