"""Content-addressed files behind Django's storage: stored once under the SHA-256 of their bytes."""

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


class BlobDamaged(ValueError):
    """The stored bytes are no longer those that were stored."""


def _path(sha256: str) -> str:
    return f"sha256/{sha256[:2]}/{sha256}"


def put(content: bytes) -> str:
    """Stores the bytes and gives their SHA-256 in hex; the same bytes are stored once."""
    sha256 = hashlib.sha256(content).hexdigest()
    if not default_storage.exists(_path(sha256)):
        default_storage.save(_path(sha256), ContentFile(content))
    return sha256


def get(sha256: str) -> bytes:
    """The bytes; BlobDamaged if they do not hash to `sha256` any more."""
    with default_storage.open(_path(sha256)) as file:
        content: bytes = file.read()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BlobDamaged(f"artifact {sha256[:12]} was changed on disk")
    return content
