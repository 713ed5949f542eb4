"""Find published articles by words. Queries are stored nowhere.

Every published article has one row of folded words: lower case, without accents, so that "Malaga" finds "Málaga" on
every database without an extension. A word that no article has is mended against the words that they do have, or asked
for by another name (`vocabulary`).
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from content.models import Article, Revision, SearchEntry, SearchWord
from content.rendering.article import card, snapshot_for, snapshot_text, steps_of
from content.search.vocabulary import (
    CRISIS,
    CRISIS_WORDS,
    DRUGS,
    IN_ONE_WORD,
    KNOWN,
    NUMBER_NAMES,
    NUMBER_OF,
    ORDINALS,
    OTHER_NAMES,
    SAME,
    STEPS,
    STOP_WORDS,
    WHOLE_WORDS,
)
from content.text import rich_text
from content.text.block_kinds import HEADINGS, WORDS
from content.text.characters import without_format_signs
from content.text.snapshot import Snapshot
from content.text.spelling import distance

MAX_LETTERS, MAX_WORDS, MAX_RESULTS, MAX_CANDIDATES = 200, 8, 20, 3000
EXCERPT = 200
WORD = re.compile(r"[^\W_]+")
UNHEARD = {"Cf", "Mn", "Me"}  # Unicode's categories: format signs, and marks on or around a letter
NAMES = frozenset(name.rpartition("-")[2] for names in OTHER_NAMES.values() for name in names)
# What an ear makes of letters, one rule after the other: vowels are all alike to it, and only a first one is heard.
HEARD = {
    "c(?=[eiy])|z|^x": "s",
    "[cq]": "k",
    "x": "ks",
    "ph": "f",
    "h": "",
    "d": "t",
    "v": "b",
    r"(.)\1+": r"\1",
    "^[aeiouy]": "A",
    "[aeiouy]": "",
}
ENDINGS = ("ies", "ing", "es", "ed", "s", "y")


@dataclass(frozen=True)
class Answer:
    """`corrected_query` is empty when nothing was mended. `partly`: no article has every word."""

    results: list[dict[str, object]]
    crisis: bool
    corrected_query: str = ""
    partly: bool = False
    more: bool = False


def fold(text: str) -> str:
    """Lower case, without accents and what only steers how a word is set: soft hyphens, signs without width.

    What is indexed and what is asked go through the same function. After a change a migration empties the index
    (`forget_words` in 0003 is one), and `load_starter` makes it anew.
    """
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if unicodedata.category(char) not in UNHEARD)


def words_of(text: str) -> list[str]:
    return WORD.findall(fold(text))


def find(query: str, *, language: str = "en", as_typed: bool = False) -> Answer:
    """Published articles for `query`, the best first; `as_typed` mends nothing.

    `crisis` says that the words speak of danger to life: the page then shows the ladder before anything else, and
    tells nobody in danger that another word was meant.
    """
    query = unicodedata.normalize("NFC", without_format_signs(query)[:MAX_LETTERS])
    typed = IN_ONE_WORD.sub(r"\1\3 \2\4", " ".join(words_of(query))).split()
    crisis = speaks_of_danger(typed)
    distinct = list(dict.fromkeys(typed))
    words = [word for word in distinct if word not in STOP_WORDS][:MAX_WORDS] or distinct[:MAX_WORDS]
    if not words:
        return Answer([], crisis)
    mended = {} if as_typed or crisis else mend(words, language)
    asked = [part for word in words for part in words_of(mended.get(word, word))]
    step = asked_step(typed)
    keys, partly = ranked(asked, language, step=step), False
    if not keys and len(asked) > 1:
        keys, partly = ranked(asked, language, step=step, every=False), True
    articles = Article.objects.published().prefetch_related("topics").in_bulk(keys[:MAX_RESULTS]) if keys else {}
    best = [articles[key] for key in keys[:MAX_RESULTS] if key in articles]
    if step or are_the_steps(words):
        best.sort(key=lambda article: not has_step(article, step or 12))
    return Answer(
        results=[result_of(article, asked) for article in best],
        crisis=crisis,
        corrected_query=respelled(query, mended, best) if mended and keys else "",
        partly=partly and bool(keys),
        more=len(keys) > MAX_RESULTS,
    )


def speaks_of_danger(words: list[str]) -> bool:
    return bool(CRISIS.search(" ".join(words))) or any(
        distance(word, crisis, 1) <= 1 for word in words if len(word) >= 6 for crisis in CRISIS_WORDS
    )


def ranked(words: list[str], language: str, *, step: int = 0, every: bool = True) -> list[int]:
    # an article says "step four" or "the fourth", or its title says that all 12 are there
    numbers = [*NUMBER_NAMES[step - 1], "12"] if step else []
    groups = [
        [(name, False) for name in dict.fromkeys([*same(word), *(numbers if word in numbers else [])])]
        + ([(beginning(word), True)] if begins_others(word) else [])
        for word in words
    ]
    return SearchEntry.objects.best(groups, every=every, language=language, limit=MAX_RESULTS + 1)


def asked_step(words: list[str]) -> int:
    """Which of the 12 steps is asked for, as in "step 4" and "the fourth step", or none: "12 steps" are all of them."""
    for word, following in pairwise(words):
        if word in STEPS and following in NUMBER_OF:
            return NUMBER_OF[following]
        if word in ORDINALS and following in STEPS:
            return NUMBER_OF[word]
    return 0


def are_the_steps(words: list[str]) -> bool:
    """Whether all 12 steps are asked for and nothing else, as in "the twelve steps"."""
    return len(words) == 2 and NUMBER_OF.get(words[0]) == 12 and words[1] in STEPS


def has_step(article: Article, number: int) -> bool:
    return any(step["number"] == number for step in steps_of(article))


def same(word: str) -> list[str]:
    """The names of a number for any of them, else the word itself."""
    return SAME.get(word, [word])


def begins_others(word: str) -> bool:
    """Whether words that begin like this one are meant too: "sponsor" finds "sponsorship", "12" finds 12 alone."""
    return len(word) >= 3 and word.isalpha() and word not in WHOLE_WORDS


def beginning(word: str) -> str:
    """`word` without an ending of number or time, so that "therapies" finds "therapy" and "drinks" finds "drinking"."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word


