"""500 hostile texts, each different: what an attacker, or a page somebody copies from, could put on a clipboard."""

import itertools
import re
from html.parser import HTMLParser

from content.text import rich_text

CODE = "window.hit=1"
PAYLOADS = (
    f"<script>{CODE}</script>",
    f"<ScRiPt\t>{CODE}</sCrIpT\n>",
    f"<scr<script>ipt>{CODE}</scr</script>ipt>",
    f"<script/src='data:text/javascript,{CODE}'></script>",
    "<script src=//evil.example/x.js></script>",
    f"<img src=x onerror={CODE}>",
    f"<img src=x onerror='{CODE}'//>",
    f'<IMG SRC=x OnErRoR="{CODE}">',
    f"<img/src=x/onerror={CODE}>",
    f"<img src='x' srcset='https://evil.example/x 1x' onload={CODE}>",
    f"<image href=x onerror={CODE}>",
    f"<svg onload={CODE}></svg>",
    f"<svg><script>{CODE}</script></svg>",
    f"<svg><animate onbegin={CODE} attributeName=x dur=1s></svg>",
    f"<svg><a xlink:href='javascript:{CODE}'><text y=20>x</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=window.hit=1/>#x'></use></svg>",
    f"<svg><foreignObject><iframe srcdoc='<script>parent.{CODE}</script>'></iframe></foreignObject></svg>",
    f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror={CODE}&gt;'>",
    f"<math href='javascript:{CODE}'>x</math>",
    f"<math><annotation-xml encoding='text/html'><img src=x onerror={CODE}></annotation-xml></math>",
    f"<a href='javascript:{CODE}'>x</a>",
    f"<a href='JaVaScRiPt:{CODE}'>x</a>",
    f"<a href=' \x01javascript:{CODE}'>x</a>",
    f"<a href='java&#9;script:{CODE}'>x</a>",
    f"<a href='java\nscript:{CODE}'>x</a>",
    f"<a href='&#106;avascript:{CODE}'>x</a>",
    f"<a href='javascript&colon;{CODE}'>x</a>",
    f"<a href='vbscript:{CODE}'>x</a>",
    f"<a href='data:text/html,<script>{CODE}</script>'>x</a>",
    f"<a href='https://example.org/' onclick='{CODE}'>x</a>",
    f"<a href='https://example.org/' onmouseover={CODE} style=position:fixed;inset:0>x</a>",
    f"<p onclick='{CODE}'>x</p>",
    "<p style='background:url(https://evil.example/x)'>x</p>",
    "<p style=\"background:url('javascript:1')\">x</p>",
    "<p id=step-1 class=danger name=main>x</p>",
    "<style>@import url(https://evil.example/x.css);</style>",
    "<style>*{background:url(https://evil.example/x)}</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<base href=https://evil.example/>",
    f"<iframe srcdoc='<script>parent.{CODE}</script>'></iframe>",
    f"<iframe src='javascript:parent.{CODE}'></iframe>",
    "<iframe src=https://evil.example/></iframe>",
    f"<object data='data:text/html,<script>{CODE}</script>'></object>",
    "<embed src=https://evil.example/x.swf>",
    f"<form action='javascript:{CODE}'><input autofocus onfocus={CODE}><button>x</button></form>",
    f"<input onfocus={CODE} autofocus>",
    f"<details open ontoggle={CODE}><summary>x</summary></details>",
    f"<video><source onerror={CODE}></video>",
    f"<audio src=x onerror={CODE}></audio>",
    f"<body onload={CODE}>",
    f"<marquee onstart={CODE}>x</marquee>",
    f"<template><img src=x onerror={CODE}></template>",
    f"<noscript><p title='</noscript><img src=x onerror={CODE}>'></noscript>",
    f"<textarea></textarea><img src=x onerror={CODE}>",
    f"<title></title><img src=x onerror={CODE}>",
    f"<!--><img src=x onerror={CODE}>-->",
    f"<![CDATA[<img src=x onerror={CODE}>]]>",
    f"<?xml version='1.0'?><p onclick={CODE}>x</p>",
    f"<select><template><img src=x onerror={CODE}></template></select>",
    f"<table background='javascript:{CODE}'><td background=https://evil.example/x>x</td></table>",
    f"<td onmouseover={CODE}>x</td>",
    f"<xss onpointerenter={CODE} style=display:block tabindex=1>x</xss>",
)
WRAPPERS = (
    "{}",
    "<p>Before {} after.</p>",
    "<ul><li><p>{}</p></li></ul>",
    "<table><tbody><tr><td>{}</td></tr></tbody></table>",
    "<blockquote><p><strong>{}</strong></p></blockquote>",
    "<p>[@kelly-2020]</p>{}<h3>Next</h3>",
    "<p class=MsoNormal><span style='mso-fareast-language:EN-US'>{}<o:p></o:p></span></p>",
    "<b style='font-weight:normal;' id='docs-internal-guid-1'>{}</b>",
)
HOSTILE = tuple(wrapper.format(payload) for payload, wrapper in itertools.product(PAYLOADS, WRAPPERS))[:500]


class Faults(HTMLParser):
    """What a text holds beside the markup that editors may write, as a parser of another make reads it."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.found = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in rich_text.TAGS:
            self.found.append(tag)
        for name, value in attrs:
            allowed = {"a": {"href"}, "th": {"colspan", "rowspan"}, "td": {"colspan", "rowspan"}}.get(tag, set())
            address = "".join(character for character in (value or "") if character > " ").lower()
            if name not in allowed or (name == "href" and not re.match(r"(https:|mailto:|tel:|/|#|[^:]*$)", address)):
                self.found.append(f"{tag} {name}={value}")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_comment(self, data):
        self.found.append(f"comment {data}")

    def handle_decl(self, decl):
        self.found.append(decl)

    handle_pi = unknown_decl = handle_decl
