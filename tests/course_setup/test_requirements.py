"""pyproject.toml, the locks and environment.yml say alike what the course needs."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from tests.course_setup.conftest import ROOT

PROJECT, LOCK, SITE = "pyproject.toml", "requirements.lock", "docs/requirements.lock"
CONDA = "environment.yml"


def texts() -> dict[str, str]:
    return {name: (ROOT / name).read_text("utf-8") for name in (PROJECT, LOCK, SITE, CONDA)}


def read_lock(text: str) -> dict[str, tuple[str, int]]:
    """{name: (version, number of hashes)} of a requirements file with hashes."""
    found = {}
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith(("#", "--")):
            requirement, *hashes = re.split(r"\s+--hash=sha256:", line.strip())
            (specifier,) = Requirement(requirement).specifier
            assert specifier.operator == "=="
            assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in hashes)
            found[Requirement(requirement).name] = (specifier.version, len(hashes))
    return found


def asked(pyproject: str, lock: str) -> list[Requirement]:
    """What a lock is made for."""
    project = tomllib.loads(pyproject)["project"]
    groups = ("course", "dev", "site") if lock == SITE else ("course", "dev")
    more = [r for group in groups for r in project["optional-dependencies"][group]]
    return [Requirement(requirement) for requirement in project["dependencies"] + more]


def disagreements(files: dict[str, str]):
    project = tomllib.loads(files[PROJECT])
    build = [Requirement(requirement) for requirement in project["build-system"]["requires"]]
    locked = {lock: read_lock(files[lock]) for lock in (LOCK, SITE)}
    for lock in (LOCK, SITE):
        for requirement in [*asked(files[PROJECT], lock), *build]:
            version, _ = locked[lock].get(requirement.name, ("0", 0))
            if not requirement.specifier.contains(version):
                yield f"{requirement} is locked at {version} in {lock}"
        yield from (
            f"{name} has no hash in {lock}" for name, (_, n) in locked[lock].items() if not n
        )
        if re.search(r"://|--(extra-)?index-url|--find-links| @ ", files[lock]):
            yield f"{lock} names a place"
        if "torch" in locked[lock]:
            yield f"torch is in {lock}"
    for name, (version, _) in locked[LOCK].items():
        if version != locked[SITE].get(name, ("0", 0))[0]:
            yield f"{name} is {version} in {LOCK} and {locked[SITE].get(name)} in {SITE}"
    names = {requirement.name for requirement in asked(files[PROJECT], LOCK)}
    listed = files[CONDA].partition("dependencies:")[2]
    pins = dict(re.findall(r"^  - ([\w-]+?)(?:-base)?[>=]*([\d.]*)(?:,.*)?$", listed, re.M))
    if f">={pins.pop('python')}" != project["project"]["requires-python"]:
        yield f"{CONDA} is for another Python"
    for name in sorted(names ^ pins.keys() - {"pip"}):
        yield f"{name} is only in {PROJECT if name in names else CONDA}"
    for name in names & pins.keys():
        version = locked[LOCK].get(name, ("0", 0))[0]
        if not re.match(r"\d+\.\d+", pins[name]) or not f"{version}.".startswith(f"{pins[name]}."):
            yield f"{name} is {pins[name]} in {CONDA} and {version} in {LOCK}"


def test_they_agree():
    assert list(disagreements(texts())) == []


@pytest.mark.parametrize("lock", [LOCK, SITE, "docs/hub/requirements.lock"])
def test_no_start_of_jupyter_waits_for_a_grammar_that_nothing_here_uses(lock):
    assert "rfc3987-syntax" not in read_lock((ROOT / lock).read_text("utf-8"))


CHANGES = [  # (the file, what is written for what, the disagreement)
    (PROJECT, r"^(dependencies = \[)", r'\1"scipy>1", ', "scipy>1 is locked at 0 in requirements"),
    (PROJECT, "numpy>=2.3", "numpy>=99", "numpy>=99 is locked at 2"),
    (PROJECT, r', "platformdirs\S+"', "", "platformdirs is only in environment.yml"),
    (PROJECT, 'python = ">=3.11"', 'python = ">=3.12"', "environment.yml is for another Python"),
    (
        PROJECT,
        r'requires = \["hatchling"',
        'requires = ["flit-core>1"',
        "flit-core>1 is locked at 0",
    ),
    (LOCK, r"^numpy==\S+", "numpy==1.26.4", "in environment.yml and 1.26.4 in requirements.lock"),
    (LOCK, r"^numpy==\S+", "numpy==1.26.4", "numpy is 1.26.4 in requirements.lock and ('2"),
    (LOCK, r"^numpy==", "numpy-financial==", "numpy>=2.3 is locked at 0 in requirements.lock"),
    (LOCK, r"^(six==\S+).*(\\\n +--hash.*)+", r"\1", "six has no hash in requirements.lock"),
    (LOCK, r"^six==", "torch==", "torch is in requirements.lock"),
    (LOCK, r"\A", "--index-url https://example.org/simple\n", "requirements.lock names a place"),
    (SITE, r"^six==", "sixty==", "in requirements.lock and None in docs/requirements.lock"),
    (SITE, r"^sphinx==\S+", "sphinx==1.0", "is locked at 1.0 in docs/requirements.lock"),
    (SITE, r"^(sphinx==\S+).*(\\\n +--hash.*)+", r"\1", "sphinx has no hash in docs"),
    (SITE, r"\A", "--index-url https://example.org/simple\n", "docs/requirements.lock names a"),
    (CONDA, r"- numpy=.*", "- numpy=2.3", "numpy is 2.3 in environment.yml and 2.4"),
    (CONDA, r"- numpy=.*", "- numpy", "numpy is  in environment.yml and 2.4"),
    (CONDA, r"- pytest=.*\n", "", "pytest is only in pyproject.toml"),
    (CONDA, r"- pytest=", "- scipy=1.16\n  - pytest=", "scipy is only in environment.yml"),
]


@pytest.mark.parametrize(("name", "old", "new", "message"), CHANGES)
def test_a_disagreement_would_be_seen(name, old, new, message):
    files = texts()
    files[name], count = re.subn(old, new, files[name], count=1, flags=re.MULTILINE)
    assert count
    assert any(message in found for found in disagreements(files)), list(disagreements(files))


def test_the_lock_serves_every_platform():
    locked = read_lock(texts()[LOCK])
    assert {"pywinpty", "appnope", "pexpect"} <= locked.keys()  # Windows, macOS, not Windows
    # Wheels of four Pythons for Linux, macOS and Windows.
    assert all(locked[name][1] >= 12 for name in ("numpy", "matplotlib", "pyzmq", "pyyaml"))
