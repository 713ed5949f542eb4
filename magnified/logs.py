"""Log lines that cannot leak or be forged: one event is one line of JSON, made from a list of allowed parts.

The exception's own words are left out (a database error repeats the row, promise P20); its type and the places in our
code where it passed are what somebody needs to mend it. Addresses, query strings and bodies never get here.
"""

import json
import logging
import traceback
from datetime import UTC, datetime

# First parts of addresses that only somebody asks for who writes, comes back, or answers; files tell of the page that
# asks for them.
LEAVE_NO_LINE = {
    "contact",
    "request-a-call",
    "chat",
    "received",
    "return",
    "leave",
    "search",
    "admin",
    "shared",
    "static",
}


def leaves_a_line(method: str, path: str, status: int) -> bool:
    """Whether a request may stand in the log of requests, with its second and its size.

    When somebody wrote to us is kept to the hour, so no other record may know it better.
    """
    parts = [part for part in path.split("/") if part]
    first = next((part for part in parts if part != "es"), "")
    return first not in LEAVE_NO_LINE and (method in {"GET", "HEAD"} or status in {404, 405})


class SafeFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self.message(record),
        }
        if record.exc_info and record.exc_info[0]:
            event["error"] = record.exc_info[0].__name__
            event["at"] = [
                f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(event)

    @staticmethod
    def message(record: logging.LogRecord) -> str:
        """The message as the code words it. What Django would fill in (paths, hosts, rows) comes from outside."""
        if record.name.startswith("django.security"):
            return "A request was refused."  # here Django's words themselves repeat what the client sent
        if record.name.partition(".")[0] in {"django", "py"}:
            return str(record.msg)
        return record.getMessage()
