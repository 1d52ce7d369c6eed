"""A person at a browser, scripted: follows the identity provider's pages, fills in forms."""

import http.cookiejar
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from rise_local.errors import LocalError

MOST_PAGES = 8
PAGE_S = 20
HEADING = re.compile(r'<h2 class="theme-heading">(.*?)</h2>', re.DOTALL)


@dataclass
class Form:
    """A form of a page."""

    action: str
    fields: dict[str, str] = field(default_factory=dict[str, str])


class _Forms(HTMLParser):
    """Collects the forms of a page with the values that stand in them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", "")))
        elif tag == "input" and self.found and given.get("name"):
            self.found[-1].fields[given["name"]] = given.get("value", "")


def forms(page: str) -> list[Form]:
    """Return the forms of `page`."""
    parser = _Forms()
    parser.feed(page)
    return parser.found


def submit_forms(url: str, ca: Path, answers: Mapping[str, str]) -> str:
    """Open `url` and submit the first form of every page, filled from `answers`, to the end.

    Returns:
        The heading of the last page.

    Raises:
        LocalError: the pages refuse the answers, or do not end.
    """
    context = ssl.create_default_context(cafile=str(ca))
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=context),
        urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
    )
    filled: bytes | None = None
    for _ in range(MOST_PAGES):
        try:
            with opener.open(url, filled, timeout=PAGE_S) as answer:
                url, page = answer.url, answer.read().decode()
        except urllib.error.URLError as error:
            raise LocalError(f"the identity provider's page cannot be opened: {error}") from error
        shown = forms(page)
        if not shown:
            heading = HEADING.search(page)
            return heading[1].strip() if heading else ""
        values = {name: answers.get(name, value) for name, value in shown[0].fields.items()}
        filled = urllib.parse.urlencode(values).encode()
        url = urllib.parse.urljoin(url, shown[0].action)
    raise LocalError(f"the identity provider asks again and again, last at {url}")
