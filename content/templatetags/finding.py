"""What a page tells search engines and those who share its address."""

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.translation import gettext as _

from content.languages import translated
from content.rendering import structured_data

register = template.Library()
register.filter("absolute", structured_data.absolute)
register.filter("medical_page", structured_data.article)
register.filter("person", structured_data.person)
register.filter("organization", structured_data.organization)
register.filter("breadcrumb", structured_data.breadcrumb)
register.filter("data_block", structured_data.script)


@register.simple_tag(takes_context=True)
def public_address(context: Context) -> str:
    """The page's one address, under PUBLIC_URL and without a query."""
    return structured_data.absolute(context["request"].path)


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
