import re

from django.core.management.base import BaseCommand, CommandError

from admissions.errors import ChainBroken, DisclosureNotWritten
from admissions.services import audit_log


class Command(BaseCommand):
    help = (
        "Check that the log of looks was not changed, reordered or cut. Prints the newest entry as NUMBER:DIGEST; keep "
        "it elsewhere and give it back with --kept, because only then does a log cut at its end show. The alarm "
        "outside (ALARM_PING_URL) is told the newest entry every 15 minutes."
    )

    def add_arguments(self, parser):
        parser.add_argument("--kept", dest="expected", metavar="NUMBER:DIGEST", help="A newest entry printed earlier.")

    def handle(self, *, expected: str | None, **options):
        try:
            newest = audit_log.verify(expected=self.parse(expected) if expected else None)
        except ChainBroken as error:
            raise CommandError(f"The disclosure log is broken. {error}.") from None
        except DisclosureNotWritten as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{newest.number} entries, unbroken. Newest: {newest}")

    def parse(self, text: str) -> audit_log.Head:
        match = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", text)
        if not match:
            raise CommandError("--kept must look like 12:0a1b… as printed by this command.")
        return audit_log.Head(int(match[1]), bytes.fromhex(match[2]))
