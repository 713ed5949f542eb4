from urllib.parse import unquote, urlsplit

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from magnified import database_roles
from magnified.environment import text


class Command(BaseCommand):
    help = (
        "Make the database roles that PUBLIC_DATABASE_URL, STAFF_DATABASE_URL and WORKER_DATABASE_URL name, with the "
        "rights of these processes and no others. Run it at each release, as the owner of the tables."
    )

    def handle(self, *args: object, **options: object) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Only PostgreSQL has roles. Set DATABASE_URL to the one that the site uses.")
        urls = {name: urlsplit(text(process.setting)) for name, process in database_roles.PROCESSES.items()}
        roles = {name: unquote(url.username or "") for name, url in urls.items()}
        for name, process in database_roles.PROCESSES.items():
            if not roles[name]:
                raise CommandError(
                    f"{process.setting} names no role. Set it to postgres://ROLE:PASSWORD@host/database."
                )
        if len(set(roles.values())) < len(roles):
            raise CommandError("Two processes have the same role. Give each one of its own.")
        passwords = {name: unquote(url.password or "") for name, url in urls.items()}
        try:
            database_roles.grant(roles, passwords)
        except database_roles.UnsafeRole as error:
            raise CommandError(str(error)) from None
        except DatabaseError as error:  # its text would hold a password
            raise CommandError(f"The rights could not be set: {type(error).__name__}.") from None
        for name, process in database_roles.PROCESSES.items():
            self.stdout.write(f"{roles[name]} ({name}) may {process.summary}.")
