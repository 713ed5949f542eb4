"""Who may do what: the one table. `manage.py sync_roles` brings the database in line with it, at every release.

Content roles see nothing of admissions; admissions roles change nothing in content. Opening a thread asks for
membership of `admissions` or `admissions_lead`, never for a permission or a superuser.
"""

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from content.models import blocks

VIEW, ADD, CHANGE, DELETE = "view", "add", "change", "delete"
READ, EDIT, ALL = (VIEW,), (VIEW, ADD, CHANGE), (VIEW, ADD, CHANGE, DELETE)

BLOCKS = (*(model.__name__.lower() for model in blocks.BLOCKS), "relatedarticle")
WRITE_ARTICLES = {
    "article": EDIT,
    "picture": EDIT,
    "source": EDIT,
    "link": (VIEW, CHANGE),
    "livefinding": READ,
    "waiver": (VIEW, ADD),
    "revision": READ,
    "signoff": READ,
    "handover": (VIEW, ADD),
    "comment": EDIT,
    "topic": READ,
    "term": EDIT,
    "readeranswer": (VIEW, CHANGE, DELETE),  # somebody may have written what should not lie here
}
WRITE_ARTICLES |= dict.fromkeys(BLOCKS, ALL)
READ_ARTICLES = dict.fromkeys(WRITE_ARTICLES, READ)
READ_ORGANISATION = dict.fromkeys(("centre", "helpline", "notice", "reviewer"), READ)

CONTENT_ROLES: dict[str, dict[str, tuple[str, ...]]] = {
    "writer": WRITE_ARTICLES | READ_ORGANISATION,
    "reviewer": READ_ARTICLES | READ_ORGANISATION | {"signoff": (VIEW, ADD), "comment": EDIT},
    "publisher": WRITE_ARTICLES
    | {
        "article": (*EDIT, "publish"),
        "waiver": (VIEW, ADD, DELETE),
        "topic": EDIT,
        "term": ALL,
        "centre": (VIEW, CHANGE),
        "helpline": ALL,
        "notice": (VIEW, ADD),
        "reviewer": EDIT,
    },
}
DUTY = ("openinghours", "shift", "closedday", "pause")

ADMISSIONS_ROLES: dict[str, dict[str, tuple[str, ...]]] = {
    "admissions": dict.fromkeys(("inquiry", "cannedreply", *DUTY), READ),
    "admissions_lead": dict.fromkeys(("inquiry", "alert"), READ) | dict.fromkeys(("cannedreply", *DUTY), ALL),
    "privacy_officer": {"disclosure": READ},
}
# Staff accounts: the privacy officer makes and deactivates them, and deletes none.
AUTH_ROLES: dict[str, dict[str, tuple[str, ...]]] = {"privacy_officer": {"user": EDIT}}

# A new role also gets a chapter in `magnified/handbook.py`.
ROLES = (*CONTENT_ROLES, *ADMISSIONS_ROLES)
TABLES = {"content": CONTENT_ROLES, "admissions": ADMISSIONS_ROLES, "auth": AUTH_ROLES}


def permissions_of(role: str) -> set[tuple[str, str]]:
    """(app label, codename) of everything the role may do."""
    return {
        (app_label, f"{verb}_{model}")
        for app_label, roles in TABLES.items()
        for model, verbs in roles.get(role, {}).items()
        for verb in verbs
    }


@transaction.atomic
def sync_roles() -> None:
    """Make groups and their permissions equal to the table. Idempotent; may be run again at any time.

    Raises `LookupError` when the table names a permission that does not exist.
    """
    existing = {
        (permission.content_type.app_label, permission.codename): permission
        for permission in Permission.objects.select_related("content_type")
    }
    for role in ROLES:
        wanted = permissions_of(role)
        unknown = wanted - existing.keys()
        if unknown:
            raise LookupError(f"magnified/roles.py names permissions that do not exist: {sorted(unknown)}")
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set([existing[key] for key in wanted])
