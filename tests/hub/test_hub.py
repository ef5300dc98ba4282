"""A term on the hub, in a real browser: release, fetch, submit, collect, grade, feedback."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from autograde.archive import write_branch
from autograde.commands.link import link
from autograde.course import Course
from autograde.demo import GOOD, MISTAKEN, Class, fill_in
from autograde.demo_mistakes import MISTAKES
from autograde.errors import SOME_LEFT_OUT

from .conftest import ANA, BO, PLACE, TEACHER, Hub

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:nbgrader"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

NAME = "03_one_sample"
MISTAKE = next(each for each in MISTAKES if each.assignment == NAME)
ANSWERS = {ANA: GOOD, BO: MISTAKEN}
SLOW = 180_000
"""Milliseconds for what runs a whole notebook."""


@dataclass
class Term:
    """What was seen."""

    hub: Hub
    pages: dict[str, Page]
    menus: dict[str, list[str]] = field(default_factory=dict)
    validated: str = ""
    command: str = ""
    formgrader: str = ""
    feedback: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def term(hub: Hub, chromium: Browser) -> Iterator[Term]:
    """Play it; the users stay signed in."""
    contexts = {
        user: chromium.new_context(viewport={"width": 1280, "height": 900})
        for user in (TEACHER, ANA, BO)
    }
    term = Term(hub, {user: context.new_page() for user, context in contexts.items()})
    try:
        play(term)
    except Exception:
        for user, page in term.pages.items():
            look(page, f"failed-{user}")
        raise
    yield term
    for context in contexts.values():
        context.close()


def play(term: Term) -> None:
    """Do it all, each step by the person whose it is."""
    for user, page in term.pages.items():
        page.set_default_timeout(60_000)
        sign_in(term, user)
    for user in term.pages:
        arrive(term, user)
    release(term)
    for student in ANSWERS:
        fetch(term, student)
        write_answers(term, student)
        if student == ANA:
            validate(term, student)
        submit(term, student)
    collect_and_grade(term)
    give_feedback(term)
    for student in ANSWERS:
        read_feedback(term, student)


def look(page: Page, name: str) -> None:
    """Keep a picture, if somebody wants to look."""
    if folder := os.environ.get("BACKWARD_BY_HAND_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"hub-{name}.png"))


def sign_in(term: Term, user: str) -> None:
    page = term.pages[user]
    page.goto(term.hub.address)
    page.get_by_label("Username").fill(user)
    page.get_by_label("Password").fill(term.hub.passwords[user])
    look(page, "sign-in")
    page.get_by_role("button", name="Sign in").click()


def arrive(term: Term, user: str) -> None:
    """Wait for this user's JupyterLab, and read nbgrader's menu."""
    page = term.pages[user]
    page.wait_for_url(f"**/user/{user}/lab**", timeout=SLOW)
    page.wait_for_selector("#jupyterlab-splash", state="detached")
    page.get_by_role("menuitem", name="Nbgrader", exact=True).click()
    entries = page.locator(".lm-Menu").last.get_by_role("menuitem")
    entries.first.wait_for()
    term.menus[user] = [each.strip() for each in entries.all_inner_texts()]
    look(page, f"menu-{user}")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")


# ---- the instructor, in the form grader -------------------------------------------------


def formgrader(term: Term, path: str = "manage_assignments") -> Page:
    page = term.pages[TEACHER]
    page.goto(f"{term.hub.address}/user/{TEACHER}/formgrader/{path}")
    return page


def press(page: Page, row: str, column: str) -> str:
    """Click the icon in this row and column, and say OK to what it tells; returns that."""
    page.locator("tr", has_text=row).locator(f"td.{column} a").click()
    told = page.locator(".modal-dialog:visible")
    told.get_by_role("heading").wait_for(timeout=SLOW)
    text = told.inner_text()
    told.get_by_role("button", name="OK").click()
    told.wait_for(state="detached")
    return text


def release(term: Term) -> None:
    page = formgrader(term)
    assert "Successfully created the student version" in press(page, NAME, "assign")
    assert "Successfully released" in press(page, NAME, "release")


def collect_and_grade(term: Term) -> None:
    page = formgrader(term)
    assert "Successfully collected" in press(page, NAME, "collect")
    look(page, "assignments")
    page = formgrader(term, f"manage_submissions/{NAME}/")
    told = press(page, BO, "autograde")
    assert "Successfully autograded" in told, told
    # and the rest of the class by our command, in a terminal of the hub
    done = term.hub.as_user(
        TEACHER, "sh", "-c", f"cd {term.hub.course} && python -m autograde grade {NAME}"
    )
    assert done.returncode == 0, done.stderr
    term.command = done.stdout
    page = formgrader(term, f"manage_submissions/{NAME}/")
    page.locator("tr", has_text=ANA).locator("td.score").wait_for()
    term.formgrader = page.locator("table").inner_text()
    look(page, "submissions")


def autograde(term: Term, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run our command in the folder of the course."""
    command = f"cd {term.hub.course} && python -m autograde {shlex.join(arguments)}"
    return term.hub.as_user(TEACHER, "sh", "-c", command)


