from django.core.management.base import BaseCommand
from django.db import transaction

from content.search.engine import index_all


class Command(BaseCommand):
    help = "Make the search index anew from what is published. Visitors find the old index until it is done."

    @transaction.atomic
    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{index_all(rebuild=True)} articles can be found.")
