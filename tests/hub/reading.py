"""What each user tries, to read what docs/hub.md says is somebody's: a row of its table a row here.

A try is a shell command, run by the user's own shell as in a terminal of the hub, or a function.
All tries of a row must succeed for who may, and all must fail for who may not.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Callable
from pathlib import Path

from .machine import ANA, ASSISTANT, BO, COURSE, PLACE, TEACHER, Hub, processes
from .term import NAME, SLOW, Term

PEOPLE = {"instructors": COURSE, "assistants": ASSISTANT, "that student": ANA, "classmates": BO}
"""The columns, and as whom they work in a terminal: instructors in the course's."""
BROWSERS = {**PEOPLE, "instructors": TEACHER}

MARKS = {COURSE: f"printed-{secrets.token_hex(4)}", ANA: f"printed-{secrets.token_hex(4)}"}
"""What a kernel of each prints all the time."""

# Connects to all that listens on this machine, as far as it can be found, and says what it hears.
LISTEN = """
import glob, os, socket, time, zmq
addresses = set()
for line in open("/proc/net/tcp").read().splitlines()[1:]:
    place, state = line.split()[1], line.split()[3]
    if state == "0A":
        host, port = place.split(":")
        host = socket.inet_ntoa(bytes.fromhex(host)[::-1])
        addresses.add(f"tcp://{'127.0.0.1' if host == '0.0.0.0' else host}:{int(port, 16)}")
for line in open("/proc/net/unix").read().splitlines()[1:]:
    if len(line.split()) > 7:
        addresses.add("ipc://" + line.split()[7])
context, poller = zmq.Context(), zmq.Poller()
for address in addresses:
    if len(address) < 107:
        subscriber = context.socket(zmq.SUB)
        subscriber.setsockopt(zmq.SUBSCRIBE, b"")
        subscriber.linger = 0
        subscriber.connect(address)
        poller.register(subscriber, zmq.POLLIN)
end = time.monotonic() + 3
while time.monotonic() < end:
    for heard, _ in poller.poll(200):
        print(heard.recv_multipart())
print(len(addresses), "addresses")
"""

# Asks each server of the hub for files and a terminal, past the hub and so without its cookies.
PAST_THE_HUB = """
import sys, urllib.request
for line in open("/proc/net/tcp").read().splitlines()[1:]:
    place, state = line.split()[1], line.split()[3]
    host, port = place.split(":")
    if state == "0A" and int(port, 16) == 888:
        host = ".".join(str(each) for each in bytes.fromhex(host)[::-1])
        for user in sys.argv[1:]:
            for what in ("api/contents", "formgrader/gradebook"):
                try:
                    got = urllib.request.urlopen(f"http://{host}:888/user/{user}/{what}")
                    assert "login" not in got.url
                    print(got.read())
                except (OSError, AssertionError):
                    pass
"""

# Takes a port, as the hub or a server would.
TAKE = "import socket, sys; socket.socket().bind((sys.argv[1], int(sys.argv[2])))"


def printed(owner: str) -> Callable[[Term, str], bool]:
    """A kernel's output, by listening."""
    return lambda term, user: MARKS[owner] in heard(term, user)


def heard(term: Term, user: str) -> str:
    """What this user hears; once for all kernels."""
    if user not in term.heard:
        term.heard[user] = term.hub.as_user(user, "python", "-c", LISTEN).stdout
    return term.heard[user]


def past_the_hub(term: Term, user: str) -> bool:
    done = term.hub.as_user(user, "python", "-c", PAST_THE_HUB, COURSE, f"{COURSE}/marking", ANA)
    assert done.returncode == 0, done.stderr
    return bool(done.stdout)


def routes(term: Term, user: str) -> bool:
    address = f"http://127.0.0.1:{term.hub.ports[2]}/api/routes"
    line = f"import urllib.request; print(urllib.request.urlopen('{address}').read())"
    return COURSE in term.hub.as_user(user, "python", "-c", line).stdout


def listen_in_its_place(term: Term, user: str) -> bool:
    places = [("127.0.0.1", port) for port in term.hub.ports] + [("127.1.2.3", 888)]
    taken = [
        term.hub.as_user(user, "python", "-c", TAKE, host, str(port)).stderr
        for host, port in places
    ]
    return not all("PermissionError" in each for each in taken)


def environment(owner: str) -> Callable[[Term, str], bool]:
    """The token of somebody's server, from its environment or its memory."""

    def look(term: Term, user: str) -> bool:
        for pid in processes(owner, term.hub.runtime):
            for what in ("environ", "maps", "cwd/", "fd/"):
                if term.hub.as_user(user, "sh", "-c", f"cat /proc/{pid}/{what}* | head -c1").stdout:
                    return True
        return False

    return look


