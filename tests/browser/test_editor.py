"""The rich text editor as a person uses it, under the desk's strict policy: cite, link, table, paste, undo."""

from pathlib import Path

import pytest

from content.models import Article
from content.text import rich_text
from tests.browser.furnished import EVERY_ROLE
from tests.browser.pages import add_block, of_the_article
from tests.pasted import ELEMENTS, STYLES

pytestmark = pytest.mark.browser

PASTED = Path(__file__).parent / "pasted"
EDITORS = ".order-machine .inline-related:not(.empty-form) .tiptap"
PASTE = """(field, html) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  data.setData("text/plain", "the same without dress");
  field.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def page(new_page):
    """An article's editor with an empty section at its end."""
    page = new_page(EVERY_ROLE)
    page.goto("/admin/content/article/add/")
    add_block(page, "section")
    page.locator(EDITORS).wait_for()
    return page


def stored(page):
    """What the form would send for the section."""
    return page.locator("textarea[name=content_section_set-0-text]").input_value()


def paste(page, html):
    page.locator(EDITORS).evaluate(PASTE, html)


def test_a_source_is_found_by_its_words_and_cited_at_the_cursor(page):
    page.locator(EDITORS).click()
    page.keyboard.type("AA has members.")
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="cite a source").click()
    page.get_by_label("Words of its title").fill("horvath")
    page.get_by_text("1 found").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for(state="detached")
    assert stored(page) == "<p>AA has members [@horvath-2019].</p>"
    assert page.locator(".cite-marker").inner_text() == "[@horvath-2019]"
    page.get_by_role("button", name="undo").click()
    assert stored(page) == "<p>AA has members.</p>"


def test_citing_works_by_keyboard_and_closing_the_search_changes_nothing(page):
    page.locator(EDITORS).click()
    page.keyboard.type("Words")
    page.keyboard.press("Control+Shift+C")
    page.get_by_role("dialog", name="Cite a source").wait_for()
    page.keyboard.type("no such words anywhere")
    page.get_by_text("No source has these words.").wait_for()
    page.keyboard.press("Escape")
    assert stored(page) == "<p>Words</p>"


def test_an_article_of_ours_is_found_and_linked(page):
    page.locator(EDITORS).click()
    page.keyboard.type("Read about ")
    page.keyboard.press("Control+K")
    page.get_by_role("dialog", name="Link to an article").get_by_label("Words").fill("sponsors")
    page.get_by_role("button", name="Sponsors").first.click()
    title = Article.objects.get(slug="sponsors-and-meetings").title
    assert stored(page) == f'<p>Read about <a href="/articles/sponsors-and-meetings/">{title}</a></p>'


def test_chosen_words_become_the_link(page):
    page.locator(EDITORS).click()
    page.keyboard.type("sponsors")
    page.keyboard.press("Control+A")
    page.get_by_role("button", name="link to an article of ours").click()
    page.get_by_role("button", name="sponsors-and-meetings").click()
    assert stored(page) == '<p><a href="/articles/sponsors-and-meetings/">sponsors</a></p>'


def test_a_table_is_made_and_grows(page):
    page.locator(EDITORS).click()
    page.get_by_role("button", name="Insert table").click()
    page.get_by_label("Rows").fill("2")
    page.get_by_label("Columns").fill("2")
    page.get_by_label("Include header row").select_option("Yes")
    page.get_by_role("button", name="Insert Table", exact=True).last.click()
    page.keyboard.type("Day")
    page.get_by_role("button", name="Add row").click()
    html = stored(page)
    assert html.count("<tr>") == 3
    assert html.count("<th") == 2 and "Day" in html


SHARED = (
    "<h3>What a meeting is like</h3><p>You can <strong>sit and listen</strong>. <em>Nobody</em> has to speak",
    "<ul><li><p>Come a little early.</p><ul><li><p>Coffee is often there.</p></li></ul></li>"
    "<li><p>Bring a friend.</p></li></ul>",
    'Read more at <a href="https://www.example.org/meetings?id=7">the site</a>',
    "<table><tbody><tr><td><p>Day</p></td><td><p>Time</p></td></tr></tbody></table>",
)


@pytest.mark.parametrize("name", ["word", "google-docs"])
def test_what_is_pasted_from_a_document_keeps_its_meaning_and_loses_its_dress(page, name):
    html = (PASTED / f"{name}.html").read_text()
    assert "style=" in html and "class" in html, "control: the document is dressed"
    paste(page, html)
    text = stored(page)
    for part in SHARED:
        assert part in rich_text.clean(text)
    for dress in ("style", "class", "Mso", "o:p", "<span", "<b>", "<img", "utm_", "google.com", "file:", "&nbsp;", "·"):
        assert dress not in text
    if name == "word":
        assert "<ol><li><p>Listen.</p></li><li><p>Ask.</p></li></ol>" in rich_text.clean(text)
        assert "or my notes." in text
        assert "has to speak [@aa-preamble-2021]." in text


