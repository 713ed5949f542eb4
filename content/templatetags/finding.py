"""What a page tells search engines and those who share its address."""

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from content.languages import translated
from content.rendering import structured_data

register = template.Library()
register.filter("absolute", structured_data.absolute)


@register.simple_tag(takes_context=True)
def public_address(context: Context) -> str:
    """The page's one address, under PUBLIC_URL and without a query."""
    return structured_data.absolute(context["request"].path)


@register.simple_tag(takes_context=True)
def linked_article(context: Context) -> SafeString:
    return structured_data.script(structured_data.article(context["page"], context["centre"]))


@register.simple_tag(takes_context=True)
def linked_person(context: Context) -> SafeString:
    return structured_data.script(structured_data.person(context["reviewer"]))


@register.simple_tag(takes_context=True)
def linked_organization(context: Context) -> SafeString:
    return structured_data.script(structured_data.organization(context["centre"]))


@register.simple_tag(takes_context=True)
def trail(context: Context) -> list[tuple[str, str]]:
    """The names and paths of `components/breadcrumb.html`, from the home page to this one."""
    parent_url, topic = context.get("parent_url"), context.get("topic")
    return [
        (_("Home"), reverse("content:home")),
        *([(str(context["parent"]), parent_url)] if parent_url else []),
        *([(translated(topic, "name"), topic.get_absolute_url())] if topic else []),
        (str(context["here"]), context["request"].path),
    ]


@register.simple_tag
def linked_breadcrumb(places: list[tuple[str, str]]) -> SafeString:
    return structured_data.script(structured_data.breadcrumb(places))
