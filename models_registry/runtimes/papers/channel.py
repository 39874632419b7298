"""Reading what a scanner misread: the most likely words behind a line, given words that were seen
in good lines (a noisy channel)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from math import log
from re import sub

from models_registry.runtimes.papers.misprints import as_number, skeleton

PER_EDIT = -3.5  # what a misprint costs, in nats; how a scanner errs is known, not learned
UNKNOWN = -12.0  # a word that was never seen
START = "\n"

Step = tuple[tuple[str, ...], float, int]
"""Words, how many edits lie between them and what stands there, how many tokens they use up."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A line as it was read: its words, how likely they are, how much of it was changed, and how
    many of its words were never seen."""

    text: str
    likely: float = 0.0
    edits: float = 0.0
    unknown: int = 0
    words: tuple[str, ...] = field(default=(), repr=False)


class Channel:
    """Counts of words and of pairs of words in good lines."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._words: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        for line in lines:
            words = line.split()
            self._words.update([START, *map(_class, words)])
            self._pairs.update(zip([START, *map(_class, words)], map(_class, words), strict=False))
        self._total = sum(self._words.values())
        self._known = {
            word: skeleton(word) for word in self._words if "9" not in word and word != START
        }
        self._near = lru_cache(maxsize=20_000)(self._nearest)

    def read(self, line: str) -> Reading:
        """The most likely line behind this one: words as they are, misprinted, with a space too
        many or one lost; the best of all ways, found from left to right."""
        tokens = line.split()
        best: list[dict[str, Reading]] = [{START: Reading("")}] + [{} for _ in tokens]
        for at in range(len(tokens)):
            for words, cost, width in self._steps(tokens, at):
                for last, way in best[at].items():
                    _keep(best[at + width], self._extended(way, last, words, cost))
        found = max(best[-1].values(), key=lambda way: way.likely)
        return Reading(" ".join(found.words), found.likely, found.edits, found.unknown, found.words)

    def _steps(self, tokens: list[str], at: int) -> list[Step]:
        """Ways to read what comes next."""
        token = tokens[at]
        ways: list[Step] = [
            ((token,), 0.0, 1),
            *(((word,), edits, 1) for word, edits in self._near(token)),
        ]
        if at + 1 < len(tokens):
            ways += [((w,), e + 1, 2) for w, e in self._near(token + tokens[at + 1]) if e < 1]
        for cut in range(1, len(token)):
            left, right = self._near(token[:cut]), self._near(token[cut:])
            ways += [((a, b), x + y + 1, 1) for a, x in left for b, y in right if x + y < 1]
        return ways

    def _extended(self, way: Reading, last: str, words: tuple[str, ...], cost: float) -> Reading:
        likely, unknown = way.likely + PER_EDIT * cost, way.unknown
        for word in words:
            likely += self._chance(last, _class(word))
            unknown += _class(word) not in self._words
            last = _class(word)
        return Reading("", likely, way.edits + cost, unknown, way.words + words)

    def _chance(self, last: str, word: str) -> float:
        """Log of the chance of a word after another, mixed with that of the word alone."""
        seen = self._words.get(word)
        if not seen:
            return UNKNOWN
        pair = self._pairs.get((last, word), 0) / max(1, self._words.get(last, 0))
        return log(0.7 * pair + 0.3 * seen / self._total)

    def _nearest(self, token: str) -> tuple[tuple[str, float], ...]:
        """What a token may have been, of all that is known, with the edits that lie between."""
        from rapidfuzz.distance import Levenshtein
        from rapidfuzz.process import extract

        found = extract(
            skeleton(token),
            self._known,
            scorer=Levenshtein.distance,
            score_cutoff=1 + (len(token) > 4) + (len(token) > 8),
            limit=6,
        )
        near = {word: float(edits or 0.5 * (word != token)) for _, edits, word in found}
        number = as_number(token)
        for one in (token, number, token[:1] + number[1:]):
            if _class(one) in self._words:
                near.setdefault(one, 0.5 * (one != token))
        return tuple(near.items())


def _keep(ways: dict[str, Reading], way: Reading) -> None:
    last = _class(way.words[-1])
    if last not in ways or ways[last].likely < way.likely:
        ways[last] = way


def _class(word: str) -> str:
    """A word with digits stands for all of its shape; which one it is, nobody can learn.

    >>> _class("B-1204:"), _class("12"), _class("crates")
    ('A-9:', '9', 'crates')
    """
    if not any(map(str.isdigit, word)):
        return word
    return sub("[A-Za-z]+", "A", sub("[0-9]+", "9", word))
