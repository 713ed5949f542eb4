from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path
from django.views.decorators.http import require_GET

from admissions.views.our_word import our_word
from content.delivery.cached_page import cached_page
from content.urls import for_machines
from content.views.drafts import shared
from magnified import health
from magnified.styleguide import styleguide

handler400 = "magnified.views.bad_request"
handler403 = "magnified.views.permission_denied"
handler404 = "magnified.views.page_not_found"
handler500 = "magnified.views.server_error"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("styleguide/", styleguide, name="styleguide"),
    path("", include((for_machines, "machines"))),
    *i18n_patterns(
        path("", include("admissions.urls")),
        path("", include("content.urls")),
        path("our-word/", cached_page(our_word), name="our_word"),
        prefix_default_language=False,
    ),
]
if settings.HAS_ADMIN:
    urlpatterns[:0] = [
        path("admin/", admin.site.urls),
        path("shared/", require_GET(shared), name="shared"),  # drafts, so the public process does not have it
    ]