def test_what_is_pasted_is_undone_in_one_step(page):
    page.locator(EDITORS).click()
    page.keyboard.type("Mine.")
    paste(page, (PASTED / "word.html").read_text())
    assert "meeting" in stored(page)
    page.keyboard.press("Control+Z")
    assert stored(page) == "<p>Mine.</p>"


HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><p>x</p></svg>",
    '<p onclick="alert(1)">Hi <a href="javascript:alert(1)">x</a></p>',
    '<iframe srcdoc="<script>parent.hit=1</script>"></iframe>',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    '<p style="background:url(https://evil.example/x)">x</p>',
)


def test_hostile_pastes_run_nothing_and_ask_nobody(page):
    asked = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    for html in HOSTILE:
        paste(page, html)
    page.wait_for_timeout(200)
    assert asked == []
    for trace in ("onerror", "onclick", "javascript", "style", "<svg", "<iframe"):
        assert trace not in stored(page)


def test_the_article_that_is_there_opens_with_every_tool_in_place(new_page):
    page = new_page(EVERY_ROLE)
    of_the_article("article_change")(page)
    page.locator(EDITORS).first.wait_for()
    assert page.locator(EDITORS).count() == page.get_by_role("button", name="cite a source").count()


def words_of(html):
    return " ".join(rich_text.plain_text(rich_text.clean(html)).split())


def stored_after_pasting(page, html):
    page.locator(EDITORS).click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    paste(page, html)
    return stored(page)


def test_what_is_pasted_says_what_the_eye_saw(page):
    said = {html: words_of(stored_after_pasting(page, html)) for html, _ in ELEMENTS + STYLES}
    assert {html: words for html, words in said.items() if words != dict(ELEMENTS + STYLES)[html]} == {}


def word_list(*items, list_id="l0"):
    """Paragraphs as Word writes a list: (level, mark, words)."""
    return "".join(
        f"<p class=MsoListParagraphCxSpMiddle style='margin-left:1in;mso-list:{list_id} level{level} lfo1'>"
        f"<![if !supportLists]><span style='mso-list:Ignore'>{mark}<span>&nbsp; </span></span><![endif]>{words}</p>"
        for level, mark, words in items
    )


def items(*words):
    return "".join(f"<li><p>{each}</p></li>" for each in words)


LISTS = [
    (word_list((2, "·", "a"), (2, "·", "b"), (1, "·", "c")), f"<ul>{items('a', 'b')}</ul><ul>{items('c')}</ul>"),
    (word_list((1, "·", "a"), (3, "§", "b"), (2, "o", "c")),
     f"<ul><li><p>a</p><ul>{items('b')}</ul><ul>{items('c')}</ul></li></ul>"),
    (word_list((1, "1.", "a"), (1, "2.", "b"), (1, "·", "c")), f"<ol>{items('a', 'b')}</ol><ul>{items('c')}</ul>"),
    (word_list((1, "·", "a"), (2, "1.", "b"), (2, "·", "c"), (1, "·", "d")),
     f"<ul><li><p>a</p><ol>{items('b')}</ol><ul>{items('c')}</ul></li>{items('d')}</ul>"),
    (word_list((1, "1.", "a"), (1, "1.", "b")), f"<ol>{items('a')}</ol><ol>{items('b')}</ol>"),
    (word_list((1, "4.", "a"), (1, "5.", "b")), f'<ol start="4">{items("a", "b")}</ol>'),
    (word_list((1, "a)", "a"), (1, "b)", "b")), f'<ol type="a">{items("a", "b")}</ol>'),
    (word_list((1, "h.", "a"), (1, "i.", "b"), (1, "j.", "c")), f'<ol start="8" type="a">{items("a", "b", "c")}</ol>'),
    (word_list((1, "i.", "a"), (1, "ii.", "b"), (1, "iii.", "c"), (1, "iv.", "d"), (1, "v.", "e")),
     f'<ol type="i">{items("a", "b", "c", "d", "e")}</ol>'),
    ("<p class=MsoListParagraph>A. Smith wrote it</p>", "<p>A. Smith wrote it</p>"),
    ("<p class=MsoListParagraph>O no, said he</p>", "<p>O no, said he</p>"),
    ("<p class=MsoListParagraph>·&nbsp;&nbsp; One</p><p class=MsoListParagraph>·&nbsp; two</p>",
     f"<ul>{items('One', 'two')}</ul>"),
    ("<p class=MsoListParagraph>2.&nbsp; Two</p><p class=MsoListParagraph>3.&nbsp; three</p>",
     f'<ol start="2">{items("Two", "three")}</ol>'),
    ("<ol start=4><li>a<li>b</ol>", f'<ol start="4">{items("a", "b")}</ol>'),
    ("<ol type=a><li>a</ol>", f'<ol type="a">{items("a")}</ol>'),
    ('<ol><li style="list-style-type:lower-roman">a</ol>', f'<ol type="i">{items("a")}</ol>'),
    ("<ol><li>a<li value=7>b<li>c</ol>", f'<ol>{items("a")}</ol><ol start="7">{items("b", "c")}</ol>'),
    ("<ol reversed><li>a<li>b</ol>", f'<ol start="2">{items("a")}</ol><ol>{items("b")}</ol>'),
    ("<ol reversed start=5><li>a<li>b</ol>", f'<ol start="5">{items("a")}</ol><ol start="4">{items("b")}</ol>'),
    ("<ol><li value=3>a</ol>", f'<ol start="3">{items("a")}</ol>'),
]  # fmt: skip


