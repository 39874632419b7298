"""The product's settings, and processes that die where a test says so."""

from hitl.settings import *  # noqa: F403
from hitl.settings import MIDDLEWARE as MIDDLEWARE_OF_THE_PRODUCT
from tests.faults import dying

MIDDLEWARE = ["tests.faults.dying.middleware", *MIDDLEWARE_OF_THE_PRODUCT]
dying.listen_to_tasks()