def mend(words: list[str], language: str) -> dict[str, str]:
    """What to ask for instead of the words that no published article has: another name of the same thing, or what a
    misspelt word was probably meant to be. At most two queries."""
    doubtful = [word for word in words if word in OTHER_NAMES or may_be_misspelt(word)]
    if not doubtful:
        return {}
    vocabulary = SearchWord.objects.filter(language=language)
    wanted = {*doubtful, *NAMES, *DRUGS}
    present = set(vocabulary.filter(word__in=wanted).values_list("word", flat=True))
    unknown = [word for word in doubtful if word not in present]
    if not unknown:
        return {}
    like = Q()
    for word in unknown:  # people rarely miss both the first letter and the last ones
        like |= Q(word__startswith=word[0]) | Q(word__startswith=word[1]) | Q(word__endswith=word[-3:])
    candidates = list(
        vocabulary.filter(like).order_by("-articles", "word").values_list("word", flat=True)[:MAX_CANDIDATES]
    )
    meant = {word: meant_by(word, candidates, present) for word in unknown}
    return {word: name for word, name in meant.items() if name}


def meant_by(word: str, candidates: list[str], present: set[str]) -> str:
    """Another word for one that no article has, or nothing."""
    begins = beginning(word)
    if begins_others(word) and any(candidate.startswith(begins) for candidate in candidates):
        return ""  # it finds these
    if word in OTHER_NAMES:
        return other_name(word, present)
    absent = DRUGS - present
    # a drug that no article has comes first of equals, so that no other is shown for it
    near = nearest_word(word, [*sorted(absent), *candidates])
    if near not in absent:
        return near
    is_near = len(near) >= 7 and distance(word, near, 1) <= 1  # "restore" is not Restoril
    is_sure = len(word) >= 9 or is_near or sound(word) == SOUNDS[near]
    return other_name(near, present) if is_sure else ""


