"""The link that brings the course into a student's home, and links of others."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from autograde.commands.link import link
from autograde.release.archive import write_branch

from .machine import BO, COURSE, TEACHER
from .term import NAME, SLOW, look


def test_a_link_brings_the_students_branch_and_later_what_is_new(term, monkeypatch):
    """The repository is a folder of this student's here; at a university it is an address."""
    hub, page = term.hub, term.pages[BO]
    repository = hub.repository
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


LINKS = [  # (whose server, what a link of somebody else says)
    (BO, "git-pull?repo=file:///tmp/x&branch=main&targetpath=.ssh"),
    (BO, "git-pull?repo={repository}&targetpath=backward&urlpath=<img src=x onerror=alert(1)>"),
    (BO, "git-sync?repo=file:///tmp/x"),
    (COURSE, "git-pull?repo={repository}&branch=students&targetpath=backward"),
]


@pytest.mark.parametrize(("owner", "place"), LINKS)
def test_other_links_are_refused(term, owner, place):
    """From wherever they come: these are typed."""
    place = place.replace("{repository}", f"file://{term.hub.repository}")
    user = TEACHER if owner == COURSE else owner
    assert term.status(user, f"{term.hub.server(owner)}/{place}") in (403, 404)


def test_a_settings_file_that_an_address_names_is_not_run(term, tmp_path):
    """nbgrader runs it as the course: `formgrader?path=` is all that it takes."""
    tmp_path.chmod(0o777)
    marker = tmp_path / "was-here"
    (tmp_path / "nbgrader_config.py").write_text(f"open({str(marker)!r}, 'w').write('x')\n")
    for place in ("formgrader?path=", "formgrader/?path="):
        assert term.status(TEACHER, f"{term.hub.server(COURSE)}/{place}{tmp_path}") == 403
    assert not marker.exists()
