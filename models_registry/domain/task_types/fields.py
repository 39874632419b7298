"""Fields: what stands in a document, as named values of simple types."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, cast

import msgspec

from models_registry.domain.errors import Invalid, Problem
from models_registry.domain.scoring import is_usable
from models_registry.domain.task_types import TASK_TYPES, Definition, Posted, TaskType, definition
from models_registry.domain.task_types.classification import MOST_NAMED, Classification
from models_registry.domain.task_types.number import Number
from models_registry.domain.task_types.parts import Day, YesNo
from models_registry.domain.task_types.text import Text, blank

KINDS: Mapping[str, TaskType] = {
    "text": Text(),
    "number": Number(),
    "date": Day(),
    "choice": Classification(),
    "yes_no": YesNo(),
}
LEFT_OUT: Mapping[str, dict[str, object]] = {"text": {"compare": "cer"}, "number": {"unit": ""}}
"""Options that a field may leave out and a task type may not."""
BLANK: dict[str, object] = {
    "unit": "",
    "choices": [],
    "multiline": False,
    "most": None,
    "minimum": None,
    "maximum": None,
    "decimals": None,
    "step": "any",
}
"""What a form says of a field whose type has nothing to say there."""
PREFIX = "value."
BRIEF = 160  # characters of an answer that a list shows
HINT = 'Give {"fields": [{"name": "total", "type": "number"}, ...]}; types: ' + ", ".join(KINDS)
Part = Mapping[str, object]


class Head(msgspec.Struct, frozen=True):
    """What every field has; the rest are options of its type. `required`: it is always there."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$(?!\n)")]
    type: Literal["text", "number", "date", "choice", "yes_no"]
    title: Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00-\x1f]*$(?!\n)")] = ""
    required: bool = False


