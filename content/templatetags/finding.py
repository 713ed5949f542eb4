"""What the head of a page tells search engines and those who share its address."""

from typing import Any

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString

from content import linked_data

register = template.Library()


@register.simple_tag(takes_context=True)
def public_address(context: Context) -> str:
    """The page's one address, under PUBLIC_URL and without a query."""
    return linked_data.absolute(context["request"].path)


@register.filter
def absolute(path: str) -> str:
    return linked_data.absolute(path)


@register.simple_tag(takes_context=True)
def linked_article(context: Context) -> SafeString:
    return linked_data.script(linked_data.article(context["page"], context["centre"]))


@register.simple_tag(takes_context=True)
def linked_person(context: Context) -> SafeString:
    return linked_data.script(linked_data.person(context["reviewer"]))


@register.simple_tag(takes_context=True)
def linked_organization(context: Context) -> SafeString:
    return linked_data.script(linked_data.organization(context["centre"]))


@register.simple_tag
def linked_breadcrumb(*trail: Any) -> SafeString:
    """Names and paths by turns, as the page's breadcrumb shows them."""
    return linked_data.script(linked_data.breadcrumb(list(zip(trail[::2], trail[1::2], strict=True))))
