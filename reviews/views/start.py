"""The front door."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reviews.services import comments, entrance


@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Where I belong, what waits there, and who asks for me."""
    user = cast(User, request.user)
    entries = entrance.my_workflows(user)
    about = {
        "entries": entries,
        "reviews": any(entry.may_review for entry in entries),
        "mentions": comments.unseen(user) if entries else [],
    }
    return render(request, "reviews/start.html", about)
