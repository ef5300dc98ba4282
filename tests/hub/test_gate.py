"""docs/hub/classroom/gate.py: which requests a server answers."""

from __future__ import annotations

import importlib.util

import pytest

from autograde.course.course import ROOT

PATH = ROOT / "docs" / "hub" / "classroom" / "gate.py"
spec = importlib.util.spec_from_file_location("gate", PATH)
assert spec is not None
assert spec.loader is not None
gate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(gate)

GO, LAB, NO = 200, 302, 403
BASE = "/user/ana/"
REPOSITORY = "https://git.uni.example/ml/students.git"
LINK = f"git-pull?repo={REPOSITORY}&branch=main&targetpath=students"

FETCHED = [  # (from where, into what, method, address, answer)
    ("none", "document", "GET", "lab/tree/x.ipynb?reset", GO),
    ("same-origin", "empty", "POST", "api/terminals", GO),
    ("same-origin", "iframe", "GET", "formgrader", GO),
    ("", "", "GET", "api/contents", GO),
    # another user's page, or another site
    ("same-site", "document", "GET", "", GO),
    ("same-site", "document", "GET", "lab", GO),
    ("same-site", "document", "GET", "lab?redirects=1", GO),
    ("same-site", "document", "GET", "oauth_callback?code=1&state=2", GO),
    ("cross-site", "document", "GET", LINK, GO),
    ("same-site", "document", "GET", "lab?reset", LAB),
    ("same-site", "document", "GET", "lab/tree/autograde/submitted/ana/x.ipynb", LAB),
    ("same-site", "document", "GET", "formgrader/manage_assignments", LAB),
    ("cross-site", "document", "GET", "files/x.html", LAB),
    ("same-site", "document", "POST", "lab", NO),
    ("same-site", "iframe", "GET", "lab", NO),
    ("same-site", "empty", "GET", "api/contents", NO),
    ("cross-site", "empty", "GET", "terminals/websocket/1", NO),
    ("same-site", "script", "GET", "static/x.js", NO),
    ("cross-site", "image", "GET", "logout", NO),
    ("same-site", "empty", "GET", LINK.replace("pull?", "pull/api?"), NO),
]


@pytest.mark.parametrize(("site", "into", "method", "place", "wanted"), FETCHED)
def test_whose_page_asks(site, into, method, place, wanted):
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": into} if site else {}
    open_to = gate.Gate(BASE, repository=REPOSITORY)
    assert open_to.answer(method, BASE + place, headers) == wanted


ASKED = [  # (address, answer), whoever asks
    (BASE + "formgrader", GO),
    (BASE + "formgrader/?path=/tmp", NO),
    (BASE + "formgrader?path=/tmp", NO),
    (BASE + "/formgrader?path=/tmp", NO),
    (BASE + "formgrader?a=1&path=/tmp", NO),
    (BASE + "git-sync?repo=x", NO),
    (BASE + "interact?repo=x", NO),
    ("/user/ana", GO),
    ("/user/bo/lab", NO),
    ("/user/anastasia/lab", NO),
    (BASE + LINK, GO),
    (BASE + LINK + "&urlpath=lab/tree/students/notebooks/01_a/01_a.ipynb", GO),
    (BASE + LINK + "&urlpath=%3Cscript%3Ealert(1)%3C/script%3E", NO),
    (BASE + LINK + "&urlpath=lab/tree/%3Cscript%3Ealert(1)%3C/script%3E", NO),
    (BASE + LINK + "&urlpath=lab/tree/../../logout", NO),
    (BASE + LINK + "&urlpath=javascript:alert(1)", NO),
    (BASE + LINK + "&urlPath=%3Cb%3E", NO),
    (BASE + LINK + "&backup=1", NO),
    (BASE + LINK + "&targetpath=.ssh", NO),
    (BASE + LINK.replace("targetpath=students", "targetpath=.ssh"), NO),
    (BASE + LINK.replace("targetpath=students", "targetpath=../ana"), NO),
    (BASE + LINK.replace("git.uni.example", "evil.example"), NO),
    (BASE + LINK.replace("branch=main", "branch=--upload-pack=x%20y"), NO),
    (BASE + LINK.replace("pull?", "pull/api?") + "&_xsrf=abc-_=", GO),
    (BASE + LINK.replace("pull?", "pull/api?") + "&depth=1", NO),
]


@pytest.mark.parametrize(("address", "wanted"), ASKED)
def test_what_is_asked_for(address, wanted):
    assert gate.Gate(BASE, repository=REPOSITORY).answer("GET", address, {}) == wanted


def test_without_a_repository_there_is_no_link():
    assert gate.Gate(BASE).answer("GET", f"{BASE}git-pull?repo=&targetpath=", {}) == NO
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}
    assert gate.Gate(BASE).answer("GET", f"{BASE}git-pull", headers) == NO


MARKED = [  # (method, address, answer) of the server for assistants
    ("GET", "", GO),
    ("GET", "formgrader/gradebook", GO),
    ("GET", "formgrader/gradebook/03_one_sample/03_one_sample", GO),
    ("GET", "formgrader/submissions/0f3a/?index=0", GO),
    ("GET", "formgrader/submissions/0f3a/next_incorrect?index=1", GO),
    ("GET", "formgrader/api/grades?submission_id=0f3a", GO),
    ("GET", "formgrader/static/css/formgrade.css", GO),
    ("GET", "static/favicon.ico", GO),
    ("PUT", "formgrader/api/grade/0f3a", GO),
    ("PUT", "formgrader/api/comment/0f3a", GO),
    ("POST", "formgrader/api/submitted_notebook/0f3a/flag", GO),
    # JupyterLab's
    ("GET", "lab", NO),
    ("GET", "tree", NO),
    ("GET", "api/contents/backward-by-hand/solutions", NO),
    ("GET", "files/backward-by-hand/autograde/secret", NO),
    ("GET", "nbconvert/html/backward-by-hand/solutions/x.ipynb", NO),
    ("POST", "api/terminals", NO),
    ("GET", "terminals/websocket/1", NO),
    ("POST", "api/kernels", NO),
    ("GET", "api/kernels/1/channels", NO),
    ("POST", "api/shutdown", NO),
    ("GET", "metrics", NO),
    # the form grader's
    ("GET", "formgrader", NO),
    ("GET", "formgrader?path=/tmp", NO),
    ("GET", "formgrader/manage_assignments", NO),
    ("PUT", "formgrader/api/student/..%2F..%2Fsolutions", NO),
    ("PUT", "formgrader/api/assignment/03_one_sample", NO),
    ("POST", "formgrader/api/submission/03_one_sample/ana/autograde", NO),
    ("POST", "formgrader/api/assignment/03_one_sample/release", NO),
    ("DELETE", "formgrader/api/grade/0f3a", NO),
    # paths that lead elsewhere
    ("GET", "formgrader/submissions/0f3a/x.png", NO),
    ("GET", "formgrader/submissions/0f3a/..%2F..%2F..%2Fsolutions/x.ipynb", NO),
    ("GET", "formgrader/static/../../x", NO),
    ("GET", "static/..%2f..%2fx", NO),
    ("GET", "formgrader/gradebook/%2e%2e", NO),
    ("GET", "formgrader/gradebook/..", NO),
    ("PUT", "formgrader/api/grade/0f3a\n", NO),
]


@pytest.mark.parametrize(("method", "place", "wanted"), MARKED)
def test_what_assistants_can_do(method, place, wanted):
    assert gate.Gate(BASE, marking=True).answer(method, BASE + place, {}) == wanted
