import pytest
from django.db import connection
from django.db.models import QuerySet

from admissions.models import Disclosure


@pytest.fixture
def rows(db):
    """The rows as the owner of the database has them: no trigger, and not our manager that refuses."""
    if connection.vendor == "postgresql":
        connection.cursor().execute("ALTER TABLE admissions_disclosure DISABLE TRIGGER USER")
    return QuerySet(Disclosure)
