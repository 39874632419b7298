"""The product's settings, plus the table and address of the baseline view."""

from hitl.settings import *  # noqa: F403
from hitl.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.baseline"]
ROOT_URLCONF = "benchmarks.baseline.urls"
