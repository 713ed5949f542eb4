"""In every template without being loaded: what a page says differently in each language."""

from django import template

from content import languages

register = template.Library()
register.filter("long_date", languages.long_date)
