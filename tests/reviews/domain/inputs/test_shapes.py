"""Parts of an input."""

from reviews.domain.inputs.shapes import COARSE, Image


def test_a_small_image_is_enlarged_without_smoothing() -> None:
    assert Image("", "", COARSE, 1).is_coarse
    assert not Image("", "", 1, COARSE + 1).is_coarse
