"""How a text will look, before anybody sees it."""

import pytest
from django.urls import reverse

from content.models import Article, Revision

pytestmark = pytest.mark.browser


def test_the_page_stands_in_the_widths_of_three_devices_in_its_own_style(new_page):
    page = new_page("writer")
    revision = Article.objects.get(slug="12-step-program").revisions.latest()
    page.goto(reverse("admin:content_revision_preview_frames", args=[revision.pk]))
    page.frame_locator("iframe[title=Desktop]").get_by_role("heading", level=1).wait_for()
    devices = [page.frame_locator(f"iframe[title={name}]").locator("h1") for name in ("Phone", "Tablet", "Desktop")]
    assert [heading.evaluate("innerWidth") for heading in devices] == [360, 768, 1280]
    tops = [heading.evaluate("heading => heading.getBoundingClientRect().top") for heading in devices]
    assert max(tops) < 600, "the title stands at the top of the page"
    fonts = [heading.evaluate("heading => getComputedStyle(heading).fontFamily") for heading in devices]
    assert all("Georgia" in font for font in fonts), "the site's own style is allowed in the frames"


def test_what_is_typed_is_shown_in_another_tab_and_stays_in_the_form(new_page):
    page = new_page("writer")
    article = Article.objects.get(slug="12-step-program")
    page.goto(reverse("admin:content_article_change", args=[article.pk]))
    page.fill("#id_title", "Typed, not saved")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Preview without saving").first.click()
    phone = opened.value.frame_locator("iframe[title=Phone]")
    phone.get_by_role("heading", level=1, name="Typed, not saved").wait_for()
    assert page.locator("#id_title").input_value() == "Typed, not saved"
    assert not Revision.objects.filter(snapshot_json__contains="Typed, not saved").exists()
    with opened.value.expect_navigation():
        opened.value.get_by_role("button", name="On paper").click()
    opened.value.frame_locator("iframe[title=Paper]").get_by_role("heading", name="Typed, not saved").wait_for()
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.close(run_before_unload=True)
    assert not page.is_closed(), "the form still warns of what is not saved"
