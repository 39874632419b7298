"""Content-addressed files: stored once, checked when read, mended when stored again."""

import hashlib
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from pytest_django import Settings

from models_registry import blobs
from models_registry.blobs import BlobDamaged


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Path:
    storages = dict(settings.STORAGES)
    storages["default"] = storages["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = storages
    return tmp_path


def files(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file()]


def test_bytes_are_found_by_their_hash() -> None:
    sha256 = blobs.put(b"a model")
    assert sha256 == hashlib.sha256(b"a model").hexdigest()
    assert blobs.get(sha256) == b"a model"


def test_the_same_bytes_are_stored_once(home: Path) -> None:
    assert blobs.put(b"a model") == blobs.put(b"a model")
    assert len(files(home)) == 1


def test_a_changed_file_is_not_handed_out(home: Path) -> None:
    sha256 = blobs.put(b"a model")
    (file,) = files(home)
    file.write_bytes(b"another model")
    with pytest.raises(BlobDamaged, match=f"artifact {sha256[:12]} was changed"):
        blobs.get(sha256)


def test_a_lost_file_is_missed_without_telling_where_it_was(home: Path) -> None:
    with pytest.raises(BlobDamaged, match="artifact 000000000000 is missing") as error:
        blobs.get("0" * 64)
    assert str(home) not in str(error.value)


def test_a_file_cut_short_by_a_crash_is_mended_when_it_is_stored_again(home: Path) -> None:
    sha256 = blobs.put(b"a model")
    (file,) = files(home)
    file.write_bytes(b"a mo")
    assert blobs.put(b"a model") == sha256
    assert blobs.get(sha256) == b"a model"
    assert len(files(home)) == 1


def test_files_lie_behind_djangos_storage(home: Path) -> None:
    sha256 = blobs.put(b"a model")
    assert default_storage.exists(f"sha256/{sha256[:2]}/{sha256}")
