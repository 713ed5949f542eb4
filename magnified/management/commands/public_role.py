from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from magnified import public_role
from magnified.environment import text


class Command(BaseCommand):
    help = "Make the database role that PUBLIC_DATABASE_URL names, with the rights of the public process and no others."

    def handle(self, *args: Any, **options: Any) -> None:
        url = urlsplit(text("PUBLIC_DATABASE_URL"))
        if connection.vendor != "postgresql" or not url.username:
            raise CommandError(
                "PUBLIC_DATABASE_URL names no PostgreSQL role. Set it to postgres://ROLE:PASSWORD@host/database."
            )
        role = unquote(url.username)
        if role == public_role.owner():
            raise CommandError(f"{role} owns the tables and sees everything. Name another role for the public process.")
        try:
            public_role.grant(role, password=unquote(url.password or ""))
        except DatabaseError as error:  # its text would hold the password
            raise CommandError(f"The rights of {role} could not be set: {type(error).__name__}.") from None
        self.stdout.write(f"{role} may read the pages, add messages, and open the thread whose code it was given.")
