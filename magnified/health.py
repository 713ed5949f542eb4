"""For the machine that watches: is the process alive, can it do its work. No data in the answers."""

from ipaddress import ip_address

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from admissions.crypto import keys
from admissions.errors import CannotOpen, CannotSeal
from admissions.models import Alert

PASSED_ON = ("HTTP_X_FORWARDED", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP")  # what proxies add to a request


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the parts that this role needs work, else 503; names of parts only.

    Whether an alert is late is told on this machine alone: anybody else would learn that somebody wrote to us.
    """
    parts = {"database": database_answers()}
    if settings.SITE_ROLE != "worker":
        parts["key"] = keys_are_usable()
    is_ready = all(parts.values())
    if not is_from_this_machine(request):
        return JsonResponse({"ready": is_ready}, status=200 if is_ready else 503)
    if settings.SITE_ROLE != "public" and parts["database"]:
        parts["outbox"] = not Alert.objects.late().exists()
    return JsonResponse(
        {part: "ok" if works else "failing" for part, works in parts.items()},
        status=200 if all(parts.values()) else 503,
    )


def is_from_this_machine(request: HttpRequest) -> bool:
    """Asked on loopback, and not by a proxy for somebody else."""
    try:
        is_near = ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
    return is_near and not any(name.startswith(PASSED_ON) for name in request.META)


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
