"""PDF documents: what is refused, and their pages as images."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pypdfium2
import pytest
from PIL import Image

from hitl.domain.files import papers
from models_registry.domain.errors import Busy, Invalid, Missing
from tests.contents import document

# Made of a page by an encryption with RC4, as the standard describes it, without a user password.
TRAILER = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >> /ID [<00><00>]"


def locked() -> bytes:
    """A document that says it is encrypted."""
    content = document(1)
    return content.replace(b"trailer\n<<", b"trailer\n<< " + TRAILER % (b"00" * 32, b"11" * 32))


def blank(pages: int) -> bytes:
    made, content = pypdfium2.PdfDocument.new(), BytesIO()
    for _ in range(pages):
        made.new_page(200, 100)
    made.save(content)
    return content.getvalue()


def test_an_encrypted_document_is_refused() -> None:
    with pytest.raises(Invalid, match="encrypted"):
        papers.refuse_unusable(locked(), "/file")


@pytest.mark.parametrize(("pages", "said"), [(0, "damaged"), (501, "501 pages; send at most 500")])
def test_a_document_has_pages_and_not_too_many(pages: int, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        papers.refuse_unusable(blank(pages), "/file")


def test_the_most_pages_are_taken() -> None:
    content = blank(500)
    papers.refuse_unusable(content, "/file")
    assert papers.page_count(content) == 500


def test_a_page_is_drawn_as_wide_as_asked_for() -> None:
    image = Image.open(BytesIO(papers.page(document(2), 2, 800)))
    assert (image.format, image.width in (800, 801)) == ("PNG", True)  # PDFium rounds up
    assert min(image.convert("L").tobytes()) < 50, "the page has its words"


def test_a_page_of_odd_measures_has_a_limited_number_of_pixels() -> None:
    made, content = pypdfium2.PdfDocument.new(), BytesIO()
    made.new_page(10, 14_000)
    made.save(content)
    image = Image.open(BytesIO(papers.page(content.getvalue(), 1, 2400)))
    assert image.width * image.height <= papers.MOST_PIXELS * 1.1


@pytest.mark.parametrize("number", [0, 3, 10**9])
def test_there_is_no_other_page(number: int) -> None:
    with pytest.raises(Missing, match=f"no page {number}"):
        papers.page(document(2), number, 800)


@pytest.mark.parametrize(("asked", "width"), [(1, 400), (800, 800), (801, 1200), (99_999, 2400)])
def test_widths_are_few(asked: int, width: int) -> None:
    assert papers.bounded(asked) == width


def test_several_threads_take_turns() -> None:
    content = document(3)
    with ThreadPoolExecutor(4) as threads:
        drawn = list(threads.map(lambda n: papers.page(content, n % 3 + 1, 400), range(12)))
    assert len({*drawn}) == 3


def test_who_waits_too_long_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "PATIENCE", 0.01)
    with papers._lock, pytest.raises(Busy):
        papers.page_count(document(1))
