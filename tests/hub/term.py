"""A term on the hub, in a real browser: release, fetch, submit, collect, grade, mark, feedback."""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autograde.course.course import Course
from autograde.demonstration.demo import GOOD, MISTAKEN, Class, fill_in
from autograde.demonstration.demo_mistakes import MISTAKES

from .machine import ANA, ASSISTANT, BO, COURSE, SECOND, TEACHER, Hub

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Frame, Locator, Page

NAME = "03_one_sample"
MISTAKE = next(each for each in MISTAKES if each.assignment == NAME)
ANSWERS = {ANA: GOOD, BO: MISTAKEN}
MARKED = 1.5
"""What the assistant gives Ana for a derivation."""
SLOW = 180_000
"""Milliseconds for what runs a whole notebook."""


@dataclass
class Term:
    """The users' browsers, and what was seen in them."""

    hub: Hub
    chromium: Browser
    contexts: dict[str, BrowserContext] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    menus: dict[str, list[str]] = field(default_factory=dict)
    validated: str = ""
    command: str = ""
    formgrader: str = ""
    feedback: dict[str, str] = field(default_factory=dict)
    heard: dict[str, str] = field(default_factory=dict)
    """What each user's program hears that listens to all kernels."""

    def open(self, user: str) -> Page:
        """A browser for this user, who signs in; where it leads to is not waited for."""
        context = self.chromium.new_context(
            viewport={"width": 1280, "height": 900}, ignore_https_errors=True
        )
        self.contexts[user] = context
        page = self.pages[user] = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(self.hub.address)
        page.get_by_label("Username").fill(user)
        page.get_by_label("Password").fill(self.hub.passwords[user])
        look(page, "sign-in")
        page.get_by_role("button", name="Sign in").click()
        return page

    def status(self, user: str, address: str) -> int:
        """What this user's browser is answered who types an address."""
        page = self.contexts[user].new_page()
        answer = page.goto(address)
        page.close()
        assert answer is not None
        return answer.status

    def look_at_all(self) -> None:
        """Keep pictures of where it failed."""
        for user, page in self.pages.items():
            look(page, f"failed-{user}")

    def close(self) -> None:
        """Shut the browsers."""
        for context in self.contexts.values():
            context.close()


def play(term: Term) -> None:
    """Do it all, each step by the person whose it is."""
    for user in (TEACHER, ANA, BO):
        term.open(user)
    for user in (TEACHER, ANA, BO):
        arrive(term, user)
    release(term)
    for student in ANSWERS:
        fetch(term, student)
        write_answers(term, student)
        if student == ANA:
            validate(term, student)
        submit(term, student)
    collect_and_grade(term)
    mark(term)
    give_feedback(term)
    for student in ANSWERS:
        read_feedback(term, student)


