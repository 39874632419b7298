"""PDF documents: whether one can be shown, and its pages as images.

PDFium is not made for several threads: whoever uses it holds the lock, for one document at a time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Lock

import pypdfium2
from pypdfium2 import raw

from models_registry.domain.errors import Busy, Invalid, Missing

MOST_PAGES = 500
WIDTHS = (400, 800, 1200, 1600, 2400)  # few, so that a page is drawn once for many screens
MOST_PIXELS = 16_000_000  # of one drawn page, however long it is
PATIENCE = 20.0  # seconds until a page that draws for ever has others told to come again
_lock = Lock()


@contextmanager
def _opened(content: bytes) -> Iterator[pypdfium2.PdfDocument]:
    if not _lock.acquire(timeout=PATIENCE):
        raise Busy("Another document takes long to draw. Try again shortly.")
    try:
        document = pypdfium2.PdfDocument(content)
        try:
            yield document
        finally:
            document.close()
    finally:
        _lock.release()


def refuse_unusable(content: bytes, where: str) -> None:
    """Invalid for a document that is locked, damaged, cut short or too long."""
    if b"%%EOF" not in content[-2048:]:
        raise Invalid.at(where, "The PDF document is cut short; send it whole.")
    try:
        with _opened(content) as document:
            is_locked = raw.FPDF_GetSecurityHandlerRevision(document.raw) != -1
            count = len(document)
            document[0].get_size()
    except pypdfium2.PdfiumError as error:
        # What PDFium says of the last error may be about the document before.
        is_locked, count = b"/Encrypt" in content, 0
        if not is_locked:
            raise Invalid.at(where, "The PDF document is damaged; send it whole.") from error
    if is_locked:
        raise Invalid.at(where, "The PDF document is encrypted; send it without a password.")
    if count > MOST_PAGES:
        detail = f"The PDF document has {count:,} pages; send at most {MOST_PAGES}."
        raise Invalid.at(where, detail)


def page_count(content: bytes) -> int:
    with _opened(content) as document:
        return len(document)


def bounded(width: int) -> int:
    """The width in which a page is drawn for a screen that asks for this one."""
    return next((known for known in WIDTHS if known >= width), WIDTHS[-1])


def page(content: bytes, number: int, width: int) -> bytes:
    """Page `number`, from 1 on, as a PNG of this width; Missing if there is none to be drawn."""
    with _opened(content) as document:
        if not 1 <= number <= len(document):
            raise Missing(f"There is no page {number}.")
        try:
            return _drawn(document[number - 1], width)
        except (pypdfium2.PdfiumError, ValueError) as error:
            raise Missing(f"Page {number} cannot be drawn.") from error


def _drawn(sheet: pypdfium2.PdfPage, width: int) -> bytes:
    wide, high = (max(1.0, side) for side in sheet.get_size())
    scale = min(width / wide, (MOST_PIXELS / (wide * high)) ** 0.5)
    bitmap = sheet.render(scale=scale, may_draw_forms=False)
    drawn = BytesIO()
    bitmap.to_pil().save(drawn, "PNG")
    bitmap.close()  # here, under the lock, and not when somebody collects garbage
    return drawn.getvalue()