class Heads(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fields of a workflow, in the order in which reviewers see them."""

    fields: Annotated[list[Head], msgspec.Meta(min_length=1, max_length=200)]


def parts(answer: Definition) -> list[Part]:
    """The fields of a definition; each is the definition of its own type, too."""
    return cast(list[Part], answer["fields"])


def below(answer: Definition, confidences: Mapping[str, float], threshold: float) -> list[str]:
    """The names of the fields that a model is not sure about: below the threshold, or without a
    confidence that can be used."""
    sure = {name for name, c in confidences.items() if is_usable(c) and c >= threshold}
    return [str(part["name"]) for part in parts(answer) if part["name"] not in sure]


def _completed(head: Head, given: Part, pointer: str) -> dict[str, object]:
    options = {name: given[name] for name in given if name not in Head.__struct_fields__}
    try:
        own = KINDS[head.type].check(LEFT_OUT.get(head.type, {}) | options)
    except Invalid as error:
        found = [
            Problem(pointer + p.pointer.removeprefix("/answer"), p.detail) for p in error.problems
        ]
        raise Invalid(error.detail, problems=tuple(found)) from error
    title = head.title or head.name.replace("_", " ").strip().capitalize() or head.name
    named = {"name": head.name, "title": title, "type": head.type, "required": head.required}
    return named | own


def _kind(part: Part) -> TaskType:
    return KINDS[str(part["type"])]


def _same(part: Part, left: object, right: object) -> bool:
    if left is None or right is None or left == right:
        return left == right
    if not (_fits(part, left) and _fits(part, right)):
        return False
    return _kind(part).agrees(part, left, right)


def _fits(part: Part, value: object) -> bool:
    """Whether this is one of the part's values; not if the part was of another type before."""
    try:
        _kind(part).normalise(part, value, "")
    except Invalid:
        return False
    return True


@TASK_TYPES.named("fields")
class Fields(TaskType):
    """Named values, each a text, number, date, choice or yes and no; None for what is not there.

    >>> task = Fields()
    >>> answer = task.check({"fields": [{"name": "total", "type": "number", "required": True},
    ...                                 {"name": "paid", "type": "yes_no"}]})
    >>> task.normalise(answer, {"total": 12.5}, "/value")
    {'total': '12.5', 'paid': None}
    >>> task.confidence(answer, {"total": 0.9, "paid": 0.7}), below(answer, {"total": 0.9}, 0.8)
    (0.7, ['paid'])
    """

    name = "fields"
    title = "Fields of a document"
    template = "reviews/answers/_fields.html"
    example = {
        "fields": [
            {"name": "vendor", "type": "text", "required": True, "ignore_case": True},
            {"name": "total", "type": "number", "unit": "EUR", "decimals": 2},
            {"name": "date", "title": "Date of the invoice", "type": "date"},
            {"name": "kind", "type": "choice", "classes": ["invoice", "receipt"]},
            {"name": "paid", "type": "yes_no"},
        ]
    }

    def check(self, answer: object) -> dict[str, object]:
        heads = cast(Heads, definition(answer, Heads, f"{HINT}.")).fields
        names = [head.name for head in heads]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise Invalid.at("/answer/fields", f"Named twice: {', '.join(twice)}.")
        given = cast(Mapping[str, list[Part]], answer)["fields"]
        return {
            "fields": [
                _completed(head, part, f"/answer/fields/{i}")
                for i, (head, part) in enumerate(zip(heads, given, strict=True))
            ]
        }

    def normalise(self, answer: Definition, value: object, pointer: str) -> object:
        names = self.columns(answer)
        if not isinstance(value, dict) or not value:
            raise Invalid.at(pointer, f"Give an object with the fields: {_listed(names)}.")
        problems = _unknown(names, value, pointer)
        found: dict[str, object] = {}
        for part in parts(answer):
            name = str(part["name"])
            try:
                found[name] = _normal(part, value.get(name), f"{pointer}/{name}")
            except Invalid as error:
                problems += error.problems
        if problems:
            raise Invalid(problems[0].detail, problems=tuple(problems))
        return found

    def distance(self, answer: Definition, left: object, right: object) -> float:
        """The share of the fields that differ."""
        one, other = cast(Part, left), cast(Part, right)
        every = parts(answer)
        names = [(part, str(part["name"])) for part in every]
        return sum(not _same(p, one.get(n), other.get(n)) for p, n in names) / len(every)

    def measures(self, answer: Definition, said: object, truth: object) -> dict[str, float]:
        return {"wrong_fields": self.distance(answer, said, truth)}

    def parts(self, answer: Definition) -> list[str]:
        return [str(part["name"]) for part in parts(answer)]

    def fits(self, answer: Definition, classes: Sequence[str]) -> str:
        return "A model of classes cannot fill in fields." if classes else ""

    def form(self, answer: Definition) -> dict[str, object]:
        """Each field with what its type says; the values of its controls are those of `row`."""
        return {"task_type": self.name, "fields": [_asked(part) for part in parts(answer)]}

    def posted(self, given: Posted) -> object | None:
        """Nothing in any field is an answer too, where every one of them was confirmed."""
        confirmed = dict.fromkeys(given.get("confirmed", ()))
        said = {
            name.removeprefix(PREFIX): values[-1] if values and not blank(values[-1]) else None
            for name, values in given.items()
            if name.startswith(PREFIX)
        }
        is_whole = bool(confirmed) and confirmed.keys() >= said.keys()
        return confirmed | said if is_whole or any(said.values()) else None

    def brief(self, answer: Definition, value: object) -> str:
        said = cast(Part, value)
        shown = " · ".join(
            f"{part['title']}: {_shown(part, said.get(str(part['name'])))}"
            for part in parts(answer)
        )
        return shown if len(shown) <= BRIEF else shown[: BRIEF - 1].rstrip() + "…"

    def columns(self, answer: Definition) -> list[str]:
        return [str(part["name"]) for part in parts(answer)]

    def row(self, answer: Definition, value: object) -> dict[str, str]:
        said = cast(Part, value)
        return {
            str(part["name"]): ""
            if said.get(str(part["name"])) is None
            else _kind(part).row(part, said[str(part["name"])])["value"]
            for part in parts(answer)
        }

    def parsed(self, answer: Definition, row: Mapping[str, str]) -> object:
        return {name: row.get(name) or None for name in self.columns(answer)}


def _listed(names: Sequence[str]) -> str:
    """Names for a refusal, which stays short however many there are."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _unknown(names: Sequence[str], value: Mapping[object, object], pointer: str) -> list[Problem]:
    strange = [str(name)[:100] for name in value if name not in names]
    detail = f"There is no such field. Valid: {_listed(names)}."
    return [
        Problem(f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", detail)
        for name in strange[:MOST_NAMED]
    ]


def _normal(part: Part, value: object, pointer: str) -> object:
    if value is None or (isinstance(value, str) and blank(value)):
        if part["required"]:
            raise Invalid.at(pointer, f"{part['title']} is always there; fill it in.")
        return None
    return _kind(part).normalise(part, value, pointer)


def _asked(part: Part) -> dict[str, object]:
    own = _kind(part).form(part)
    choices = cast(list[dict[str, str]], own.get("choices", []))
    named = {name: part[name] for name in ("name", "title", "type", "required")}
    told = {name: own.get(name, left) for name, left in BLANK.items()}
    return named | told | {"choices": [choice | {"key": ""} for choice in choices]}


def _shown(part: Part, value: object) -> str:
    return "–" if value is None else _kind(part).brief(part, value)
