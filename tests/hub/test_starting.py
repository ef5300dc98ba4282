"""When the hub refuses to start, and whom it does not let in."""

from __future__ import annotations

import importlib.util
import json
import subprocess

import pytest

from autograde.course.course import ROOT

from .machine import (
    ANA,
    ASSISTANT,
    ASSISTANTS,
    COURSE,
    PLACE,
    SECOND,
    STUDENTS,
    TEACHER,
    TEACHERS,
    Hub,
    environment,
    run,
)

CONFIG = ROOT / "docs" / "hub" / "jupyterhub_config.py"
PEOPLE = ROOT / "docs" / "hub" / "classroom" / "people.py"
spec = importlib.util.spec_from_file_location("people", PEOPLE)
assert spec is not None
assert spec.loader is not None
people = importlib.util.module_from_spec(spec)
spec.loader.exec_module(people)

ONE_CLICK = "one click of an instructor gives that student the solutions"
A_PROGRAM = "a student's program could take its place"
REFUSED = [  # (what is set otherwise, what it says)
    ({}, ""),
    ({"HUB_HOST": ""}, ONE_CLICK),
    ({"HUB_HOST": "", "HUB_ONE_ORIGIN": "no"}, ONE_CLICK),
    ({"HUB_HOST": "", "HUB_ONE_ORIGIN": "yes"}, ""),
    ({"HUB_HOST": "http://hub.test"}, "it must begin with https://"),
    ({"HUB_URL": "http://127.0.0.1:8000"}, A_PROGRAM),
    ({"HUB_URL": "http://127.0.0.1"}, A_PROGRAM),
    ({"HUB_PORT": "8081"}, A_PROGRAM),
    ({"HUB_PROXY_API": "http://127.0.0.1:8001"}, A_PROGRAM),
]

# Reads the settings once for each; a hub would take seconds to load each time.
READ = """
import json, os, sys, traitlets.config
config, all_settings = sys.argv[1], json.loads(sys.argv[2])
said, before = [], dict(os.environ)
for settings in all_settings:
    os.environ.clear()
    os.environ.update(before, **settings)
    try:
        text = compile(open(config).read(), config, "exec")
        exec(text, {"get_config": traitlets.config.Config, "__file__": config})
        said.append("")
    except SystemExit as stop:
        said.append(str(stop))
print(json.dumps(said))
"""


def test_settings_with_which_the_hub_does_not_start(hub: Hub):
    all_settings = json.dumps([settings for settings, _ in REFUSED])
    done = subprocess.run(
        [str(PLACE / "bin" / "python"), "-c", READ, str(CONFIG), all_settings],
        env=environment(hub),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for (settings, sentence), said in zip(REFUSED, json.loads(done.stdout), strict=True):
        assert bool(said) == bool(sentence), (settings, said)
        assert sentence in said, settings


def test_jupyterhub_itself_says_why(hub: Hub, tmp_path):
    done = subprocess.run(
        [str(PLACE / "bin" / "jupyterhub"), "-f", str(CONFIG)],
        cwd=tmp_path,
        env={**environment(hub), "HUB_HOST": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode
    assert ONE_CLICK in done.stderr


MEMBERS = [  # (user, also in, their groups on the hub)
    (TEACHER, [], [TEACHERS]),
    (SECOND, [], [TEACHERS]),
    (ASSISTANT, [], [ASSISTANTS]),
    (ANA, [], [STUDENTS]),
    (ASSISTANT, [STUDENTS], [STUDENTS]),
    (TEACHER, [STUDENTS], [STUDENTS]),
    (COURSE, [], []),
]


@pytest.mark.parametrize(("user", "more", "wanted"), MEMBERS)
def test_groups_are_the_systems(machine: Hub, user, more, wanted):
    asked = people.SystemGroups()
    asked.students, asked.allowed_groups = STUDENTS, {TEACHERS, ASSISTANTS, STUDENTS}
    try:
        for group in more:
            run("gpasswd", "--add", user, group)
        assert asked.groups_of(user) == wanted
    finally:
        for group in more:
            run("gpasswd", "--delete", user, group)


@pytest.mark.parametrize("user", ["root", COURSE])
def test_a_user_of_no_group_does_not_come_in(hub: Hub, chromium, user):
    """Not with the right password either."""
    run("chpasswd", given=f"{COURSE}:known-to-somebody\n")
    context = chromium.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.goto(hub.address)
    page.get_by_label("Username").fill(user)
    page.get_by_label("Password").fill("known-to-somebody")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Invalid username or password").wait_for()
    context.close()
