"""A person's preferences over HTTP, for themselves."""

from typing import Annotated

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from models_registry.api.bodies import Line, person, read
from models_registry.api.openapi import described
from reviews.domain.keys import resolved
from reviews.services import preferences
from reviews.services.preferences import LONGEST_WORK, Own


class PreferencesIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How you like to work; what is left out becomes as the workflow says. keys: action to key,
    one letter or sign; the usual ones for actions left out. break_minutes: 0 for never."""

    keys: dict[str, Line] = {}
    blur: bool | None = None
    greyscale: bool | None = None
    mute: bool | None = None
    break_minutes: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_WORK)] | None = None


class PreferencesOut(msgspec.Struct, frozen=True):
    """How you like to work; null leaves it to the workflow. keys: of every action, '' for none."""

    keys: dict[str, str]
    blur: bool | None
    greyscale: bool | None
    mute: bool | None
    break_minutes: int | None

    @classmethod
    def of(cls, own: Own) -> "PreferencesOut":
        return cls(resolved(own.keys), own.blur, own.greyscale, own.mute, own.break_minutes)


class Preferences(APIView):
    """The caller's own."""

    @described("Read your preferences", answer=PreferencesOut)
    def get(self, request: Request) -> Response:
        return Response(PreferencesOut.of(preferences.own(person(request))))

    @described("Replace your preferences", body=PreferencesIn, answer=PreferencesOut)
    def put(self, request: Request) -> Response:
        user, given = person(request), read(request, PreferencesIn)
        chosen = Own(given.keys, given.blur, given.greyscale, given.mute, given.break_minutes)
        return Response(PreferencesOut.of(preferences.save(user, chosen)))
