"""What must hold before an article is published, and what is worth a look.

Every rule stands in one table (`rules.toml`) with its reason. Each finding names the place, the reason and the cure,
and is bound to the words it was found in: a false alarm that somebody waived comes back when those words change.
"""

from content.checklist.finding import Finding
from content.checklist.report import NothingToWaive, findings, report, waive
from content.checklist.table import RULES
