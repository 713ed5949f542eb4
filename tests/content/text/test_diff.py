import time

import pytest

from content.text.diff import LIMIT, difference, words

pytestmark = pytest.mark.once


def section(anchor, text="Some words.", heading=""):
    return {"type": "section", "anchor": anchor, "heading": heading or anchor, "text": f"<p>{text}</p>"}


def text(*blocks, title="A title", citations=()):
    return {"title": title, "short_answer": "Short.", "blocks": list(blocks), "citations": list(citations)}


def changes_between(old, new):
    """The changes as (state, name, moved)."""
    return [(change.state, change.name, change.moved) for change in difference(old, new).changes]


def marked(old, new):
    """A word difference in one line: -taken out-, +put in+."""
    signs = {"same": "", "removed": "-", "added": "+"}
    return "".join(
        "…" if piece.kind == "gap" else f"{signs[piece.kind]}{piece.text}{signs[piece.kind]}"
        for piece in words(old, new)
    )


def test_equal_texts_differ_in_nothing():
    assert not difference(text(section("a")), text(section("a")))


def test_only_the_words_that_changed_are_marked():
    assert marked("Call us by day.", "Call us by night.") == "Call us by -day.-+night.+"


def test_a_word_put_in_or_taken_out_leaves_its_neighbors_alone():
    assert marked("You can stop.", "You can always stop.") == "You can +always +stop."
    assert marked("You can always stop.", "You can stop.") == "You can -always -stop."


def test_a_word_put_in_at_the_end_of_a_line_leaves_the_last_one_alone():
    assert marked("A meeting\nText.", "A meeting today\nText.") == "A meeting+ today+\nText."
    assert marked("A meeting today\nText.", "A meeting\nText.") == "A meeting- today-\nText."
    assert marked("A meeting", "A meeting today") == "A meeting+ today+"
    assert marked("A meeting\nText.", "A talk today\nText.") == "A -meeting-+talk today+\nText.", "control"


def test_words_changed_in_a_row_are_one_change():
    assert marked("Do call me now.", "Do ring us now.") == "Do -call me-+ring us+ now."
    assert marked("Do call\nme now.", "Do ring\nus now.") == "Do -call\nme-+ring\nus+ now."
    assert marked("Do call me now.", "Do ring me now.") == "Do -call-+ring+ me now.", "control"


def test_another_line_break_alone_changes_no_word():
    assert words("One two.\nThree.", "One two. Three.") == []
    assert words("One two.\nThree.", "One two.Three.") != [], "control"


def test_the_pieces_put_together_again_are_the_two_texts():
    old, new = "One two three.\nFour five.\nSix.", "One three.\nSix.\nFour six five."
    pieces = words(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new


def test_long_unchanged_passages_are_cut():
    same = "word " * 100
    assert marked(f"{same}old {same}", f"{same}new {same}") == f"…{'word ' * 12}-old-+new+{' word' * 12}…"


def test_parts_that_come_and_go_are_named():
    old, new = text(section("a"), section("b", "Gone.")), text(section("a"), section("c", "Quite new."))
    assert changes_between(old, new) == [("added", "c", False), ("removed", "b", False)]


def test_a_moved_part_is_shown_as_moved_and_not_as_taken_out_and_put_in():
    a, b, c, d = (section(name) for name in "abcd")
    assert changes_between(text(a, b, c, d), text(d, a, b, c)) == [("moved", "d", True)]


def test_a_part_that_stays_is_not_said_to_have_moved_when_another_goes():
    a, b, c = (section(name) for name in "abc")
    assert changes_between(text(a, b, c), text(b, c)) == [("removed", "a", False)]


def test_a_part_that_moved_and_changed_is_one_change():
    old = text(section("a"), section("b"), section("c"))
    new = text(section("c", "Other words."), section("a"), section("b"))
    assert changes_between(old, new) == [("changed", "c", True)]


def test_a_new_heading_over_the_same_anchor_is_a_change_of_that_part():
    change = difference(text(section("a", heading="Old")), text(section("a", heading="New"))).changes[0]
    assert (change.state, change.name) == ("changed", "New")


def test_a_heading_that_stayed_is_not_repeated_among_the_words():
    change = difference(text(section("a", "Old.", "Same")), text(section("a", "New.", "Same"))).changes[0]
    assert change.name == "Same" and not any("Same" in piece.text for piece in change.pieces)


def test_two_equal_parts_stay_two():
    panel = {"type": "call_panel", "heading": "Questions?", "text": ""}
    assert changes_between(text(panel, panel), text(panel)) == [("removed", "Questions?", False)]


def test_a_new_link_alone_is_a_change_without_words():
    old = text(section("a", '<a href="https://example.org/1">here</a>'))
    new = text(section("a", '<a href="https://example.org/2">here</a>'))
    assert [change.pieces for change in difference(old, new).changes] == [[]]


def test_sources_that_come_and_go_are_listed_by_key():
    changed = difference(text(citations=["a", "b"]), text(citations=["b", "c"]))
    assert (changed.sources_added, changed.sources_removed) == (["c"], ["a"])


def test_a_changed_title_is_the_first_change():
    assert changes_between(text(section("a"), title="Old"), text(section("a", "New."), title="New"))[0][1] == "Title"


@pytest.mark.parametrize("word", ["same", "w{}"])
def test_the_longest_texts_take_bounded_time(word):
    old = " ".join(word.format(number) for number in range(20_000))
    new = " ".join(word.format(-number) for number in range(20_001))
    before = time.process_time()
    assert [piece.kind for piece in words(old, new)] == ["removed", "added"]
    assert time.process_time() - before < 1


def test_the_longest_passage_that_is_still_compared_takes_bounded_time():
    count = int(LIMIT**0.5) // 2 - 1
    before = time.process_time()
    compared = words("same " * count, "same " * (count - 1) + "other ")
    assert [piece.kind for piece in compared] == ["gap", "same", "removed", "added", "same"]
    assert time.process_time() - before < 2
