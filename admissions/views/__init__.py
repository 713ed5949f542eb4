from admissions.views.ask import chat, contact, request_a_call
from admissions.views.changes import add_line, change_contact_preferences, destroy, take_back_consent
from admissions.views.expired import csrf_failure
from admissions.views.received import received
from admissions.views.visit import finish, return_page, stay

__all__ = [
    "add_line",
    "change_contact_preferences",
    "chat",
    "contact",
    "csrf_failure",
    "destroy",
    "finish",
    "received",
    "request_a_call",
    "return_page",
    "stay",
    "take_back_consent",
]
