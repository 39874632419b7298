"""The front door."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reviews.services import entrance


@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Where I belong, and what waits there."""
    entries = entrance.my_workflows(cast(User, request.user))
    return render(request, "reviews/start.html", {"entries": entries})
