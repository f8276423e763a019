"""Splits raw HTML into tokens. Nothing uses it since recordings hold tokens."""

import html.parser


class _Collector(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tokens = []

    def handle_starttag(self, tag, attrs):
        self.tokens.append(f"tag:{tag}")
        self.tokens.extend(f"{name}:{value}" for name, value in attrs if name in ("role", "type", "href"))

    def handle_data(self, data):
        self.tokens.extend(f"text:{word.lower()}" for word in data.split())


def tokenize(page):
    collector = _Collector()
    collector.feed(page)
    return collector.tokens
