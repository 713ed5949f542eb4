"""`csrf_token` for every template: on the staff site a form also says which form of which tab it is."""

import re
import uuid

from django import template
from django.conf import settings
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString

from admissions.services.kept_forms import FormOfTab

register = template.Library()
FIELD = "staff_form"
_TAB = "_tab_of_staff_forms"


@register.simple_tag(takes_context=True)
def csrf_token(context: Context, *names: object) -> SafeString:
    """Django's own field, and on the staff site one more, by which nothing typed is lost and nothing is done twice.

    A page with several forms gives each a name, like `"answer" thread.pk`. `None` is for a form that stores no words.
    """
    field = CsrfTokenNode().render(context)
    request = context.get("request")
    if None in names or request is None or not (settings.HAS_ADMIN and request.path_info.startswith("/admin/")):
        return SafeString(field)
    name = re.sub(r"[^a-z0-9]+", "-", " ".join(map(str, names)).lower())[:100]
    posted = FormOfTab.read(request.POST.get(FIELD, ""))
    same = posted or FormOfTab.read(context.get("kept_form") or "")  # a form that is filled with what was kept of it
    tab = same.tab if same else getattr(request, _TAB, None)
    if tab is None:
        tab = uuid.uuid4()
        setattr(request, _TAB, tab)
    form = FormOfTab(tab, name, same.page if same else request.path)
    mark = format_html(' data-refused="{}"', "yes") if posted and posted.name == name else ""
    return format_html('{}<input type="hidden" name="{}" value="{}"{}>', SafeString(field), FIELD, str(form), mark)
