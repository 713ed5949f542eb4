from django import template

from content.text import retention as text

register = template.Library()


@register.simple_tag
def retention(name: str) -> str:
    """How long what has this name in `RETENTION_DAYS` is kept, like “90 days”."""
    return text.period(name)
