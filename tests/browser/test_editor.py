"""The rich text editor as a person uses it, under the desk's strict policy: cite, link, table, paste, undo."""

from pathlib import Path

import pytest

from content import markup
from content.models import Article
from tests.browser.furnished import EVERY_ROLE
from tests.browser.pages import add_block, of_the_article

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
        assert part in markup.clean(text)
    for dress in ("style", "class", "Mso", "o:p", "<span", "<b>", "<img", "utm_", "google.com", "file:", "&nbsp;", "·"):
        assert dress not in text
    if name == "word":
        assert "<ol><li><p>Listen.</p></li><li><p>Ask.</p></li></ol>" in markup.clean(text)
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
