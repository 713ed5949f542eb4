"""In every template without being loaded: what a page says differently in each language."""

from dataclasses import dataclass

from django import template
from django.template.context import Context

from content import languages

register = template.Library()
register.filter("long_date", languages.long_date, expects_localtime=True)
register.filter("translated", languages.translated)


@dataclass(frozen=True)
class Edition:
    """A page in the other language, or that language's home page where there is none."""

    language: str
    path: str
    exists: bool

    @property
    def name(self) -> str:
        return (languages.OWN_NAMES if self.exists else languages.HOME_ONLY)[self.language]


@register.simple_tag(takes_context=True)
def other_edition(context: Context) -> Edition:
    """Where the switch leads: to the same path, unless the view named another `counterpart`, or "" for none."""
    language, path = languages.other(), context.get("counterpart")
    if path is None:
        path = languages.in_other(context["request"].path)
    return Edition(language, path or languages.root(language), bool(path))
