"""Two assistants mark derivations in a browser: rubric, earlier comments, and who was first."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from nbgrader.api import Gradebook

from autograde.cli import main
from autograde.notebooks.notebook import read, write
from autograde.pages.marking.records import last_marks
from autograde.pages.marking.rubric import adding_up, items_in
from tests.autograde.looking import NAME, with_answers
from tests.autograde.test_formgrader import server
from tests.browsing import chromium, listen, page

__all__ = ["chromium", "page", "server"]  # fixtures

RUBRIC = r"""

**Rubric (4 points)**

- 1 point: what $x/2$ is, <b>and</b> why.
- 2 points: the sum,
  over two lines.
- 1 point: a sentence.
- Any other argument is as good.
### END SOLUTION"""

ITEMS = [  # (a rubric, the points of its items)
    (RUBRIC, [1.0, 2.0, 1.0, None]),
    ("**Rubric**\n\n- 0.5 points: a\n- 1.5 points: b", [0.5, 1.5]),
    ("**Rubric**\n\n- 1 point for each of two: a", [None]),
    ("no heading\n\n- 1 point: a", []),
]


@pytest.mark.parametrize(("source", "points"), ITEMS)
def test_the_items_of_a_rubric(source, points):
    items = items_in(source)
    assert [each.points for each in items] == points
    total = sum(each or 0 for each in points)
    assert adding_up(items, total) == items
    assert [each.points for each in adding_up(items, total + 1)] == [None] * len(items)


@pytest.fixture
def marking(course, hand_in, solved, find, server):
    """``marking(student)``: where a person marks the derivation of a student."""
    path = course.solutions / NAME / f"{NAME}.ipynb"
    source = read(path)
    why = find(source, "why")
    why.source = why.source.partition("**Rubric")[0] + RUBRIC
    write(source, path)
    for student in ("ana", "ben"):
        nb = with_answers(solved, find, why=f"{student} says: half and half is all.")
        hand_in(student, {f"{NAME}.ipynb": nb})
    assert main(["--root", str(course.root), "grade", NAME]) == 0
    with Gradebook(course.app.coursedir.db_url) as gradebook:
        comment = gradebook.find_comment("why", NAME, NAME, "ben")
        comment.manual_comment = "Say <i>which</i> sum."
        gradebook.db.commit()
        ids = {each.student.id: each.id for each in gradebook.notebook_submissions(NAME, NAME)}
    address, token = server

    def of(student):
        return f"{address}/formgrader/submissions/{ids[student]}/?token={token}"

    of.start = f"{address}/formgrader?path={quote(course.root.name)}&token={token}"
    return of


def opened(page, address):
    page.set_default_timeout(30_000)
    page.goto(address)
    page.locator(".rubric").wait_for()


def saved(page, action):
    with page.expect_response(lambda each: "/api/" in each.url and each.request.method == "PUT"):
        action()


def mark_of(course, student):
    with Gradebook(course.app.coursedir.db_url) as gradebook:
        grade = gradebook.find_grade("why", NAME, NAME, student)
        comment = gradebook.find_comment("why", NAME, NAME, student)
        return grade.manual_score, grade.needs_manual_grade, comment.manual_comment


def test_two_assistants(course, marking, page):
    errors = listen(page)
    page.goto(marking.start)
    opened(page, marking("ana"))
    other = page.context.new_page()
    opened(other, marking("ana"))

    rubric = page.locator(".rubric")
    assert not page.locator(".rubric-item").first.is_visible()  # folded
    rubric.locator("summary").click()
    rows = page.locator(".rubric-item")
    assert [rows.nth(n).locator("button").all_inner_texts() for n in range(4)] == [
        ["0", "½", "1"],
        ["0", "1", "2"],
        ["0", "½", "1"],
        [],
    ]
    assert rows.first.locator("math").count() == 1
    saved(page, rows.nth(0).get_by_role("button", name="1", exact=True).click)
    saved(page, rows.nth(1).get_by_role("button", name="1", exact=True).click)
    saved(page, rows.nth(2).get_by_role("button", name="½").click)
    assert mark_of(course, "ana") == (2.5, False, None)
    used = page.locator(".used-before button")
    assert used.all_inner_texts() == ["Say <i>which</i> sum."]
    saved(page, used.click)
    assert mark_of(course, "ana") == (2.5, False, "Say <i>which</i> sum.")

    # The second assistant has the page of before, and is told.
    saved(other, lambda: (other.fill("#why", "4"), other.press("#why", "Tab")))
    told = other.locator("#marked-meanwhile")
    told.wait_for()
    assert "has marked this meanwhile (2.5), and your mark was not saved" in told.inner_text()
    assert mark_of(course, "ana")[0] == 2.5
    opened(other, marking("ana"))
    chosen = other.locator(".rubric-item button[aria-pressed=true]")
    assert chosen.all_text_contents() == ["1", "1", "½"]

    # A mark without items, and who gave it.
    saved(other, lambda: (other.fill("#why", "3"), other.press("#why", "Tab")))
    assert chosen.count() == 0
    (mark,) = last_marks(course.root).values()
    assert (mark.score, mark.parts, mark.about["student"]) == (3.0, None, "ana")
    assert mark.who
    history = (course.root / "autograde" / "marks.jsonl").read_text().splitlines()
    assert len(history) == 4
    assert [each for each in errors if "409" not in str(each)] == []
