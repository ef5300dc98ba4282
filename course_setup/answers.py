"""Whether an environment answers, asked with its own Python: `answers.py NAME ...`.

Each package has every file that it came with, and each NAME (a package, or a module) is imported.
"""

import importlib
import os
import re
import sys
import warnings
from importlib import metadata


def trouble(names: list[str]) -> str | None:
    """Return what is wrong, or None."""
    for package in metadata.distributions():
        files = package.files  # None where pip did not come to the end of it
        if files is None or not all(os.path.exists(file.locate()) for file in files):
            return f"{package.name} is not complete"
    modules: dict[str, list[str]] = {}
    for module, packages in metadata.packages_distributions().items():
        for name in packages:
            modules.setdefault(re.sub(r"[-_.]+", "-", name).lower(), []).append(module)
    for name in names:
        for module in modules.get(name, [name]):
            try:
                importlib.import_module(module)
            except Exception as error:
                return f"{name}: {type(error).__name__}: {error}".splitlines()[0]
    return None


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(trouble(sys.argv[1:]))
