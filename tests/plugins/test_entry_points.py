"""A plug-in from another distribution is loaded at start."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.apps import apps

from hitl.domain.metrics import METRICS, Row

MODULE = '''
from hitl.domain.metrics import METRICS, Metric, share

@METRICS.named("from_elsewhere")
class FromElsewhere(Metric):
    """Share of blind answers."""

    name, title = "from_elsewhere", "From elsewhere"

    def tally(self, rows):
        return share(row.blind for row in rows)
'''


@pytest.fixture
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A distribution as pip would leave it."""
    (tmp_path / "plugged_metric.py").write_text(MODULE)
    facts = tmp_path / "plugged-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[hitl.plugins]\nmetric = plugged_metric\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    METRICS._entries.pop("from_elsewhere", None)
    sys.modules.pop("plugged_metric", None)


@pytest.mark.usefixtures("_installed")
def test_what_an_entry_point_names_is_loaded_at_start() -> None:
    apps.get_app_config("hitl").ready()
    assert METRICS["from_elsewhere"].tally([Row("answered", blind=True)]) == {"n": 1, "hits": 1}


def test_the_celery_app_is_bound_at_start() -> None:
    assert current_app.main == "hitl"
    current_app.loader.import_default_modules()  # as a worker does
    assert {"hitl.measure", "hitl.sweep", "reviews.settle"} <= set(current_app.tasks)
