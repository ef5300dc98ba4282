"""What a job says it showed is data: text, and pictures that are PNG; numbers are whole ones."""

from __future__ import annotations

import base64
import math

import pytest

from autograde.jail.outputs import LARGEST_PICTURE, LARGEST_TEXT, MOST, PNG, checked

PICTURE = base64.b64encode(PNG + b"pixels").decode()
TEXT = {"text/plain": "1"}


def stream(**parts):
    return {"output_type": "stream", "name": "stdout", "text": "", **parts}


def result(**parts):
    about = {"data": TEXT, "metadata": {}, "execution_count": None}
    return {"output_type": "execute_result", **about, **parts}


def picture(about=None, **data):
    shown = {"image/png": PICTURE, **data}
    return {"output_type": "display_data", "data": shown, "metadata": {"image/png": about or {}}}


SAID = [
    # (what a job says, what is kept of it)
    ("no list", {"text": "x"}, []),
    ("no mapping", ["x", 1, None], []),
    ("of no kind", [{"text": "x"}, {"output_type": ["stream"]}], []),
    ("a stream", [stream(text="x")], [stream(text="x")]),
    ("errors", [stream(name="stderr")], [stream(name="stderr")]),
    ("a stream of another name", [stream(name="a\nb")], [stream()]),
    ("a stream of numbers", [stream(text=1)], [stream()]),
    ("a long stream", [stream(text="x" * 250_001)], [stream(text="x" * LARGEST_TEXT)]),
    ("very many", [stream()] * 401, [stream()] * MOST),
    ("more than is known", [stream(html="x")], [stream()]),
    ("a result", [result(execution_count=3)], [result(execution_count=3)]),
    ("a count as a float", [result(execution_count=3.0)], [result()]),
    ("a count as a truth value", [result(execution_count=True)], [result()]),
    ("a count as text", [result(execution_count="3")], [result()]),
    ("a count that is none", [result(execution_count=math.nan)], [result()]),
    ("a count below nothing", [result(execution_count=-1)], [result()]),
    ("a huge count", [result(execution_count=10**4000)], [result()]),
    ("markup", [result(data={**TEXT, "text/html": "<b>"})], [result()]),
    ("nothing else than markup", [result(data={"text/html": "<b>"})], []),
    ("a text that is a list", [result(data={"text/plain": ["1"]})], []),
    ("data of no form", [result(data=[TEXT])], []),
    ("a picture", [picture()], [picture()]),
    ("a picture of a size", [picture({"width": 9})], [picture({"width": 9})]),
    ("of another size", [picture({"width": 9.0, "height": "9"})], [picture()]),
    ("of a truth value", [picture({"width": True})], [picture()]),
    ("of a negative size", [picture({"height": -1})], [picture()]),
    ("of a huge size", [picture({"height": 10_001})], [picture()]),
    ("of the largest", [picture({"height": 10_000})], [picture({"height": 10_000})]),
    ("of a long text", [picture({"alt": "x" * 2001})], [picture({"alt": "x" * 2000})]),
    ("of no text", [picture({"alt": 3})], [picture()]),
    ("with a style", [picture({"style": "x"})], [picture()]),
    ("no picture", [picture(**{"image/png": base64.b64encode(b"<svg>").decode()})], []),
    ("not encoded", [picture(**{"image/png": "a"})], []),
    ("a number for a picture", [picture(**{"image/png": 1})], []),
    ("a picture and markup", [picture(**{"image/png": PICTURE + "<b>"})], [picture()]),
    ("a large picture", [picture(**{"image/png": PICTURE + "=" * LARGEST_PICTURE})], []),
]  # fmt: skip


@pytest.mark.parametrize(("said", "kept"), [row[1:] for row in SAID], ids=[row[0] for row in SAID])
def test_only_what_is_known_is_kept(said, kept):
    found = checked(said)
    for each in (*found, *kept):
        if each.get("metadata") == {"image/png": {}}:
            each["metadata"] = {}
    assert found == kept


ERROR = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["line"]}
ERRORS = [
    ({}, {}),
    ({"ename": 1, "evalue": None}, {"ename": "", "evalue": ""}),
    ({"traceback": "line"}, {"traceback": []}),
    ({"traceback": [1, "x"]}, {"traceback": ["", "x"]}),
    ({"traceback": ["x"] * 401}, {"traceback": ["x"] * MOST}),
]


@pytest.mark.parametrize(("said", "kept"), ERRORS)
def test_an_error_is_text(said, kept):
    assert checked([{**ERROR, **said}]) == [{**ERROR, **kept}]
