"""The files of docs/hub agree with each other, with the course's lock and with the page."""

from __future__ import annotations

import json
import re

import pytest

from autograde.course.course import ROOT

HUB = ROOT / "docs" / "hub"
PAGE = (ROOT / "docs" / "hub.md").read_text(encoding="utf-8")


def locked(path) -> dict[str, str]:
    """{package: version} of a lock; a package may have several, for several Pythons."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", path.read_text(), re.MULTILINE):
        found.setdefault(name.lower(), set()).add(version)
    return {name: " ".join(sorted(versions)) for name, versions in found.items()}


def test_the_hub_has_the_versions_of_the_course():
    hub, course = locked(HUB / "requirements.lock"), locked(ROOT / "requirements.lock")
    both = hub.keys() & course.keys()
    assert {"nbgrader", "jupyterlab", "numpy", "matplotlib"} <= both
    assert {name: hub[name] for name in both} == {name: course[name] for name in both}
    assert "jupyterhub" in hub


def test_every_package_of_the_hub_has_a_hash():
    blocks = re.split(r"^(?=[\w.-]+==)", (HUB / "requirements.lock").read_text(), flags=re.M)[1:]
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_proxy_is_pinned_and_from_no_mirror():
    wanted = json.loads((HUB / "package.json").read_text())["dependencies"]
    text = (HUB / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    name = "configurable-http-proxy"
    assert wanted == {name: packages[f"node_modules/{name}"]["version"]}
    assert [path for path, each in packages.items() if path and "integrity" not in each] == []
    assert "127.0.0.1" not in text
    assert "localhost" not in text


INSTALLED = ["jupyterhub_config.py", "templates", "students", "assistants", "course", "kernel.json"]


@pytest.mark.parametrize("name", INSTALLED)
def test_what_the_hub_reads_is_installed_with_it(name):
    assert (HUB / name).exists()
    assert f'"$here/{name}"' in (HUB / "install.sh").read_text()


def test_no_setting_hides_a_typing_mistake():
    for path in (*HUB.rglob("*.json"),):
        json.loads(path.read_text())
    for path in HUB.rglob("*.py"):
        compile(path.read_text(encoding="utf-8"), path, "exec")


LINES = [  # what tests/hub/conftest.py does and the page must say
    "install -d -m 700 /srv/jupyterhub",
    "install -d -m 1777 /srv/nbgrader/exchange",
    "install -d -o course -g course -m 755 /srv/nbgrader/exchange/backward-by-hand",
    "install -d -o course -g course -m 3733 /srv/nbgrader/exchange/backward-by-hand/inbound",
    "chmod 700 /home/course/backward-by-hand",
]


@pytest.mark.parametrize("line", LINES)
def test_the_page_says_what_is_tested(line):
    assert f"    {line}\n" in PAGE
