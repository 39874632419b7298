"""Images: whether one can be shown."""

from io import BytesIO

from PIL import Image

from models_registry.domain.errors import Invalid

MOST_PIXELS = 40_000_000  # of all frames together: 160 MB in a browser
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


def refuse_unusable(content: bytes, where: str) -> None:
    """Invalid for an image that is cut short, damaged or too large to unpack."""
    try:
        pixels = _pixels(content)
        if pixels <= MOST_PIXELS:
            with Image.open(BytesIO(content), formats=FORMATS) as image:
                image.load()
    except Image.DecompressionBombError:
        pixels = MOST_PIXELS + 1
    except Exception as error:  # decoders of foreign bytes raise whatever they come upon
        raise Invalid.at(where, "The image is damaged or cut short; send it whole.") from error
    if pixels > MOST_PIXELS:
        raise Invalid.at(
            where, f"The image has too many pixels; send one of at most {MOST_PIXELS:,}."
        )


def _pixels(content: bytes) -> int:
    """By what the file says of itself; nothing is unpacked for it."""
    with Image.open(BytesIO(content), formats=FORMATS) as image:
        return image.width * image.height * int(getattr(image, "n_frames", 1))
