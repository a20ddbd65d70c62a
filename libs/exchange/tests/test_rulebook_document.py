"""The document is what the rulebook says."""

from pathlib import Path

from exchange.rulebook.choices import UNCERTAIN
from exchange.rulebook.document import document

DOCUMENT = Path(__file__).parents[3] / "docs" / "alpaca-rulebook.md"


def test_the_document_is_the_rulebook():
    assert DOCUMENT.read_text() == document(), "make rulebook writes it anew"


def test_every_open_question_has_an_answer():
    assert len(UNCERTAIN) == 16
    assert all(choice.answer for choice in UNCERTAIN)
