"""Rich text in the admin under a CSP without `unsafe-*`."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from js_asset import JSON, ImportMap, Media, Script

# The editors create <style> elements at run time. The first script, loaded before them, gives those elements the nonce.
SCRIPTS = Media(
    js=[Script("admin/staff/style-nonce.js"), Script("admin/staff/names.js")],
    importmap=ImportMap({f"staff/{name}": f"admin/staff/{name}.js" for name in ("finder", "lists", "seen", "tidy")}),
)
FINDERS = {"sources": "admin:content_source_find", "articles": "admin:content_article_find"}


class RichTextAdmin(admin.ModelAdmin):
    """For an admin page with rich text: its scripts and styles carry the nonce of the response."""

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        response: Any = super().render_change_form(request, context, *args, **kwargs)
        finders = Media(js=[JSON({kind: reverse(name) for kind, name in FINDERS.items()}, id="finders")])
        media = SCRIPTS + finders + Media.from_media(response.context_data["media"])
        response.context_data["media"] = media.with_nonce(str(request.csp_nonce))  # type: ignore[attr-defined] # reason=django-csp sets it
        return response