def give_feedback(term: Term) -> None:
    page = formgrader(term)
    assert "Successfully generated feedback" in press(page, NAME, "generate-feedback")
    assert "Successfully released feedback" in press(page, NAME, "release-feedback")


# ---- a student, in JupyterLab -----------------------------------------------------------


def choose(page: Page, entry: str) -> None:
    """Choose from nbgrader's menu; JupyterLab shuts it if it is still opening something else."""
    from playwright.sync_api import TimeoutError as PlaywrightTimeout

    wanted = page.get_by_role("menuitem", name=entry)
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
    page.goto(f"{term.hub.address}/user/{student}/files/{place}")
    term.feedback[student] = " ".join(page.locator("body").inner_text().split())
    look(page, f"page-{student}")


# ---- what was seen ----------------------------------------------------------------------


MENUS = [
    (TEACHER, ["Assignment List", "Course List", "Formgrader", "Create assignment"]),
    (ANA, ["Assignment List"]),
    (BO, ["Assignment List"]),
]


@pytest.mark.parametrize(("user", "entries"), MENUS)
def test_the_menu(term, user, entries):
    assert term.menus[user] == entries


def test_a_right_notebook_validates_in_the_students_own_kernel(term):
    assert "Success" in term.validated


def test_both_are_graded_by_the_engine(term):
    assert re.search(rf"{ANA} +graded", term.command), term.command
    assert "without a jail" not in term.command
    assert ANA in term.formgrader
    assert BO in term.formgrader


def test_the_scores_differ_by_the_mistake(term):
    done = autograde(term, "scores")
    tests = {
        line.split()[1]: [float(each) for each in re.findall(r"(\d+\.?\d*) / (\d+\.?\d*)", line)[0]]
        for line in done.stdout.splitlines()
        if line.startswith(NAME)
    }
    assert tests[ANA][0] == tests[ANA][1]
    assert tests[BO][0] == tests[ANA][0] - MISTAKE.points


def test_feedback_names_the_mistake_to_who_made_it(term):
    assert MISTAKE.says in term.feedback[BO]
    assert MISTAKE.says not in term.feedback[ANA]


def test_grades_leave_for_the_learning_platform(term):
    path = term.hub.home(TEACHER) / "out.csv"
    done = autograde(term, "export", "--moodle", "--identify", "id", "--to", str(path))
    assert done.returncode == 0, done.stderr
    lines = path.read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["Username", ANA, BO]


# ---- who can read what ------------------------------------------------------------------

EVERYBODY = {TEACHER, ANA, BO}
COMMANDS = [  # (command, who may; {} are the hub's places)
    ("ls {ours}/outbound", EVERYBODY),
    ("cat {ours}/outbound/*/*.ipynb", EVERYBODY),
    ("cat {course}/solutions/03_one_sample/03_one_sample.ipynb", {TEACHER}),
    ("ls {course}", {TEACHER}),
    ("head -c 15 {course}/autograde/gradebook.db", {TEACHER}),
    ("cat {course}/autograde/secret", {TEACHER}),
    ("ls {ours}/inbound", {TEACHER}),
    ("ls {ours}/feedback", {TEACHER}),
    ("cat /home/bbh-ana/03_one_sample/03_one_sample.ipynb", {ANA}),
    ("cat /home/bbh-bo/03_one_sample/03_one_sample.ipynb", {BO}),
    ("ls {course}/autograde/submitted/bbh-ana", {TEACHER}),
    ("cat {course}/autograde/feedback/bbh-ana/*/*.html", {TEACHER}),
    ("touch {ours}/outbound/03_one_sample/03_one_sample.ipynb", {TEACHER}),
    # to put a course of one's own in its place
    ("mv {ours} {exchange}/x && mv {exchange}/x {ours}", {TEACHER}),
    ("mkdir {ours}/outbound/x && rmdir {ours}/outbound/x", {TEACHER}),
    ("cat {state}/jupyterhub.sqlite", set()),
    ("cat {state}/cookie_secret", set()),
    ("python -c 'import course_utils'", EVERYBODY),
    ("python -c 'import autograde'", set()),
    ("touch {place}/bin/python", set()),
]


@pytest.mark.parametrize(("command", "may"), COMMANDS)
def test_who_can_read_what(term, command, may):
    hub = term.hub
    places = {"exchange": hub.exchange, "ours": hub.exchange / "backward-by-hand"}
    places |= {"course": hub.course, "state": hub.state, "place": PLACE}
    for user in sorted(EVERYBODY):
        # a pattern is expanded by the user's own shell, as it would be by a curious student
        done = hub.as_user(user, "sh", "-c", command.format(**places))
        assert (done.returncode == 0) == (user in may), (user, done.stdout[:200], done.stderr)