def may_be_misspelt(word: str) -> bool:
    is_known = word in KNOWN or word.removesuffix("s") in KNOWN or word in STOP_WORDS
    return len(word) >= 5 and word.isalpha() and not is_known


def other_name(word: str, present: set[str]) -> str:
    """The first other name of `word` that articles have; "al-anon" is there when "anon" is."""
    return next((name for name in OTHER_NAMES[word] if name.rpartition("-")[2] in present), "")


def nearest_word(word: str, candidates: list[str]) -> str:
    """The candidate that differs least, the first of equals; empty when `word` is an inflection, or none is near.

    Two letters make another word of a short one, unless a drug was meant: few words are like the name of one, or sound
    like it.
    """
    stem = beginning(word)
    if stem != word and any(candidate.startswith(stem) for candidate in candidates):
        return ""
    best, least, heard = "", 3, sound(word)
    for candidate in candidates:
        is_drug = candidate in DRUGS and (len(word) >= 7 or heard == SOUNDS[candidate])
        allowed = 2 if len(word) >= 9 or is_drug else 1
        limit = min(allowed, least - 1)
        if (apart := distance(word, candidate, limit)) <= limit:
            best, least = candidate, apart
    return best


def sound(word: str) -> str:
    """The consonants as an ear has them, so that "percaset" and "percocet" are the same."""
    for letters, heard in HEARD.items():
        word = re.sub(letters, heard, word)
    return word


SOUNDS = {drug: sound(drug) for drug in DRUGS}


def respelled(query: str, mended: dict[str, str], articles: list[Article]) -> str:
    """The mended query, its new words with the accents that they have in these articles."""
    texts = [snapshot_text(article.published_revision.snapshot) for article in articles if article.published_revision]
    written = [unicodedata.normalize("NFC", text) for text in texts]

    def as_written(word: str) -> str:
        same = (other for text in written for other in WORD.findall(text) if fold(other) == word)
        return next(same, word).lower()

    spelled = {word: WORD.sub(lambda part: as_written(part[0]), new) for word, new in mended.items()}
    return WORD.sub(lambda word: spelled.get(fold(word[0]), word[0]), query)


def result_of(article: Article, words: list[str]) -> dict[str, object]:
    """A result: the article's card with the words marked in a line around them."""
    assert article.published_revision
    return card(article) | {"excerpt": excerpt(article.published_revision.snapshot, words)}


def excerpt(snapshot: Snapshot, words: list[str]) -> SafeString:
    """The line, as readers of the page that the result leads to see it, that has most of the words, cut around the
    first and with all of them marked. The short answer stands in for words that are for the other audience alone."""
    stems = [beginning(name) for word in words for name in same(word)]  # most lines have none, which is quickly seen
    text = without_format_signs(snapshot_text(snapshot_for(snapshot)))
    folded = ((line, fold(line)) for line in text.splitlines()[1:])
    lines = [line for line, words_of_it in folded if any(stem in words_of_it for stem in stems)]
    counted = [(len({hit for _, _, hit in hits(line, words)}), line) for line in lines]
    most, line = max(counted, key=lambda pair: pair[0], default=(0, ""))
    return marked(around(line if most else snapshot["short_answer"], words), words)


def hits(line: str, words: list[str]) -> list[tuple[int, int, str]]:
    """Where `line` has one of the words: begin, end and which."""
    wanted = [(word, same(word), beginning(word) if begins_others(word) else "") for word in words]
    places = []
    for match in WORD.finditer(line):
        here = fold(match[0])
        hit = next((word for word, names, stem in wanted if here in names or (stem and here.startswith(stem))), None)
        if hit:
            places.append((match.start(), match.end(), hit))
    return places


