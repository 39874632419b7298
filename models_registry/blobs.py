"""Content-addressed files behind Django's storage: stored once under the SHA-256 of their bytes."""

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


class BlobDamaged(ValueError):
    """The stored bytes are gone, or no longer those that were stored."""


def _path(sha256: str) -> str:
    return f"sha256/{sha256[:2]}/{sha256}"


def put(content: bytes) -> str:
    """Stores the bytes and gives their SHA-256 in hex; the same bytes are stored once. A file that
    was cut short or changed meanwhile is replaced."""
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        get(sha256)
    except BlobDamaged:
        default_storage.delete(_path(sha256))
        default_storage.save(_path(sha256), ContentFile(content))
    return sha256


def get(sha256: str) -> bytes:
    """The bytes; BlobDamaged if there are none, or they do not hash to `sha256` any more."""
    try:
        with default_storage.open(_path(sha256)) as file:
            content: bytes = file.read()
    except FileNotFoundError as error:
        raise BlobDamaged(f"artifact {sha256[:12]} is missing") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BlobDamaged(f"artifact {sha256[:12]} was changed on disk")
    return content
