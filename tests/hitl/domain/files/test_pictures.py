"""Images that move count with all their frames."""

from io import BytesIO

import pytest
from PIL import Image

from hitl.domain.files import pictures
from models_registry.domain.errors import Invalid


def test_the_frames_of_an_animation_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    made = BytesIO()
    frames = [Image.new("RGB", (100, 100), color) for color in ("red", "green", "blue")]
    frames[0].save(made, "GIF", save_all=True, append_images=frames[1:])
    pictures.refuse_unusable(made.getvalue(), "/file")
    monkeypatch.setattr(pictures, "MOST_PIXELS", 29_999)
    with pytest.raises(Invalid, match="too many pixels"):
        pictures.refuse_unusable(made.getvalue(), "/file")
