"""Reports to be shown, and what reads the HTML of one."""

from html.parser import HTMLParser

import numpy as np

from course_utils.checker import Finding, Report

VOID = {"br", "img", "hr"}


class Tags(HTMLParser):
    """Reads HTML; fails on a tag that is not closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.attributes, self.text = [], [], [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def failed(*findings, **more):
    return Report("Linear.backward", passed=False, findings=findings, **more)


def on_w(code="factor:2", **details):
    return Finding(code, "grad_W is exactly 2 times the right value.", "W", details)


NUMBERS = {
    "received": np.array([[2.0, 4.0], [6.0, np.nan]]),
    "expected": np.array([[1.0, 2.0], [3.0, 4.0]]),
    "wrong": np.array([[True, True], [True, True]]),
    "result": "grad_W",
    "trial": "random numbers: q = 7, n = 5",
    "sizes": {"q": 7, "n": np.int64(5)},
    "shapes": [("grad_W", "(2, 2)", "(2, 2)", "wrong"), ("grad_b", "(1, 2)", "(1, 2)", "right")],
}
