"""What a stored draft is read as."""

from typing import Any

import pytest

from reviews.views.desk import read_draft

NONE = {"value": None, "comment": "", "kind": "", "reason": "", "skips": False}


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        pytest.param(None, {}, id="none"),
        pytest.param({"value": "no", "comment": "c"}, {"value": "no", "comment": "c"}, id="ours"),
        pytest.param(
            {"verdict": "answer", "value": "no", "comment": "c"},
            {"value": "no", "comment": "c"},
            id="an answer taken back",
        ),
        pytest.param(
            {"verdict": "bad_input", "value": None, "comment": "empty"},
            {"kind": "bad_input", "reason": "empty", "skips": True},
            id="a skip taken back",
        ),
        pytest.param(
            {"value": "no", "comment": "", "kind": "not_for_me", "reason": "r"},
            {"value": "no", "kind": "not_for_me", "reason": "r", "skips": True},
            id="a skip begun",
        ),
        pytest.param({"kind": "tired"}, {}, id="no kind of ours"),
        pytest.param({"verdict": []}, {}, id="no verdict"),
        pytest.param({"verdict": {}, "kind": [], "value": "no"}, {"value": "no"}, id="odd ones"),
    ],
)
def test_a_draft_is_read(stored: Any, read: dict[str, Any]) -> None:
    assert read_draft(stored) == NONE | read
