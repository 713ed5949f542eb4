import pytest

from content.text.readability import grade, syllables

pytestmark = pytest.mark.once


# Counted with a dictionary in hand.
SYLLABLES = {
    1: ("the", "help", "make", "used", "once", "care", "more", "here", "fire", "moved", "guide"),
    2: (
        "people",
        "drinking",
        "wanted",
        "table",
        "sponsor",
        "being",
        "quiet",
        "before",
        "places",
        "program",
        "question",
    ),
    3: (
        "medicine",
        "idea",
        "radio",
        "insurance",
        "usual",
        "area",
        "family",
        "serious",
        "physician",
        "opioid",
        "naloxone",
    ),
    4: ("recovery", "inventory"),
}


@pytest.mark.parametrize(("count", "word"), [(count, word) for count, words in SYLLABLES.items() for word in words])
def test_syllables_are_counted_as_they_are_spoken(count, word):
    assert syllables(word) == count


def test_the_grade_is_the_published_formula():
    # 5 words, 1 sentence, 9 syllables: 0.39 * 5 + 11.8 * 9 / 5 - 15.59 = 7.6
    assert grade("The medicine helps many people.") == 8


def test_long_sentences_with_long_words_ask_for_more_school():
    plain = "You can call us. It is free. We will help you find a place."
    heavy = (
        "Comprehensive psychosocial rehabilitation necessitates multidisciplinary collaboration, "
        "individualized pharmacological interventions and longitudinal evaluation of outcomes."
    )
    assert grade(plain) <= 3
    assert grade(heavy) > 20


def test_headings_and_list_items_end_a_sentence_without_a_full_stop():
    assert grade("Who can help you\nA sponsor\nA doctor") <= grade("Who can help you a sponsor a doctor")


@pytest.mark.parametrize(("text", "language"), [("Llame hoy.", "es"), ("", "en"), ("12 34.", "en")])
def test_no_grade_is_claimed_where_the_formula_says_nothing(text, language):
    assert grade(text, language=language) is None
