"""What the Python that runs course.py lacks of pyproject.toml, for ``--here``."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path


def lacking(root: Path, groups: list[str]) -> list[str]:
    """List the course's requirements that the running Python does not meet."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = [*project["dependencies"], project["name"]]
    for group in groups:
        requirements += project["optional-dependencies"][group]

    absent, versions = [], {}
    for requirement in requirements:
        try:
            versions[requirement] = metadata.version(re.split(r"[^\w.-]", requirement)[0])
        except metadata.PackageNotFoundError:
            absent.append(requirement)
    if absent:
        return absent

    from packaging.requirements import Requirement  # pytest brings it

    return [
        f"{requirement} (it has {version})"
        for requirement, version in versions.items()
        if not Requirement(requirement).specifier.contains(version, prereleases=True)
    ]