def command_lines(term: Term, user: str) -> bool:
    done = term.hub.as_user(user, "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    secret = (term.hub.course / "autograde" / "secret").read_text().strip()
    tokens = [
        line.split(b"=", 1)[1].decode()
        for owner in (COURSE, ANA)
        for pid in processes(owner, term.hub.runtime)
        for line in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        if line.startswith((b"JUPYTERHUB_API_TOKEN=", b"JPY_API_TOKEN="))
    ]
    assert tokens
    for each in (secret, *tokens, *term.hub.passwords.values()):
        assert each not in done.stdout
    return "classroom.server" in done.stdout


NOT_RUNNING = 424
"""What the hub answers for a server."""


def address(owner: str, *places: str) -> Callable[[Term, str], bool]:
    """Something of a server, in the browser of who has signed in; False if all is refused."""

    def look(term: Term, user: str) -> bool:
        if not owner and term.status(user, f"{term.hub.server(user)}/lab") == NOT_RUNNING:
            term.pages[user].goto(f"{term.hub.address}/hub/spawn/{user}")
            term.pages[user].wait_for_url(f"{term.hub.server(user)}/lab**", timeout=SLOW)
        got = [term.status(user, f"{term.hub.server(owner or user)}/{place}") for place in places]
        assert set(got) <= {200, 403, 404}, dict(zip(places, got, strict=True))
        assert len({each == 200 for each in got}) == 1, dict(zip(places, got, strict=True))
        return got[0] == 200

    return look


Try = str | Callable[[Term, str], bool]

FILES: dict[str, list[Try]] = {
    "solutions, gradebook, the course's secret, what was collected, feedback": [
        "ls {course}",
        "cat {course}/solutions/{name}/{name}.ipynb",
        "head -c 15 {course}/autograde/gradebook.db",
        "cat {course}/autograde/secret",
        "ls {course}/autograde/submitted/bbh-ana",
        "cat {course}/autograde/feedback/bbh-ana/*/*.html",
    ],
    "the package `autograde`": ["cd {course}; python -c 'import autograde'"],
    "a release": ["ls {ours}/outbound", "cat {ours}/outbound/*/*.ipynb"],
    "a release, to write": [
        "touch {ours}/outbound/{name}/{name}.ipynb",
        "mkdir {ours}/outbound/x && rmdir {ours}/outbound/x",
        # to put a course of one's own in its place
        "mv {ours} {exchange}/x && mv {exchange}/x {ours}",
    ],
    "a student's home, and so the saved answers": [
        "ls /home/bbh-ana",
        "cat /home/bbh-ana/*/*.ipynb",
    ],
    "the names of what was handed in, and of feedback": ["ls {ours}/inbound", "ls {ours}/feedback"],
    "what was handed in, by somebody who knows its name": [
        "cat {handed_in}/{name}.ipynb",
        "touch {handed_in}/x && rm {handed_in}/x",
    ],
    "what a student's program leaves in /tmp": ["cat /tmp/{left}"],
    "the hub's database and cookie secret": [
        "cat {state}/jupyterhub.sqlite",
        "cat {state}/cookie_secret",
    ],
    "the programs, to write": ["touch {place}/bin/python", "touch {place}/hub/x"],
}

PROGRAMS: dict[str, list[Try]] = {
    "what a kernel of the course prints": [printed(COURSE)],
    "what a student's kernel prints": [printed(ANA)],
    "a server's own port, past the hub": [past_the_hub],
    "the proxy's list of servers": [routes],
    "the port of the hub or of a server, to listen there": [listen_in_its_place],
    "environment, memory and open files of the course's server": [environment(COURSE)],
    "the same of a student's server": [environment(ANA)],
    "which programs run, with their arguments": [command_lines],
}

ADDRESSES: dict[str, list[Try]] = {
    "the course's JupyterLab and form grader": [
        address(COURSE, "formgrader/manage_assignments", "api/contents/backward-by-hand")
    ],
    "the pages for marking": [address(COURSE, "marking/formgrader/gradebook")],
    "anything else of the course through these": [
        address(
            COURSE,
            "marking/lab",
            "marking/api/contents/backward-by-hand/solutions",
            "marking/formgrader/manage_assignments",
            f"marking/files/backward-by-hand/solutions/{NAME}/{NAME}.ipynb",
        )
    ],
    "a student's server": [address(ANA, "api/contents", "api/kernels")],
    "a form grader on a server of one's own": [address("", "formgrader/manage_assignments")],
}


def tries(hub: Hub) -> dict[str, list[Try]]:
    """All of them by the name of their row, with this hub's places put in."""
    ours = hub.exchange / "backward-by-hand"
    handed_in = next(iter((ours / "inbound").glob("bbh-ana+*")))
    places = {
        "exchange": hub.exchange,
        "ours": ours,
        "handed_in": shlex.quote(str(handed_in)),
        "course": hub.course,
        "state": hub.state,
        "place": PLACE,
        "name": NAME,
        "left": MARKS[ANA],
    }
    files = {row: [str(each).format(**places) for each in some] for row, some in FILES.items()}
    return {**files, **PROGRAMS, **ADDRESSES}
