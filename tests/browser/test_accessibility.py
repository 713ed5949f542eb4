"""axe finds nothing on any page, in light and dark, and every control tells a screen reader what it is.

Rules are those that axe has on, and the size of targets.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe

from magnified.views import error_page
from tests.admissions.factories import times
from tests.browser import pages

pytestmark = pytest.mark.browser

CONTROLS = {"button", "checkbox", "combobox", "link", "radio", "searchbox", "spinbutton", "switch", "textbox"}
WITH_A_STATE = {"checkbox": "checked", "radio": "checked", "switch": "checked"}
# Without preload: axe would copy style sheets into the page, which the page's policy rightly refuses.
OPTIONS = {"resultTypes": ["violations"], "preload": False, "rules": {"target-size": {"enabled": True}}}
# Not waited for: where no frame is drawn, a fading never ends by itself.
END_FADING = "document.getAnimations().forEach(fading => fading.finish())"
ONLY_COLORS = {"resultTypes": ["violations"], "preload": False, "runOnly": ["color-contrast", "link-in-text-block"]}
WIDE = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
p { margin-block-end: 2em !important }
"""


def violations(page):
    """What axe found in light, and of colors once more in dark: one line for each place."""
    page.wait_for_load_state()
    in_light = Axe().run(page, options=OPTIONS).response["violations"]
    page.emulate_media(color_scheme="dark")
    page.evaluate(END_FADING)
    in_dark = page.evaluate("options => axe.run(options)", ONLY_COLORS)["violations"]
    page.emulate_media(color_scheme="light")
    return [line for scheme, found in (("light", in_light), ("dark", in_dark)) for line in lines(scheme, found)]


def lines(scheme, found):
    places = [(rule["id"], node) for rule in found for node in rule["nodes"]]
    return [f"{rule} in {scheme}: {node['target'][0]} {node['html'][:300]}" for rule, node in places]


def nameless(page):
    """Controls in the accessibility tree without a name, or without the state that their role has."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    shown = [node for node in tree if not node["ignored"] and node["role"]["value"] in CONTROLS]
    assert len(shown) > 5, "the tree was read"
    found = []
    for node in shown:
        role, states = node["role"]["value"], {state["name"] for state in node.get("properties", [])}
        if not node.get("name", {}).get("value", "").strip():
            found.append(f"{role} without a name")
        if role in WITH_A_STATE and WITH_A_STATE[role] not in states:
            found.append(f"{role} without its state")
        if role in CONTROLS and "focusable" not in states and "disabled" not in states:
            found.append(f"{role} that no key reaches")
    return found


def faults_by_path(page, paths):
    found = {}
    for path in paths:
        assert page.goto(path).ok
        if wrong := violations(page) + nameless(page):
            found[path] = wrong
    return found


def test_all_public_pages_have_no_fault(page):
    paths = pages.all_public(page)
    assert len(paths) > 15
    assert faults_by_path(page, paths) == {}


@pytest.mark.parametrize("name", pages.PUBLIC)
def test_a_public_page_has_no_fault(page, name):
    pages.PUBLIC[name](page)
    assert violations(page) + nameless(page) == []


def test_all_public_spanish_pages_have_no_fault(page):
    paths = pages.all_public(page, language="es")
    assert len(paths) > 18
    assert faults_by_path(page, paths) == {}


@pytest.mark.parametrize("name", pages.SPANISH)
def test_another_spanish_page_has_no_fault(page, name):
    pages.SPANISH[name](page)
    assert violations(page) + nameless(page) == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_nobody_scrolls_sideways_on_a_small_phone_with_letters_set_wide(new_page, language):
    """WCAG 2.2, 1.4.10 and 1.4.12 at once: 320 px, which is 1280 px at 400 %, with the reader's own spacing."""
    page = new_page(viewport={"width": 320, "height": 640}, bypass_csp=True)

    def width_of(path):
        assert page.goto(path).ok
        page.add_style_tag(content=WIDE)
        return page.evaluate("document.documentElement.scrollWidth")

    widths = {path: width_of(path) for path in pages.all_public(page, language=language)}
    assert {path: width for path, width in widths.items() if width > 320} == {}
    page.evaluate("document.querySelector('h1').style.whiteSpace = 'nowrap'")
    assert page.evaluate("document.documentElement.scrollWidth") > 320, "control: too wide is seen"


ROWS = """() => [...document.querySelectorAll(".name, .site-header :is(.out, .call, .leave)")]
  .filter(part => part.offsetWidth)
  .map(part => part.getBoundingClientRect())
  .map(({top, bottom}) => (top + bottom) / 2)"""


@pytest.mark.parametrize("width", [320, 390, 1024, 1280, 1440])
def test_the_way_out_and_the_number_stand_in_one_row_with_the_name(new_page, width):
    page = new_page(viewport={"width": width, "height": 640}, bypass_csp=True)
    for path in (pages.ARTICLE, pages.SPANISH_ARTICLE, *pages.FORMS):
        page.goto(path)
        rows = page.evaluate(ROWS)
        assert len(rows) > 1 and max(rows) - min(rows) < 2, (path, rows)
    page.add_style_tag(content="@layer components { .site-header .name { inline-size: 100% } }")
    rows = page.evaluate(ROWS)
    assert max(rows) - min(rows) > 20, "control: a part in a row of its own is seen"


@pytest.mark.parametrize("status", [400, 403, 404, 413, 500, 503])
def test_axe_finds_nothing_on_an_error_page(page, status):
    page.set_content(error_page(status).content.decode())
    assert violations(page) == []


def desk_pages():
    """All of them; of Django's own pages of history and deletion, which differ in no more than a name, a few."""
    alike = [name for name in pages.staff_pages() if name.endswith(("_history", "_delete"))]
    left_out = set(alike) - set(alike[:: times(short=6, full=1)])
    return [name for name in pages.staff_pages() if name not in left_out]


@pytest.mark.parametrize("name", desk_pages())
def test_axe_finds_nothing_on_a_page_of_the_desk(new_page, name):
    role, opened = pages.staff_pages()[name]
    page = new_page(role)
    opened(page)
    assert violations(page) == []


def test_control_axe_finds_a_planted_fault(page):
    page.goto("/articles/")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input><img src=\"/x\">')")
    assert {line.split(":")[0] for line in violations(page)} == {"image-alt in light", "label in light"}


def test_control_axe_finds_words_that_cannot_be_read_in_the_dark_alone(page):
    page.goto("/articles/")
    page.evaluate("document.querySelector('main p').style.color = 'light-dark(black, #222)'")
    found = violations(page)
    assert found and all(line.startswith("color-contrast in dark: ") for line in found)


def test_control_a_control_without_a_name_is_found(page):
    page.goto("/articles/")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input><a href=/><i></i></a>')")
    assert nameless(page) == ["textbox without a name", "link without a name"]
