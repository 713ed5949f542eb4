from django.urls import path, re_path

from content.models import Notice
from content.models.blocks import Audience
from content.views import articles, helpful, history, leave, machines, notices, search, sitemaps, topics

LATER_PAGE = "(?P<number>[2-9]|[1-9][0-9]{1,4})"  # of a list; the first page has the address without a number

app_name = "content"
urlpatterns = [
    path("", articles.home, name="home"),
    path("articles/", articles.article_list, name="article_list"),
    path("articles/a-z/", topics.article_a_z, name="article_a_z"),
    re_path(rf"^articles/a-z/{LATER_PAGE}/$", topics.article_a_z, name="article_a_z"),
    path("articles/feed/", machines.article_feed, name="article_feed"),
    path("articles/<slug:slug>/", articles.article_detail, name="article_detail"),
    path(
        "articles/<slug:slug>/for-someone-i-love/",
        articles.article_detail,
        {"audience": Audience.LOVED_ONE},
        name="article_for_someone",
    ),
    path("articles/<slug:slug>/history/", history.article_history, name="article_history"),
    re_path(  # a number has one spelling: each address is kept as a page of its own
        r"^articles/(?P<slug>[-\w]+)/history/(?P<number>[1-9][0-9]{0,8})/$",
        history.article_history,
        name="article_version",
    ),
    path("topics/<slug:slug>/", topics.topic_detail, name="topic_detail"),
    re_path(rf"^topics/(?P<slug>[-\w]+)/{LATER_PAGE}/$", topics.topic_detail, name="topic_detail"),
    path("articles/<slug:slug>/card/", articles.article_card, name="article_card"),
    path("articles/<slug:slug>/helpful/", helpful.article_helpful, name="article_helpful"),
    path("articles/<slug:slug>/helpful/thanks/", helpful.article_helpful_thanks, name="article_helpful_thanks"),
    path("search/", search.search, name="search"),
    path("reviewers/<slug:slug>/", topics.reviewer_detail, name="reviewer_detail"),
    re_path(rf"^reviewers/(?P<slug>[-\w]+)/{LATER_PAGE}/$", topics.reviewer_detail, name="reviewer_detail"),
    *(
        path(f"{kind.replace('_', '-')}/", notices.notice_detail, {"kind": kind}, name=kind)
        for kind in Notice.Kind.values
    ),
    *(
        re_path(
            rf"^{kind.replace('_', '-')}/versions/(?P<number>[1-9][0-9]{{0,3}})/$",
            notices.notice_version,
            {"kind": kind},
            name=f"{kind}_version",
        )
        for kind in Notice.Kind.values
    ),
    *(
        path(address, notices.template_page, {"template": f"content/{name}.html"}, name=name)
        for address, name in (
            ("help-now/", "help_now"),
            ("help-now/what-to-say/", "what_to_say"),
            ("what-we-store/", "stored"),
            ("leaving/", "leaving"),
        )
    ),
    path("glossary/", notices.glossary, name="glossary"),
    path("leave/", leave.leave, name="leave"),
]
# For programs: one address each, in no language.
for_machines = [
    path("sitemap.xml", sitemaps.sitemap, name="sitemap"),
    path("robots.txt", machines.robots, name="robots"),
    path(".well-known/security.txt", machines.security_txt, name="security_txt"),
    re_path(r"^media/(?P<name>[0-9a-f]{32}\.(webp|jpg|png))$", machines.picture, name="picture"),
]
