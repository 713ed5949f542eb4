import pytest

from content.text.merging import FIELDS, MINE, THEIRS, merge, parts, sides

pytestmark = pytest.mark.once


def section(anchor, text="Some words."):
    return {"type": "section", "anchor": anchor, "heading": anchor, "text": f"<p>{text}</p>"}


def text(*blocks, **fields):
    return dict.fromkeys((name for name, _ in FIELDS), "") | {"title": "A title", "blocks": list(blocks)} | fields


def merged(base, theirs, mine, choices=None):
    merged_parts = parts(base, theirs, mine)
    return merge(
        merged_parts, {at: (choices or {}).get(part.name, part.choice) for at, part in enumerate(merged_parts)}
    )


def open_questions(base, theirs, mine):
    return [part.name for part in parts(base, theirs, mine) if part.differs and not part.choice]


BASE = text(section("a"), section("b"), section("c"))


def test_changes_in_different_parts_are_both_kept_without_a_question():
    theirs = text(section("a", "Theirs."), section("b"), section("c"))
    mine = text(section("a"), section("b"), section("c", "Mine."), title="My title")
    assert open_questions(BASE, theirs, mine) == []
    assert merged(BASE, theirs, mine) == text(
        section("a", "Theirs."), section("b"), section("c", "Mine."), title="My title"
    )


def test_a_part_that_both_changed_is_a_question_and_nothing_else_is():
    theirs = text(section("a"), section("b", "Theirs."), section("c"), title="Theirs")
    mine = text(section("a"), section("b", "Mine."), section("c"), title="Mine")
    assert open_questions(BASE, theirs, mine) == ["Title", "b"]
    chosen = merged(BASE, theirs, mine, {"Title": THEIRS, "b": MINE})
    assert chosen == text(section("a"), section("b", "Mine."), section("c"), title="Theirs")


def test_the_same_change_by_both_is_none_of_the_questions():
    same = text(section("a", "Same."), section("b"), section("c"))
    assert open_questions(BASE, same, same) == []


def test_parts_that_both_put_in_are_both_there_each_behind_its_neighbor():
    theirs = text(section("a"), section("theirs"), section("b"), section("c"))
    mine = text(section("a"), section("b"), section("mine"), section("c"))
    blocks = merged(BASE, theirs, mine)["blocks"]
    assert [block["anchor"] for block in blocks] == ["a", "theirs", "b", "mine", "c"]


def test_a_part_that_one_took_out_is_gone_and_one_that_the_other_changed_meanwhile_is_a_question():
    mine = text(section("a"), section("c"))
    assert merged(BASE, BASE, mine) == mine
    assert merged(BASE, mine, BASE) == mine
    theirs = text(section("a"), section("b", "Theirs."), section("c"))
    assert open_questions(BASE, theirs, mine) == ["b"]
    assert merged(BASE, theirs, mine, {"b": THEIRS}) == theirs
    assert merged(BASE, theirs, mine, {"b": MINE}) == mine


@pytest.mark.parametrize("mover", [MINE, THEIRS])
def test_whoever_moved_parts_gets_the_order(mover):
    moved, changed = (
        text(section("c"), section("a"), section("b")),
        text(section("a"), section("b", "New."), section("c")),
    )
    theirs, mine = (changed, moved) if mover == MINE else (moved, changed)
    assert open_questions(BASE, theirs, mine) == []
    assert [block["anchor"] for block in merged(BASE, theirs, mine)["blocks"]] == ["c", "a", "b"]
    assert section("b", "New.") in merged(BASE, theirs, mine)["blocks"]


def test_without_the_text_that_both_began_with_every_difference_is_a_question():
    mine = text(section("a", "Mine."), section("b"), section("c"))
    assert open_questions({"blocks": []}, BASE, mine) == ["a"]


def test_both_sides_are_whole_and_only_what_the_other_has_not_is_marked():
    mine, theirs = sides("One old word.", "One new word.")
    assert "".join(piece.text for piece in mine) == "One old word."
    assert "".join(piece.text for piece in theirs) == "One new word."
    assert [piece.text.strip() for piece in theirs if piece.kind != "same"] == ["new"]
