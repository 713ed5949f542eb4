import re
from functools import cache
from urllib.parse import quote

from django import template
from django.conf import settings
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe

from content.delivery.quiet_mode import QUIET
from magnified.styles import STYLE_OF_THE_PAGE
from magnified.styles import page_script as whole_script
from magnified.styles import page_style as joined_style

register = template.Library()
_TEXTAREA = re.compile(r"(<textarea\b.*?</textarea>)", re.DOTALL)
_BREAK = re.compile(r"\s*\n\s*")
# A line break beside one of these is never seen.
_BLOCK = (
    r"</?(?:article|aside|body|dd|div|dl|dt|footer|h[1-6]|head|header|html|li|link|main|meta|nav|ol|p|section|title|ul)"
    r"\b[^>]*>"
)
_BREAK_AT_BLOCK = re.compile(rf"\n(?={_BLOCK})|(?P<block>{_BLOCK})\n")

_QUERY = rf'\?(?!(?:[^"#]*[;&])?{QUIET}["#&])[^"#]+'  # one that does not ask for quiet mode yet
_OWN_LINK = re.compile(r'(<a [^>]*href="/(?!(?:es/)?leave/)[^"?#]*)(?=["#])')
_OWN_LINK_WITH_QUERY = re.compile(rf'(<a [^>]*href="(?:/(?!(?:es/)?leave/)[^"?#]*)?{_QUERY})(?=["#])')
_OWN_FORM = re.compile(r'(<(?:form|button) [^>]*action="/[^"?#]*)(?=["#])(?![^>]*role="search")')
_OWN_FORM_WITH_QUERY = re.compile(rf'(<(?:form|button) [^>]*action="/[^"?#]*{_QUERY})(?=["#])')
_SEARCH = re.compile(r'(<form [^>]*role="search"[^>]*>)')


@register.simple_tag
@cache
def page_icon() -> SafeString:
    """The mark as the address of an icon. It takes fewer bytes than the headers of an answer of its own would."""
    drawing = (settings.BASE_DIR / "static" / "img" / "icon.svg").read_text().replace('"', "'").strip()
    address = "data:image/svg+xml," + quote(drawing, safe=" /:=',()")
    return mark_safe(address)  # noqa: S308 reason=our own file, and nothing that could end an attribute


@register.simple_tag(takes_context=True)
def page_style(context: Context, kind: str) -> SafeString:
    """The one `<style>` element of a public page; its text must stay byte for byte what the CSP's hash was made of."""
    if (request := context.get("request")) is not None:  # error pages are made without one
        request.META[STYLE_OF_THE_PAGE] = kind
    style = f"<style>{joined_style(kind).text}</style>"
    return mark_safe(style)  # noqa: S308 reason=our own files, read at start


@register.simple_tag
def page_script() -> SafeString:
    """The script of every page, in the page: in fewer bytes than the headers of an answer of its own would take."""
    script = f'<script type="module">{whole_script().text}</script>'
    return mark_safe(script)  # noqa: S308 reason=our own file, read at start


@register.simple_block_tag(takes_context=True)
def lean(context: Context, content: SafeString) -> SafeString:
    """The page without indentation and empty lines."""
    html = without_blanks(content)
    if context.get("quiet"):
        html = with_quiet_links(html)
    return mark_safe(html)  # noqa: S308 reason=only blanks went out, and a fixed query into links


def without_blanks(html: str) -> str:
    """The same page in fewer bytes. What somebody typed into a text field keeps every blank."""
    parts = _TEXTAREA.split(html)
    parts[::2] = (_BREAK_AT_BLOCK.sub(r"\g<block>", _BREAK.sub("\n", part)) for part in parts[::2])
    return "".join(parts)


def with_quiet_links(html: str) -> str:
    """Whoever reads in quiet mode stays in it, except by the link that ends it."""
    for with_query, without in ((_OWN_LINK_WITH_QUERY, _OWN_LINK), (_OWN_FORM_WITH_QUERY, _OWN_FORM)):
        html = without.sub(rf"\1?{QUIET}", with_query.sub(rf"\1&amp;{QUIET}", html))
    return _SEARCH.sub(rf'\1<input type="hidden" name="{QUIET}">', html)
