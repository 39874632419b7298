"""Names in a comment: @name, as people write them in the middle of a sentence."""

import re

NAMED = re.compile(r"(?<![\w@.+-])@([\w.+-][\w.@+-]*)")
ENDS = ".+-@"  # may stand in a user name, and after one too


def names(text: str) -> list[str]:
    """The user names that the text may mean, longest first for each; most of them may be nobody's.

    >>> names("see @bob. And mail a@b.c, @@no")
    ['bob.', 'bob']
    """
    found: dict[str, None] = {}
    for name in NAMED.findall(text):
        while name:
            found[name] = None
            name = name[:-1] if name[-1] in ENDS else ""
    return list(found)


def meant(text: str, known: frozenset[str]) -> list[str]:
    """Those of the known names that the text says, each once, in the order of the text.

    >>> meant("@bob. and @zed", frozenset({"bob"}))
    ['bob']
    """
    found: dict[str, None] = {}
    for name in NAMED.findall(text):
        while name and name not in known:
            name = name[:-1] if name[-1] in ENDS else ""
        if name:
            found[name] = None
    return list(found)
