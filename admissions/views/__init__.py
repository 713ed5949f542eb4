from admissions.views.ask import contact, csrf_failure, request_a_call
from admissions.views.come_back import chat, come_back, received

__all__ = ["chat", "come_back", "contact", "csrf_failure", "received", "request_a_call"]
