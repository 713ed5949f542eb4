"""The three people this house is for, each from the first page to the last, in a real browser."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from admissions.models import Disclosure, Inquiry
from content.models import Article
from tests.browser import pages
from tests.browser.furnished import PASSWORD

pytestmark = pytest.mark.browser

ASKED = "Could somebody tell me what the first week is like?"
ANSWERED = "Yes. The first week is slow on purpose."
NOTED = "Ask again on Friday."
PREGUNTA = "¿Cómo es la primera semana?"


def sign_in_by_form(page, role):
    page.goto(reverse("admin:login"))
    page.fill("[name=username]", role)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")


def asks_for_a_call(page):
    """Fills in one way to be reached and what to say, and returns the code."""
    page.goto("/request-a-call/")
    page.fill("[name=phone]", "714-555-0143")
    page.fill("[name=message]", ASKED)
    page.check("[name=consent]")
    pages.send(page, "/request-a-call/")
    page.wait_for_url("**/received/")
    return re.search(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}", page.locator(".return-code").inner_text())[0]


def come_back(page, code):
    pages.come_back(page, code)


# The visitor, at night, on an old phone, without script


@pytest.fixture
def visitor(new_page):
    return new_page(java_script_enabled=False, viewport={"width": 360, "height": 640})


def test_a_visitor_without_script_finds_the_article_and_jumps_to_step_five(visitor):
    visitor.goto("/")
    visitor.get_by_role("link", name=re.compile("12-step", re.IGNORECASE)).first.click()
    visitor.wait_for_url(f"**{pages.ARTICLE}")
    visitor.get_by_role("navigation", name="Jump to section").get_by_role("link", name="The twelve steps").click()
    expect(visitor.locator("#the-twelve-steps")).to_be_in_viewport()
    visitor.goto(f"{pages.ARTICLE}#step-5")
    expect(visitor.locator("#step-5 h3")).to_be_in_viewport()
    expect(visitor.locator("#step-5 h3")).to_contain_text("Integrity")
    assert visitor.locator("[id^=step-].path > li, .path > [id^=step-]").count() == 12


@pytest.mark.parametrize("width", [320, 1280])
def test_the_two_digits_of_a_late_step_stand_side_by_side(new_page, width):
    page = new_page(viewport={"width": width, "height": 640})
    page.goto(pages.ARTICLE)
    heights = page.eval_on_selector_all(".path .numeral", "numerals => numerals.map(numeral => numeral.offsetHeight)")
    assert len(heights) == 12 and len(set(heights)) == 1


def test_no_heading_stands_alone_on_the_printed_numbers(page):
    page.goto("/help-now/")
    reach_us = page.get_by_role("heading", name="Not tonight?")
    expect(reach_us).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".ways")).to_be_hidden()
    expect(reach_us).to_be_hidden()
    expect(page.get_by_role("heading", name="Who you can call")).to_be_visible()


@pytest.mark.parametrize("path", [pages.ARTICLE, pages.SPANISH_ARTICLE])
def test_an_article_on_paper_keeps_what_helps_there_and_nothing_to_press(page, path):
    page.goto(path)
    of_the_screen = (".call-panel", "#questions", ".related", "#related", "[href$='#us']")
    for part in of_the_screen:
        expect(page.locator(part).first).to_be_visible()
    page.emulate_media(media="print")
    for part in of_the_screen:
        assert not [one for one in page.locator(part).all() if one.is_visible()], part
    for part in ("#us", "#help [href='tel:911']", "#source-1", ".review-line", "#disclaimer", "#reviewer"):
        expect(page.locator(part).first).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_search_stands_apart_from_the_last_title(new_page, width):
    page = new_page(viewport={"width": width, "height": 800})
    page.goto("/articles/a-z/")
    *_, before, last, search = (part.bounding_box() for part in page.locator(".letters a, .search-form").all())
    between_letters = last["y"] - before["y"] - before["height"]
    assert search["y"] - last["y"] - last["height"] > between_letters > 0
    topics, letters = (page.locator(f"main {part}").bounding_box() for part in (".topics", ".letters"))
    above = letters["y"] - topics["y"] - topics["height"]
    below = search["y"] - letters["y"] - letters["height"]
    assert above == below == pytest.approx(48, abs=1)


@pytest.mark.parametrize(("width", "columns"), [(360, 1), (1280, 2)])
def test_each_letter_stands_large_beside_its_titles(new_page, width, columns):
    page = new_page(viewport={"width": width, "height": 800})
    page.goto("/articles/a-z/")
    letters, titles = page.locator(".letters h2"), page.locator(".letters ul")
    for letter, title in zip(letters.all(), titles.all(), strict=True):
        letter, title = letter.bounding_box(), title.bounding_box()
        assert letter["x"] + letter["width"] < title["x"] and letter["y"] < title["y"] + title["height"]
        assert title["y"] < letter["y"] + letter["height"]
    assert len(set(letters.evaluate_all("all => all.map(one => one.getBoundingClientRect().x)"))) == columns
    sizes = [part.first.evaluate("one => parseFloat(getComputedStyle(one).fontSize)") for part in (letters, titles)]
    assert sizes[0] > 1.5 * sizes[1]


def test_a_visitor_without_script_asks_for_a_call_and_returns_with_the_code(visitor, new_page):
    code = asks_for_a_call(visitor)
    another_day = new_page(java_script_enabled=False)
    come_back(another_day, code)
    expect(another_day.get_by_text(ASKED)).to_be_visible()
    expect(another_day.get_by_text("Nobody has opened it yet")).to_be_visible()


def test_a_wrong_code_opens_nothing(visitor):
    asks_for_a_call(visitor)
    come_back(visitor, "0000-0000-0000-0000-0000")
    assert ASKED not in visitor.content()


def test_what_is_missing_takes_the_focus_leads_to_the_field_and_keeps_the_text(visitor):
    visitor.goto("/request-a-call/")
    visitor.fill("[name=message]", ASKED)
    pages.send(visitor, "/request-a-call/")
    summary = visitor.locator(".banner")
    expect(summary).to_be_focused()
    expect(visitor.locator("[name=message]")).to_have_value(ASKED)
    for link in summary.get_by_role("link").all():
        link.click()
        expect(visitor.locator(link.get_attribute("href"))).to_be_focused()


def test_going_back_after_sending_shows_nothing_that_was_typed(visitor):
    asks_for_a_call(visitor)
    visitor.go_back()
    expect(visitor).to_have_url(re.compile("/request-a-call/$"))
    expect(visitor.locator("[name=message]")).to_have_value("")
    expect(visitor.locator("[name=phone]")).to_have_value("")


def test_reloading_the_received_page_sends_nothing_again(visitor):
    before = Inquiry.objects.count()
    asks_for_a_call(visitor)
    for _ in range(10):
        visitor.reload()
    assert Inquiry.objects.count() == before + 1


# The same visitor, who reads Spanish


def test_a_visitor_without_script_reads_switches_writes_and_returns_in_spanish(visitor, new_page):
    visitor.goto(pages.ARTICLE)
    visitor.get_by_role("banner").get_by_role("link", name="Español").click()
    visitor.wait_for_url(f"**{pages.SPANISH_ARTICLE}")
    expect(visitor.locator("html")).to_have_attribute("lang", "es")
    visitor.goto(f"{pages.SPANISH_ARTICLE}#step-5")
    expect(visitor.locator("#step-5 h3")).to_be_in_viewport()
    expect(visitor.locator("#step-5 h3")).to_contain_text("Integridad")
    visitor.get_by_role("link", name="Pídanos que le llamemos").first.click()
    visitor.wait_for_url("**/es/request-a-call/")
    expect(visitor.locator("[name=language][value=es]")).to_be_checked()
    visitor.fill("[name=message]", PREGUNTA)
    pages.send(visitor, "/es/request-a-call/")
    expect(visitor.locator(".banner")).to_contain_text("Hay un problema")
    expect(visitor.locator("[name=message]")).to_have_value(PREGUNTA)
    visitor.fill("[name=phone]", "714-555-0143")
    visitor.check("[name=consent]")
    pages.send(visitor, "/es/request-a-call/")
    visitor.wait_for_url("**/es/received/")
    code = re.search(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}", visitor.locator(".return-code").inner_text())[0]

    another_day = new_page(java_script_enabled=False)
    another_day.goto("/es/return/")
    another_day.fill("[name=code]", code)
    another_day.get_by_role("button", name="Abrir mi mensaje").click()
    expect(another_day.get_by_text(PREGUNTA)).to_be_visible()
    expect(another_day.get_by_text("Ha llegado. Nadie lo ha abierto todavía.", exact=True)).to_be_visible()
    assert another_day.url.endswith("/es/return/")

    desk = new_page("admissions")
    desk.goto(reverse("admin:admissions_inquiry_change", args=[Inquiry.objects.get(kind="call").pk]))
    before_dialing = desk.get_by_role("complementary", name="Before you dial")
    expect(before_dialing).to_contain_text("Language")
    expect(before_dialing).to_contain_text("Español")


def test_with_script_the_switch_keeps_the_step_and_the_section(new_page):
    page = new_page(viewport={"width": 1280, "height": 800})
    for anchor in ("step-4", "with-other-treatments", "sources"):
        page.goto(f"{pages.ARTICLE}#{anchor}")
        page.get_by_role("banner").get_by_role("link", name="Español").click()
        page.wait_for_url(f"**{pages.SPANISH_ARTICLE}#{anchor}")
        expect(page.locator(f"#{anchor}")).to_be_in_viewport()
        page.get_by_role("banner").get_by_role("link", name="English").click()
        page.wait_for_url(f"**{pages.ARTICLE}#{anchor}")
    page.goto(pages.ARTICLE)
    page.get_by_role("banner").get_by_role("link", name="Español").click()
    page.wait_for_url(f"**{pages.SPANISH_ARTICLE}")


# The counsellor, with seven minutes between two calls


def test_a_counsellor_reads_claims_answers_notes_and_closes_and_the_visitor_sees_the_answer(new_page, visitor):
    code = asks_for_a_call(visitor)
    inquiry = Inquiry.objects.get(kind="call")
    desk = new_page()
    sign_in_by_form(desk, "admissions")
    desk.goto(reverse("admin:admissions_inquiry_changelist"))
    assert ASKED not in desk.content()
    looks = Disclosure.objects.filter(record=inquiry.pk, action=Disclosure.Action.OPENED)
    assert not looks.exists()

    desk.get_by_role("link", name=inquiry.public_id).click()
    expect(desk.get_by_text(ASKED)).to_be_visible()
    assert looks.get().actor.username == "admissions"
    assert "5550143" not in re.sub(r"\D", "", desk.content())
    pages.press(desk, "Take it")
    if desk.locator("[name=reveal-reason]").count():  # outside their hours
        desk.fill("[name=reveal-reason]", "They asked for now.")
    pages.press(desk, "Show the number")
    expect(desk.get_by_role("link", name="(714) 555-0143")).to_be_visible()

    desk.locator(".reply summary").click()
    desk.fill("[name=reply-text]", ANSWERED)
    pages.press(desk, "Send reply")
    desk.get_by_role("textbox", name=re.compile("^Note")).fill(NOTED)
    desk.get_by_role("button", name="Save note").click()
    expect(desk.get_by_text(NOTED)).to_be_visible()

    come_back(visitor, code)
    expect(visitor.get_by_text(ANSWERED)).to_be_visible()
    assert NOTED not in visitor.content()

    desk.check("[value=reached]")
    pages.press(desk, "Save how it went")
    expect(desk.get_by_text("Finished.")).to_be_visible()
    come_back(visitor, code)
    expect(visitor.get_by_text("We reached you, and have finished with it.")).to_be_visible()
    assert looks.count() == 1, "one handling, one look"


def test_a_writer_sees_no_trace_of_an_inquiry(new_page, visitor):
    asks_for_a_call(visitor)
    inquiry = Inquiry.objects.get(kind="call")
    desk = new_page("writer")
    desk.goto(reverse("admin:index"))
    assert not re.search(f"nquir|admissions|{inquiry.public_id}", desk.locator("#content").inner_html())
    assert desk.goto(reverse("admin:admissions_inquiry_changelist")).status in {403, 404}
    assert desk.goto(reverse("admin:admissions_inquiry_change", args=[inquiry.pk])).status in {403, 404}
    assert ASKED not in desk.content()


def test_control_the_team_does_see_the_inquiry(new_page, visitor):
    asks_for_a_call(visitor)
    desk = new_page("admissions")
    desk.goto(reverse("admin:index"))
    assert "nquir" in desk.locator("#content").inner_html()


# The editor and the clinical reviewer


def writes(page, block, text):
    """Type into the rich editor of a block."""
    editor = block.locator("[contenteditable=true]")
    editor.click()
    page.keyboard.type(text)


def block_of(page, kind):
    """A new block at the end of the text."""
    pages.add_block(page, kind)
    return page.locator(f".order-machine .inline-related:not(.empty-form)[id^=content_{kind.replace(' ', '')}]").last


def drags_above(page, moved, other):
    """Drag a block above another, by the bars over them."""
    moved.locator("> h3").hover()
    page.mouse.down()
    bar = other.locator("> h3").bounding_box()
    page.mouse.move(bar["x"] + 40, bar["y"] + 14, steps=10)  # a browser drops only where the pointer has stayed
    page.mouse.move(bar["x"] + 44, bar["y"] + 14, steps=4)
    page.mouse.up()


def headings(page):
    return page.locator("article section h2").all_inner_texts()


def test_an_editor_writes_a_publisher_publishes_a_reviewer_signs_and_a_change_turns_the_line_back(new_page):
    tall = {"width": 1280, "height": 2400}  # both ends of a drag are on the screen
    writer, publisher, reviewer, reader = (
        new_page(role, viewport=tall) for role in ("writer", "publisher", "reviewer", "")
    )
    writer.goto(reverse("admin:content_article_add"))
    writer.fill("[name=title]", "Sleep in the first weeks")
    writer.fill("[name=short_answer]", "Sleep is often poor at first, and gets better.")
    writer.fill("[name=note]", "First draft")
    for heading, text in (("What helps", "A dark room."), ("Why it is hard", "The body adapts [@kelly-2020].")):
        section = block_of(writer, "section")
        section.locator("[name$=-heading]").fill(heading)
        writes(writer, section, text)
    drags_above(writer, writer.locator("#content_section_set-1"), writer.locator("#content_section_set-0"))
    for summary in writer.locator("fieldset.collapse summary").all():
        summary.click()
    writer.select_option("[name=reviewer]", index=1)
    writer.locator("[name=_preview]").first.click()
    writer.get_by_role("link", name="The page alone").click()
    expect(writer.get_by_text("Preview.")).to_be_visible()
    shown = headings(writer)
    assert shown.index("Why it is hard") < shown.index("What helps")
    assert writer.locator("#source-1").is_visible()

    article = Article.objects.get(title="Sleep in the first weeks")
    revisions = reverse("admin:content_article_revisions", args=[article.pk])
    assert reader.goto(article.get_absolute_url()).status == 404
    publisher.goto(revisions)
    pages.press(publisher, "Publish revision 1")
    assert reader.goto(article.get_absolute_url()).ok
    expect(reader.locator(".review-line")).to_contain_text("is awaited")
    assert "linically reviewed" not in reader.content()

    reviewer.goto(revisions)
    reviewer.get_by_role("link", name="Sign revision 1").click()
    pages.press(reviewer, "I have checked this text")
    reader.reload()
    expect(reader.locator(".review-line")).to_contain_text("Clinically reviewed by Dr. Brendan Bickley")
    expect(reader.locator(".review-line")).to_contain_text(str(timezone.localdate().year))

    writer.goto(reverse("admin:content_article_change", args=[article.pk]))
    writer.fill("[name=short_answer]", "Sleep is often poor at first. It gets better with time.")
    with writer.expect_navigation():
        writer.locator("[name=_save]").first.click()
    publisher.goto(revisions)
    pages.press(publisher, "Publish revision 2")
    expect(publisher.get_by_text("Revision 2 is now on the site.")).to_be_visible()
    reader.reload()
    expect(reader.locator(".review-line")).to_contain_text("Edited since review")
    assert "linically reviewed by" not in reader.content()
