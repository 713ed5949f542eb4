import pytest


@pytest.fixture(autouse=True)
def _desk(as_staff):
    """What the desk does, it does with the rights of its own process."""
