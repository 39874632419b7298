"""What a client prefers (RFC 7240): to wait for a decision, and for how long."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from hitl.services import waiting

PREFER = OpenApiParameter(
    "Prefer",
    str,
    OpenApiParameter.HEADER,
    description="`wait=N` answers as soon as the case is decided, after N (up to 30) seconds at "
    "the latest. Where too many wait already the present state is answered at once.",
)


def wanted_wait(request: Request) -> int:
    """Seconds of `Prefer: wait=N` (RFC 7240), at most MOST_SECONDS; 0 for not at all. A preference
    that cannot be read is ignored, as the RFC has it."""
    for preference in request.headers.get("Prefer", "").split(","):
        name, _, seconds = preference.partition(";")[0].partition("=")
        seconds = seconds.strip().strip('"')
        if name.strip().lower() == "wait" and seconds.isascii() and seconds.isdecimal():
            return min(int(seconds[:6]), waiting.MOST_SECONDS)
    return 0


def applied(answer: Response, seconds: int) -> Response:
    """The answer, with what was done about the preference; nothing for 0 seconds."""
    if seconds:
        answer["Preference-Applied"] = f"wait={seconds}"
    return answer
