"""The table of rules, `rules.toml`, each with the function that it names."""

import tomllib
from pathlib import Path

from django.utils.module_loading import import_string

from content.checklist.finding import Rule

TABLE = Path(__file__).resolve().parent / "rules.toml"
RULES = {
    rule_id: Rule(rule_id, **entry | {"check": import_string(f"content.checklist.{entry['check']}")})
    for rule_id, entry in tomllib.loads(TABLE.read_text()).items()
}