def look(page: Page, name: str) -> None:
    """Keep a picture, if somebody wants to look."""
    if folder := os.environ.get("BACKWARD_BY_HAND_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"hub-{name}.png"))


def arrive(term: Term, user: str) -> None:
    """Wait for the JupyterLab that this user comes to, and read nbgrader's menu."""
    page = term.pages[user]
    place = COURSE if user in (TEACHER, SECOND) else user
    page.wait_for_url(f"{term.hub.server(place)}/lab**", timeout=SLOW)
    page.wait_for_selector("#jupyterlab-splash", state="detached")
    page.get_by_role("menuitem", name="Nbgrader", exact=True).click()
    entries = page.locator(".lm-Menu").last.get_by_role("menuitem")
    entries.first.wait_for()
    term.menus[user] = [each.strip() for each in entries.all_inner_texts()]
    look(page, f"menu-{user}")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")


# ---- the instructors, in the form grader ------------------------------------------------


def formgrader(term: Term, user: str = TEACHER) -> Frame:
    """Open it where the reader does: in JupyterLab, by nbgrader's menu."""
    page = term.pages[user]
    if not page.locator("#formgrader-iframe").count():
        choose(page, "Formgrader")
    frame = page.wait_for_selector("#formgrader-iframe iframe").content_frame()
    follow(frame, frame.get_by_role("link", name="Manage Assignments"))
    frame.locator("td.release").first.wait_for()
    return frame


def follow(frame: Frame, link: Locator) -> None:
    """Click, and wait for the page that it leads to."""
    with frame.expect_navigation():
        link.click()


def press(frame: Frame, row: str, column: str) -> str:
    """Click the icon in this row and column, and say OK to what it tells; returns that."""
    frame.locator("tr", has_text=row).locator(f"td.{column} a").click()
    told = frame.locator(".modal-dialog:visible")
    told.get_by_role("heading").wait_for(timeout=SLOW)
    text = told.inner_text()
    told.get_by_role("button", name="OK").click()
    told.wait_for(state="detached")
    return text


def release(term: Term) -> None:
    frame = formgrader(term)
    look(term.pages[TEACHER], "formgrader")
    assert "Successfully created the student version" in press(frame, NAME, "assign")
    assert "Successfully released" in press(frame, NAME, "release")


def submissions(term: Term, user: str) -> Frame:
    """The form grader's list of who has handed in."""
    frame = formgrader(term, user)
    follow(frame, frame.locator("tr", has_text=NAME).locator("td.num-submissions a"))
    frame.locator("tr", has_text=BO).wait_for()
    return frame


def collect_and_grade(term: Term) -> None:
    """One instructor collects; the other comes in, and grades."""
    assert "Successfully collected" in press(formgrader(term), NAME, "collect")
    look(term.pages[TEACHER], "assignments")
    term.open(SECOND)
    arrive(term, SECOND)
    told = press(submissions(term, SECOND), BO, "autograde")
    assert "Successfully autograded" in told, told
    # and the rest of the class by our command, in a terminal of the hub
    done = autograde(term, "grade", NAME)
    assert done.returncode == 0, done.stderr
    term.command = done.stdout
    frame = submissions(term, TEACHER)
    frame.locator("tr", has_text=ANA).locator("td.score").wait_for()
    term.formgrader = frame.locator("table").inner_text()
    look(term.pages[TEACHER], "submissions")


def autograde(term: Term, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run our command in the folder of the course."""
    command = f"cd {term.hub.course} && python -m autograde {shlex.join(arguments)}"
    return term.hub.as_user(COURSE, "sh", "-c", command)


def mark(term: Term) -> None:
    """The assistant gives points, in the only pages that she has."""
    page = term.open(ASSISTANT)
    marking = f"{term.hub.server(COURSE)}/marking/formgrader"
    page.wait_for_url(f"{marking}/gradebook**", timeout=SLOW)
    for text in (NAME, NAME, "Submission #1"):
        page.get_by_role("link", name=text).click()
    # a derivation: the program gives no points for it; nbgrader says so when it listens
    field = page.locator("input.score.needs_manual_grade:not([placeholder])").first
    field.wait_for()
    page.wait_for_load_state("networkidle")
    look(page, "marking")
    with page.expect_response(lambda answer: answer.request.method == "PUT") as answered:
        field.fill(str(MARKED))
        field.press("Tab")
    assert answered.value.ok, answered.value.status


def give_feedback(term: Term) -> None:
    frame = formgrader(term)
    assert "Successfully generated feedback" in press(frame, NAME, "generate-feedback")
    assert "Successfully released feedback" in press(frame, NAME, "release-feedback")


# ---- a student, in JupyterLab -----------------------------------------------------------


def choose(page: Page, entry: str) -> None:
    """Choose from nbgrader's menu; JupyterLab shuts it if it is still opening something else."""
    from playwright.sync_api import TimeoutError as PlaywrightTimeout

    wanted = page.get_by_role("menuitem", name=entry, exact=True)
    for _ in range(SLOW // 5000):
        page.get_by_role("menuitem", name="Nbgrader", exact=True).click()
        try:
            wanted.click(timeout=5000)
        except PlaywrightTimeout:
            page.keyboard.press("Escape")
        else:
            return
    raise AssertionError(f"{entry} cannot be chosen from nbgrader's menu")


def assignments(term: Term, student: str) -> Page:
    """Show the list, with what is new."""
    page = term.pages[student]
    if page.locator("#nbgrader-assignment-list").count():
        page.locator("#refresh_assignments_list").click()
    else:
        choose(page, "Assignment List")
    return page


def fetch(term: Term, student: str) -> None:
    page = assignments(term, student)
    page.locator("#released_assignments_list").get_by_role("button", name="Fetch").click()
    page.locator("#fetched_assignments_list").get_by_text(NAME, exact=True).first.wait_for()


def write_answers(term: Term, student: str) -> None:
    """Fill the fetched notebook in; tests/browser does it by typing."""
    group = Class(Path(), Course(), MISTAKES, True, print)
    fill_in(group, ANSWERS[student], NAME, term.hub.home(student) / NAME)


def validate(term: Term, student: str) -> None:
    """Run the notebook in a kernel of the student's, by the button in the list."""
    page = assignments(term, student)
    fetched = page.locator("#fetched_assignments_list")
    fetched.get_by_role("button", name=NAME).click()
    fetched.get_by_role("button", name="Validate").click()
    told = page.get_by_role("dialog")
    told.wait_for(timeout=SLOW)
    term.validated = told.inner_text()
    look(page, "validated")
    told.get_by_role("button").last.click()


def submit(term: Term, student: str) -> None:
    page = assignments(term, student)
    page.locator("#fetched_assignments_list").get_by_role("button", name="Submit").click()
    page.locator("#submitted_assignments_list").get_by_text(NAME).first.wait_for()
    look(page, f"submitted-{student}")


def read_feedback(term: Term, student: str) -> None:
    page = assignments(term, student)
    submitted = page.locator("#submitted_assignments_list")
    submitted.get_by_role("button", name="Fetch Feedback").click()
    submitted.get_by_text("(view feedback)").first.wait_for()
    look(page, f"feedback-{student}")
    (path,) = (term.hub.home(student) / NAME / "feedback").glob("*/*.html")
    place = path.relative_to(term.hub.home(student)).as_posix()
    page.goto(f"{term.hub.server(student)}/files/{place}")
    term.feedback[student] = " ".join(page.locator("body").inner_text().split())
    look(page, f"page-{student}")
