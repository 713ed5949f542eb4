from django.core.management.base import BaseCommand

from admissions.services import retention


class Command(BaseCommand):
    help = (
        "Destroy what is no longer kept (RETENTION_DAYS): inquiries that were handled, junk that somebody has opened. "
        "What nobody dealt with stays, and so does what is under a legal hold. The worker does this once a day."
    )

    def handle(self, **options):
        self.stdout.write(f"Destroyed: {retention.purge()}")