FORGED = [  # (in whose name, what bo puts into the exchange, what the instructor is told)
    (ANA, "cp {home}/{name}/{name}.ipynb {to}", "is in the name of bbh-ana and belongs to bbh-bo"),
    (BO, "ln -s {course}/solutions/{name} {to}/folder", "/folder, handed in by bbh-bo, is a link"),
    (BO, "ln -s {course}/solutions/{name}/{name}.ipynb {to}", ".ipynb, handed in by bbh-bo, is a"),
    (BO, "mkfifo {to}/{name}.ipynb", ".ipynb, handed in by bbh-bo, is a link or no file"),
]


def test_what_is_not_the_students_own_is_not_collected(term):
    """nbgrader would take the first for ana's, and read the solutions for bo."""
    hub = term.hub
    inbound = hub.exchange / "backward-by-hand" / "inbound"
    places = {"home": hub.home(BO), "name": NAME, "course": hub.course}
    forged = []
    for number, (student, command, _) in enumerate(FORGED):
        to = inbound / f"{student}+{NAME}+2030-01-0{number + 1} 00:00:00 UTC+x"
        forged.append(to)
        quoted = shlex.quote(str(to))
        line = f"mkdir {quoted}; echo '2030-01-01 00:00:00 UTC' > {quoted}/timestamp.txt; {command}"
        done = hub.as_user(BO, "sh", "-ec", line.format(to=quoted, **places))
        assert done.returncode == 0, done.stderr

    def collected() -> dict[Path, bytes]:
        folders = [hub.course / f"autograde/submitted/{student}/{NAME}" for student in ANSWERS]
        return {path: path.read_bytes() for each in folders for path in each.iterdir()}

    before = collected()
    line = f"cd {hub.course} && nbgrader collect {NAME} --update"
    done = hub.as_user(TEACHER, "sh", "-c", line)
    assert done.returncode == SOME_LEFT_OUT, done.stderr
    told = [line for line in done.stderr.splitlines() if "Not collected: " in line]
    for to, (_, _, sentence) in zip(forged, FORGED, strict=True):
        assert [line for line in told if to.name in line and sentence in line], told
    assert collected() == before


def test_the_server_of_the_instructor_is_closed_to_students(term):
    page = term.pages[ANA]
    for path in ("lab", "formgrader/", f"api/contents/backward-by-hand/solutions/{NAME}"):
        answer = page.request.get(f"{term.hub.address}/user/{TEACHER}/{path}")
        assert answer.status in (403, 404), path
        assert "solutions" not in answer.text()


def test_a_student_has_no_form_grader(term):
    page = term.pages[ANA]
    answer = page.request.get(f"{term.hub.address}/user/{ANA}/formgrader/manage_assignments")
    assert answer.status == 404


def test_a_user_of_neither_group_does_not_come_in(term, chromium):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(term.hub.address)
    page.get_by_label("Username").fill("root")
    page.get_by_label("Password").fill("root")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Invalid username or password").wait_for()
    context.close()


# ---- the link ---------------------------------------------------------------------------


def test_a_link_brings_the_students_branch_and_later_what_is_new(term, monkeypatch):
    """The repository is a folder of this student's here; at a university it is an address."""
    hub, page = term.hub, term.pages[BO]
    repository = hub.exchange.parent / "backward.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", repository], check=True)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ana")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ana@uni.example")
    released = (hub.exchange / f"backward-by-hand/outbound/{NAME}/{NAME}.ipynb").read_bytes()
    notebook = f"notebooks/{NAME}/{NAME}.ipynb"
    address = link(hub.address, f"file://{repository}", "students", NAME)
    home = hub.home(BO) / "backward"

    def publish_and_open(readme: bytes) -> None:
        for owner in ("root", BO):  # git works in nobody else's folder
            for path in (repository, *repository.rglob("*")):
                shutil.chown(path, owner, owner)
            if owner == "root":
                files = {notebook: released, "README.md": readme}
                write_branch(files, repository, "students", "new")
        page.goto(address)
        page.wait_for_url(f"**/lab/tree/backward/{notebook}", timeout=SLOW)
        page.get_by_role("heading", name="03 · One sample").first.wait_for()

    publish_and_open(b"one\n")
    assert (home / "README.md").read_text() == "one\n"
    assert (home / notebook).read_bytes() == released
    look(page, "link")

    answered = released.replace(b"03 \xc2\xb7 One sample", b"03 \xc2\xb7 One sample, mine")
    assert answered != released
    (home / notebook).write_bytes(answered)
    publish_and_open(b"two\n")
    assert (home / "README.md").read_text() == "two\n"
    assert (home / notebook).read_bytes() == answered
