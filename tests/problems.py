"""How a refusal looks on the wire, asserted in one place."""

from typing import Any


def refused(answer: Any, status: int, code: str, pointer: str | None = None) -> dict[str, Any]:
    """The body of a problem+json of this status, `type` code and (first) pointer."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"urn:hitl:{code}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    pointers = [one["pointer"] for one in body.get("errors", [])]
    assert pointers[:1] == ([] if pointer is None else [pointer])
    return body
