"""The public pages' style and script: one element each, made from static/ at start, allowed in the CSP by its hash.

Two requests less than by files, and no `unsafe-inline`: the browser refuses any other style or script on the page. A
page carries the components of its kind alone, since every byte of it stands before the first word.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from content.text.block_kinds import KINDS as BLOCK_KINDS

CSS_DIR = Path(__file__).resolve().parent.parent / "static" / "css"
SCRIPT = CSS_DIR.parent / "js" / "page.js"

# A browser that does not know these shows the plain page of 00-tokens.css, and never half of a layout.
MODERN = "@supports (color: light-dark(#000, #fff)) and selector(&)"
SHARED = {"00-tokens", "01-base", "print"}
COMPONENTS = {file.stem for file in CSS_DIR.glob("*.css")} - SHARED
EVERY = {
    "breadcrumb",
    "care_card",
    "help_ladder",
    "help_strip",
    "mark",
    "phone_bar",
    "site_footer",
    "site_header",
    "ways",
}
OF_BLOCKS = {kind.style for kind in BLOCK_KINDS.values()}
OF_ARTICLES = OF_BLOCKS | {"contents", "related", "review_line", "side_help", "sources"}
OF_VISITS = {"code_card", "thread", "visit"}
OF_WRITING = {"banner", "leave", "promise", "safe_now"}
LOUD = {"help_strip", "mark", "phone_bar", "site_footer", "site_header"}  # parts that no page in quiet mode has
KINDS: dict[str, set[str]] = {
    "article": EVERY | OF_ARTICLES | {"reviewer_card"},
    "article_with_table": EVERY | OF_ARTICLES | {"reviewer_card", "table"},
    "write": EVERY | OF_WRITING | {"forms", "page", "path_short", "steps"},
    "visit": EVERY | OF_WRITING | OF_VISITS | {"forms", "page", "path_short", "steps"},
    "page": COMPONENTS - OF_ARTICLES - OF_WRITING - OF_VISITS - {"pocket", "quiet_header", "styleguide"}
    | EVERY
    | {"steps"},
    "quiet": COMPONENTS - LOUD - {"pocket", "styleguide"},
    "quiet_article": EVERY - LOUD | OF_ARTICLES | {"quiet_header", "reviewer_card", "table"},
    "card": {"pocket"},
    "styleguide": COMPONENTS - {"pocket", "quiet_header"},
}
STYLE_OF_THE_PAGE = "magnified.style"  # in a request's META: the kind that its page was made with
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STRING = re.compile(r'("[^"]*")')
_BLANKS = re.compile(r"\s+")
_NEEDLESS_BLANKS = re.compile(r"\s*([{};,>/])\s*|(?<=:)\s+")
_NEEDLESS_IN_SELECTORS = re.compile(r" \+ (?=[^(){};]*\{)")  # a sum needs its blanks
_CUSTOM = re.compile(r"(?<=[{;])(--[\w-]+):[^;{}]*;")
_NEEDLESS_ZERO = re.compile(r"(?<![\w.#])0(?=\.\d)")


@dataclass(frozen=True)
class Inline:
    """What stands in a `<style>` or `<script>` element, byte for byte."""

    text: str

    @property
    def csp_hash(self) -> str:
        """The source expression that allows exactly this element (CSP Level 3, section 2.3.1)."""
        digest = hashlib.sha256(self.text.encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def page_style(kind: str) -> Inline:
    """Tokens, base, the kind's components in the order of their names, and the sheet for paper."""
    components = "".join(read(name) for name in sorted(KINDS[kind]))
    modern = f"{MODERN} {{ {read('01-base')} @layer components {{ {components} }} }}"
    return Inline(without_unused(minified(read("00-tokens") + modern + read("print"))))


@cache
def page_script() -> Inline:
    """What every page of the site runs, without the blanks that `{% lean %}` would take out."""
    lines = SCRIPT.read_text().splitlines()
    return Inline("\n".join(line.strip() for line in lines if line.strip()))


def read(name: str) -> str:
    return (CSS_DIR / f"{name}.css").read_text()


def without_unused(css: str) -> str:
    """Without the custom properties that this kind of page never asks for."""
    return _CUSTOM.sub(lambda match: match[0] if f"var({match[1]})" in css else "", css)


def minified(css: str) -> str:
    """The same rules without comments and without blanks that say nothing; strings stay as they are."""
    parts = _STRING.split(_BLANKS.sub(" ", _COMMENT.sub("", css)))
    parts[::2] = (_NEEDLESS_BLANKS.sub(lambda match: match[1] or "", part).replace(";}", "}") for part in parts[::2])
    parts[::2] = (_NEEDLESS_IN_SELECTORS.sub("+", part) for part in parts[::2])
    parts[::2] = (_NEEDLESS_ZERO.sub("", part) for part in parts[::2])
    return "".join(parts).strip()
