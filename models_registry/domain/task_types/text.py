"""Text: free words or a transcript, compared by how many edits lie between two of them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, cast

import msgspec
from rapidfuzz.distance import Levenshtein

from models_registry.domain.errors import Invalid
from models_registry.domain.task_types import TASK_TYPES, Definition, Posted, TaskType, definition

HINT = 'Give {"compare": "wer"} to compare words, or "cer" to compare characters.'
UNREADABLE = re.compile("[\0\ud800-\udfff]")  # NUL, halves of characters: no database keeps them
NEWLINES = re.compile(r"\r\n?")
BRIEF = 80  # characters of a text that a list shows
MOST = 100_000


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a text is asked for and compared; `most` counts characters."""

    compare: Literal["wer", "cer"]
    multiline: bool = False
    most: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 10_000
    ignore_case: bool = False
    ignore_punctuation: bool = False
    tolerance: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0


def blank(text: str) -> bool:
    """Whether there is nothing to be seen in it: white space and characters of format alone.

    >>> blank(" \ufeff\u202e"), blank("a")
    (True, False)
    """
    return all(c.isspace() or unicodedata.category(c) == "Cf" for c in text)


def compared(answer: Definition, text: str) -> str:
    """What of a text is compared: without case and punctuation where the definition ignores them,
    with one space for every run of white space, none at either end."""
    if answer.get("ignore_case"):
        text = unicodedata.normalize("NFC", text.casefold())
    if answer.get("ignore_punctuation"):
        text = "".join(c for c in text if not unicodedata.category(c).startswith("P"))
    return " ".join(text.split())


def share_of_edits(said: Sequence[str], truth: Sequence[str]) -> float:
    """Edits from what was said to the truth, per word or character of the truth; it may pass 1.
    Where the truth is empty: 1 if anything was said."""
    if not truth:
        return float(bool(said))
    return Levenshtein.distance(said, truth) / len(truth)


@TASK_TYPES.named("text")
class Text(TaskType):
    """A text in one line or several, such as a transcript.

    >>> task = Text()
    >>> answer = task.check({"compare": "wer", "ignore_case": True})
    >>> task.normalise(answer, "The cat  sat. ", "/value")
    'The cat  sat.'
    >>> task.agrees(answer, "The cat  sat.", "the cat sat.")
    True
    >>> task.distance(answer, "a small cat sat", "a cat sat")
    0.25
    """

    name = "text"
    title = "A text"
    template = "reviews/answers/_text.html"
    example = {"compare": "wer", "multiline": True, "ignore_case": True, "tolerance": 0.05}

    def check(self, answer: object) -> dict[str, object]:
        parsed = definition(answer, Written, HINT)
        return cast(dict[str, object], msgspec.to_builtins(parsed))

    def normalise(self, answer: Definition, value: object, pointer: str) -> object:
        if not isinstance(value, str):
            raise Invalid.at(pointer, "Give a text.")
        if UNREADABLE.search(value):
            raise Invalid.at(
                pointer, "The text has characters that nobody can read; take them out."
            )
        lines = unicodedata.normalize("NFC", NEWLINES.sub("\n", value)).split("\n")
        text = "\n".join(line.rstrip() for line in lines).rstrip()
        if blank(text):
            raise Invalid.at(pointer, "Write something.")
        if "\n" in text and not answer.get("multiline"):
            raise Invalid.at(pointer, "Write it in one line.")
        most = cast(int, answer["most"])
        if len(text) > most:
            raise Invalid.at(pointer, f"At most {most:,} characters; this has {len(text):,}.")
        return text

    def distance(self, answer: Definition, left: object, right: object) -> float:
        """Edits between both, as a share of the longer one: of words or of characters."""
        one, other = (compared(answer, str(text)) for text in (left, right))
        if answer["compare"] == "wer":
            return Levenshtein.normalized_distance(one.split(), other.split())
        return Levenshtein.normalized_distance(one, other)

    def agrees(self, answer: Definition, left: object, right: object) -> bool:
        return self.distance(answer, left, right) <= cast(float, answer.get("tolerance", 0.0))

    def measures(self, answer: Definition, said: object, truth: object) -> dict[str, float]:
        """The rates of wrong words and characters, both after the comparison's normalisation."""
        one, other = (compared(answer, str(text)) for text in (said, truth))
        return {
            "wer": share_of_edits(one.split(), other.split()),
            "cer": share_of_edits(one, other),
        }

    def fits(self, answer: Definition, classes: Sequence[str]) -> str:
        return ""

    def form(self, answer: Definition) -> dict[str, object]:
        return {
            "task_type": self.name,
            "multiline": bool(answer.get("multiline")),
            "most": answer["most"],
        }

    def posted(self, given: Posted) -> object | None:
        said = next(reversed(given.get("value", ())), "")
        return None if blank(said) else said

    def brief(self, answer: Definition, value: object) -> str:
        line = " ".join(str(value).split())
        return line if len(line) <= BRIEF else line[: BRIEF - 1].rstrip() + "…"

    def parsed(self, answer: Definition, row: Mapping[str, str]) -> object:
        return row.get("value") or None
