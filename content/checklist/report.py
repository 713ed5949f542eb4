from dataclasses import replace

from django.contrib.auth.models import User

from content.checklist.finding import Finding, Rule
from content.checklist.table import RULES
from content.checklist.text import Hit, Text
from content.models import Revision, Waiver


def report(revision: Revision) -> list[Finding]:
    """Everything that the rules noticed in this text, in the order of the table; what was waived says so."""
    text = Text(revision)
    waivers = {
        (waiver.rule, waiver.fingerprint): waiver
        for waiver in Waiver.objects.filter(article=revision.article_id)  # by whom: asked by the desk alone
    }
    return [with_waiver(rule, hit, waivers) for rule in RULES.values() for hit in dict.fromkeys(rule.check(text))]


def with_waiver(rule: Rule, hit: Hit, waivers: dict[tuple[str, str], Waiver]) -> Finding:
    finding = Finding(**vars(hit), rule=rule)
    return replace(finding, waiver=waivers.get((rule.id, finding.fingerprint)) if rule.can_be_waived else None)


def findings(revision: Revision) -> list[Finding]:
    """Everything that stands against publishing this text. Empty when it may go out."""
    return [finding for finding in report(revision) if finding.stands_against]


class NothingToWaive(Exception):
    """The finding is no longer there, or it is about a fact and not about words."""


def waive(*, revision: Revision, rule: str, fingerprint: str, reason: str, actor: User) -> Waiver:
    """Keep that somebody called a finding a false alarm, and why. Raises `NothingToWaive` and `ValidationError`."""
    wanted = (rule, fingerprint)
    finding = next((each for each in report(revision) if (each.rule.id, each.fingerprint) == wanted), None)
    if finding is None or not finding.rule.can_be_waived:
        raise NothingToWaive
    waiver = Waiver(
        article=revision.article,
        rule=rule,
        fingerprint=fingerprint,
        said=finding.words[:300],
        reason=reason.strip(),
        waived_by=actor,
    )
    waiver.full_clean()
    waiver.save()
    return waiver
