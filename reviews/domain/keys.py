"""Keys of the review page: one per action, each person may choose their own."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from models_registry.domain.errors import Invalid, Problem


@dataclass(frozen=True, slots=True)
class Action:
    """What a person can do with one key. key: the usual one. title: as people read it."""

    name: str
    key: str
    title: str


SUBMIT = Action("submit", "Enter", "Submit the answer")
ACTIONS: Mapping[str, Action] = {
    action.name: action
    for action in (
        SUBMIT,
        Action("skip", "s", "Skip the case"),
        Action("comment", "m", "Write a comment"),
        Action("undo", "u", "Undo the last answer"),
        Action("leave", "l", "Give the case back"),
        Action("accept", "a", "Accept the suggestion"),
        Action("edit", "e", "Edit the suggestion"),
        Action("guidelines", "g", "Read the guidelines"),
        Action("history", "h", "My last answers"),
        Action("help", "?", "List the keys"),
        Action("search", "f", "Search in the text"),
    )
}
"""By name, in the order in which people read them; Enter always submits."""

RESERVED = frozenset("br+-=,.iop")
"""Keys of the input beside the answer: blur, rotate, zoom; speed and the span that repeats."""
DIGITS = frozenset("0123456789")
VISIBLE = frozenset("LNPS")  # letters, numbers, punctuation and symbols, as Unicode has them


def resolved(own: Mapping[str, str]) -> dict[str, str]:
    """The key of each action for somebody who chose `own`, '' for an action without one: its usual
    key was chosen for another before there was such an action.

    >>> resolved({"skip": "x"})["skip"], resolved({"skip": "m", "comment": "s"})["comment"]
    ('x', 's')
    """
    chosen = {name: key for name, key in own.items() if name in ACTIONS}
    taken = set(chosen.values())
    usual = {name: "" if action.key in taken else action.key for name, action in ACTIONS.items()}
    return usual | chosen


def check(own: Mapping[str, str]) -> dict[str, str]:
    """The keys as they are stored: small letters, and only where they differ from the usual ones.
    Invalid at every key that cannot be.

    >>> check({"skip": "X", "undo": "u"})
    {'skip': 'x'}
    """
    problems = [
        Problem(_pointer(name), why) for name, key in own.items() if (why := _refused(name, key))
    ]
    if not problems:
        own = {name: _small(key) for name, key in own.items()}
        problems = _used_twice(own)
    if problems:
        raise Invalid(problems[0].detail, problems=tuple(problems))
    return {name: key for name, key in own.items() if key != ACTIONS[name].key}


def _refused(name: str, key: str) -> str:
    """Why this key cannot stand for this action by itself; '' if it can."""
    if name not in ACTIONS:
        return f"There is no action {name!r}; valid: {', '.join(ACTIONS)}."
    if name == SUBMIT.name:
        return "" if key == SUBMIT.key else "Enter always submits; it cannot be changed."
    small = _small(key)
    if len(small) != 1 or unicodedata.category(small)[0] not in VISIBLE:
        return "Give one letter or sign; Enter, Esc, Tab and the space bar have their own meaning."
    if small in DIGITS:
        return "Digits choose answers; give a letter or a sign."
    if small in RESERVED:
        return f"{small!r} belongs to the pictures and sounds of the input; give another key."
    return ""


def _used_twice(own: Mapping[str, str]) -> list[Problem]:
    """What is chosen for one action while another has it, at the action that was chosen for."""
    keys = {name: own.get(name, action.key) for name, action in ACTIONS.items()}
    found = []
    for name, key in own.items():
        same = [other for other in keys if other != name and keys[other] == key]
        # Who keeps a usual key is not told off for it, unless nobody chose anything else.
        if same and (key != ACTIONS[name].key or not any(other in own for other in same)):
            why = f"{key!r} is used for {ACTIONS[same[0]].title!r} too; give each its own key."
            found.append(Problem(_pointer(name), why))
    return found


def _pointer(name: str) -> str:
    """A JSON pointer into the body; an action's name may be anything somebody sent."""
    return "/keys/" + name.replace("~", "~0").replace("/", "~1")


def _small(key: str) -> str:
    """A key means the same with and without Shift; Enter keeps its name."""
    return key.lower() if len(key) == 1 else key
