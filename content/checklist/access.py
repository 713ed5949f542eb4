"""Whether everybody can use it: pictures that are described, headings in order, links that say where they lead."""

import re
from collections import defaultdict
from collections.abc import Iterator

from content.checklist.text import Hit, Text
from content.text import rich_text

NARROW = 640
TELLS_NOTHING = re.compile(
    r"^(click |tap )?(here|this|more|link|this (page|link|site|article)|read (more|on)|learn more"
    r"|more info(rmation)?|website|aquí|haga clic aquí|más|leer más|esta página|este enlace|enlace)\W*$",
    re.IGNORECASE,
)
FILE_NAME = re.compile(r"\.(jpe?g|png|webp|gif|heic)\b|^(img|dsc|image|photo|screenshot)[-_ ]?\d", re.IGNORECASE)
SAYS_PICTURE = re.compile(r"^(an? )?(image|picture|photo(graph)?|imagen|foto(grafía)?) (of|de)\b", re.IGNORECASE)
EMPTY_HEADING = re.compile(r"<h3>\s*(?:<[^>]+>|\s)*</h3>")
FALSE_HEADING = re.compile(r"<p><strong>([^<]{3,80})</strong></p>")
TABLE = re.compile(r"<table>(.*?)</table>", re.DOTALL)


def picture_text(text: Text) -> Iterator[Hit]:
    for at, block in enumerate(text.blocks):
        if block["type"] == "picture" and not block["alt"].strip() and not block.get("decorative"):
            yield text.hit(
                at,
                "The picture has no description.",
                "Describe it at the picture, or mark it there as decoration.",
                f"picture {block['picture']}",
            )


def picture_words(text: Text) -> Iterator[Hit]:
    for at, block in enumerate(text.blocks):
        alt = block.get("alt", "").strip()
        if FILE_NAME.search(alt):
            yield text.hit(at, f"“{alt}” is the name of a file.", "Say what the picture shows.", alt)
        elif SAYS_PICTURE.search(alt):
            reason = "The description begins by saying that it is a picture, which readers hear anyway."
            yield text.hit(at, reason, "Begin with what it shows.", alt)
        elif alt and alt == block.get("caption", "").strip():
            reason = "The description and the caption are the same, so some people hear it twice."
            yield text.hit(at, reason, "Describe what can be seen; leave the rest to the caption.", alt)


def picture_size(text: Text) -> Iterator[Hit]:
    for at, block in enumerate(text.blocks):
        if block["type"] == "picture" and block["width"] < NARROW:
            reason = f"The picture is only {block['width']} points wide and will look blurred."
            yield text.hit(at, reason, f"Upload one that is at least {NARROW} wide.", block["src"])


def headings(text: Text) -> Iterator[Hit]:
    seen: dict[str, list[str]] = defaultdict(list)  # heading: the audiences it has, "" for all readers
    for at, block in enumerate(text.blocks):
        html = block.get("text", "")
        if EMPTY_HEADING.search(html):
            yield text.hit(at, "It has an empty heading.", "Write it, or remove it.", html)
        if block["type"] == "step" and "<h3>" in html:
            reason = "A heading inside a step stands as high as the step's own."
            yield text.hit(at, reason, "Make it a paragraph that begins in bold.", html)
        for words in FALSE_HEADING.findall(html):
            if not words.rstrip().endswith((".", "!", "?", ":")):
                reason = f"“{words}” looks like a heading, but is a bold paragraph."
                yield text.hit(at, reason, "Make it a heading.", words)
        heading = block.get("heading", "").strip()
        audience = block.get("voice", "")
        if heading and any("" in {audience, other} or audience == other for other in seen[heading.lower()]):
            yield text.hit(at, "Another part has the same heading.", "Give each its own.", heading)
        if heading and heading.isupper() and len(heading) > 5:
            reason = "The heading is in capitals, which is hard to read and is spelled out letter by letter."
            yield text.hit(at, reason, "Write it as a sentence.", heading)
        seen[heading.lower()].append(audience)


def link_words(text: Text) -> Iterator[Hit]:
    for at, address, words in text.links:
        if not words:
            yield text.hit(at, f"The link to {address} has no words.", "Write where it leads.", address)
        elif TELLS_NOTHING.match(words):
            reason = f"The link “{words}” does not say where it leads."
            yield text.hit(at, reason, "Link the words that name the page.", f"{words} {address}")
        elif words.startswith(("http://", "https://", "www.")):
            reason = f"The link shows its address: “{words}”."
            yield text.hit(at, reason, "Write the name of the page instead.", words)


def tables(text: Text) -> Iterator[Hit]:
    for at, block in enumerate(text.blocks):
        for table in TABLE.findall(block.get("text", "")):
            if "<th" not in table:
                reason = "The table has no headings, so its cells say nothing when they are read aloud."
                yield text.hit(at, reason, "Make its first row a heading row.", rich_text.plain_text(table))
