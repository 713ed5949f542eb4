"""Who acts, for services that ask for a `User`."""

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def actor_of(request: HttpRequest) -> User:
    """Whoever is signed in. Raises `PermissionDenied` for a stranger: no page of the staff site lets one through."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user
