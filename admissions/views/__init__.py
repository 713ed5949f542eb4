from admissions.views.ask import chat, contact, request_a_call
from admissions.views.changes import add_line, change_contact_preferences, destroy, take_back_consent
from admissions.views.come_back import received
from admissions.views.expired import csrf_failure
from admissions.views.visit import come_back, finish, stay

__all__ = [
    "add_line",
    "change_contact_preferences",
    "chat",
    "come_back",
    "contact",
    "csrf_failure",
    "destroy",
    "finish",
    "received",
    "request_a_call",
    "stay",
    "take_back_consent",
]