def around(line: str, words: list[str]) -> str:
    """At most `EXCERPT` letters of `line` with the first hit in them, if there is one, cut between words."""
    line = unicodedata.normalize("NFC", line)
    if len(line) <= EXCERPT:
        return line
    first = next((begin for begin, _, _ in hits(line, words)), 0)
    begin = 0 if first < EXCERPT * 2 // 3 else line.rfind(" ", 0, first - EXCERPT // 3) + 1
    cut = line[begin : begin + EXCERPT]
    if begin + EXCERPT < len(line):
        cut = cut.rsplit(" ", 1)[0] + " …"
    return f"… {cut}" if begin else cut


def marked(line: str, words: list[str]) -> SafeString:
    """`line`, escaped, with every hit in a `<mark>`."""
    parts, done = [], 0
    for begin, end, _ in hits(line, words):
        parts += [escape(line[done:begin]), "<mark>", escape(line[begin:end]), "</mark>"]
        done = end
    return mark_safe("".join([*parts, escape(line[done:])]))  # noqa: S308 reason=every part but our own tag is escaped


@transaction.atomic
def index(article: Article) -> None:
    """Bring the article's rows up to date with what is on the site or has a date to come there.

    Called in the transaction that publishes or changes a date.
    """
    entries = SearchEntry.objects.filter(article=article)
    before = vocabulary(entries.all())
    wanted = list(article.revisions.ending_after(timezone.now()))
    entries.exclude(revision__in=wanted).delete()
    for revision in wanted:
        dates = {"shown_from": revision.published_at, "shown_until": revision.published_until}
        if not entries.filter(revision=revision).update(**dates):
            snapshot = revision.snapshot
            texts = entry_texts(snapshot) | {"language": snapshot["language"]}
            SearchEntry.objects.create(revision=revision, article=article, **texts, **dates)
    after = vocabulary(entries.all())
    for language in sorted(before.keys() | after.keys()):
        count(language, before[language] - after[language], -1)
        count(language, after[language] - before[language], +1)


def vocabulary(entries: Iterable[SearchEntry]) -> defaultdict[str, set[str]]:
    """The words of one article's rows, by language."""
    words: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries:
        words[entry.language] |= entry.vocabulary()
    return words


def entry_texts(snapshot: Snapshot) -> dict[str, str]:
    """The folded words of a snapshot by their weight, and the letter under which its title stands."""
    lead, text = [snapshot["short_answer"]], []
    for block in snapshot["blocks"]:
        lead += [block.get(name, "") for name in HEADINGS]
        text += [block.get(name, "") for name in WORDS]
        text.append(rich_text.plain_text(block.get("text", "")))
    texts = {
        name: " ".join(words_of(" ".join(parts)))
        for name, parts in {"title": [snapshot["title"]], "lead": lead, "words": text}.items()
    }
    return texts | {"letter": SearchEntry.letter_of(texts["title"])}


def count(language: str, words: Iterable[str], change: int) -> None:
    """Add or take one article to or from each word. Rows are locked in one order, so that two publications at a time
    never wait for each other."""
    words = sorted(words)
    if not words:
        return
    if change > 0:
        SearchWord.objects.bulk_create(
            [SearchWord(language=language, word=word) for word in words], ignore_conflicts=True
        )
    rows = SearchWord.objects.filter(language=language, word__in=words)
    list(rows.order_by("word").select_for_update().values_list("pk"))
    rows.update(articles=F("articles") + change)
    if change < 0:
        rows.filter(articles=0).delete()


def index_all(*, rebuild: bool = False) -> int:
    """Index every article with a text on the site that has no row yet; with `rebuild`, every one. Returns how many."""
    if rebuild:
        with transaction.atomic():
            SearchEntry.objects.all().delete()
            SearchWord.objects.all().delete()
    missing = Revision.objects.ending_after(timezone.now()).filter(search_entry=None)
    indexed = 0
    for article in Article.objects.filter(pk__in=missing.values("article")).iterator(chunk_size=100):
        index(article)
        indexed += 1
    return indexed
