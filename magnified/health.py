"""For the machine that watches: is the process alive, can it do its work. No data in the answers."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from admissions import keys
from admissions.errors import CannotOpen, CannotSeal
from admissions.models import Alert


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the parts that this role needs work, else 503; names of parts only."""
    parts = {"database": database_answers()}
    if settings.SITE_ROLE != "worker":
        parts["key"] = keys_are_usable()
    if settings.SITE_ROLE != "public" and parts["database"]:
        parts["outbox"] = not Alert.objects.late().exists()
    return JsonResponse(
        {part: "ok" if works else "failing" for part, works in parts.items()},
        status=200 if all(parts.values()) else 503,
    )


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def keys_are_usable() -> bool:
    """The public key can seal; where threads are opened, the private key can open."""
    try:
        keys.team_public()
        if settings.HAS_ADMIN:
            keys.team_private()
    except (CannotSeal, CannotOpen):
        return False
    return True