def test_a_list_that_is_pasted_keeps_its_levels_its_kinds_and_its_numbers(page):
    made = {html: rich_text.clean(stored_after_pasting(page, html + "<p>End</p>")) for html, _ in LISTS}
    wrong = {html: text for html, text in made.items() if text != f"{dict(LISTS)[html]}<p>End</p>"}
    assert wrong == {}


GOOGLE = "https://www.google.com/url?"
LINKS = [
    (f"{GOOGLE}q=/imgres&amp;sa=D", f"{GOOGLE}q=/imgres&amp;sa=D"),
    (f"{GOOGLE}q=https://example.org/a?b%3D1%26utm_source%3Dx", "https://example.org/a?b=1"),
    ("https://example.org/?q=adicci%F3n&amp;utm_source=a", "https://example.org/?q=adicci%F3n"),
    ("https://example.org/?utm%5Fsource=a&amp;q=a+b%20c&amp;&amp;x&amp;fbclid=1#top",
     "https://example.org/?q=a+b%20c&amp;&amp;x#top"),
    ("https://example.org/?utm_source=a#top", "https://example.org/#top"),
    ("https://Example.org/A%2fB", "https://Example.org/A%2fB"),
    ("http://example.org/?a=http://b.org", "https://example.org/?a=http://b.org"),
    ("//example.org/x", "https://example.org/x"),
    (" https://example.org/a\nb ", "https://example.org/ab"),
    ("https://example.org/#?utm_source=a", "https://example.org/#?utm_source=a"),
    ("tel:988", "tel:988"),
    ("mailto:a@example.org?subject=a%20b", "mailto:a@example.org?subject=a%20b"),
    ("/articles/", "/articles/"),
    ("https://[", ""),
    ("ftp://example.org/", ""),
    ("javascript:alert(1)", ""),
    (f"{GOOGLE}q=javascript:alert(1)", ""),
]  # fmt: skip


def test_a_link_that_is_pasted_leads_where_it_led(page):
    made = {address: stored_after_pasting(page, f'<p>The <a href="{address}">site</a></p>') for address, _ in LINKS}
    right = {address: f'<p>The <a href="{link}">site</a></p>' if link else "<p>The site</p>" for address, link in LINKS}
    assert {address: text for address, text in made.items() if rich_text.clean(text) != right[address]} == {}


FILES = """(field, [kind, name, type]) => {
  const data = new DataTransfer();
  data.items.add(new File(["x"], name, {type}));
  field.scrollIntoView({block: "center"});
  const {x, y} = field.querySelector("p").getBoundingClientRect();
  const event = kind === "drop"
    ? new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true, clientX: x + 5, clientY: y + 5})
    : new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
  field.dispatchEvent(event);
  return event.defaultPrevented;
}"""


def test_a_picture_in_a_text_is_answered_with_where_pictures_go(page):
    notice = page.locator(".no-picture")
    for kind in ("paste", "drop"):
        paste(page, "<p>Words</p>")
        assert notice.inner_text() == ""
        assert page.locator(EDITORS).evaluate(FILES, [kind, "room.jpg", "image/jpeg"])
        assert "Pictures go in as a part of their own" in notice.inner_text()
    paste(page, '<p>Words <img src="https://example.org/x.png" alt="A room"></p>')
    assert "Pictures go in as a part of their own" in notice.inner_text()
    paste(page, '<p>Well done <img src="https://example.org/x.png" alt="😀"></p>')
    assert notice.inner_text() == ""
    assert words_of(stored(page)).endswith("Well done 😀")
