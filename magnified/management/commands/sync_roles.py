from django.core.management.base import BaseCommand

from magnified import roles


class Command(BaseCommand):
    help = "Give each role what magnified/roles.py says, after migrate. May be run again at any time."

    def handle(self, *args: object, **options: object) -> None:
        roles.sync_roles()
