"""The groups of dials on their page."""

from hitl.forms.groups import GROUPS


def test_every_group_says_what_it_is_about() -> None:
    assert all(group.title and group.text.endswith(".") and group.names for group in GROUPS)
    assert len({group.title for group in GROUPS}) == len(GROUPS)


def test_the_ladder_has_a_group_of_its_own() -> None:
    (ladder,) = [group for group in GROUPS if group.title == "The ladder"]
    assert ladder.names[:2] == ("promote", "risk")
