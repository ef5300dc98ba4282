"""Build the course as JupyterLite: notebooks and Python in the browser, nothing to install.

usage: python docs/lite/build.py OUTPUT [--offline FOLDER]

Run it with the Python of an environment made from requirements.lock, in this folder. OUTPUT is
made anew, and is a folder of files that any web server can serve. Python and its packages come
from Pyodide's own server; with ``--offline`` from FOLDER, which holds a distribution of Pyodide
(pyodide.mjs, pyodide-lock.json and the wheels that it names) and goes into OUTPUT.

Pyodide imports what its lock file names. So the lock gets five entries more: the course's own
wheel, and what the kernel would otherwise look for on PyPI while a student waits.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

from npm import fetched, members  # noqa: E402

VERSION = "314.0.6"
"""The Pyodide that jupyterlite-pyodide-kernel 0.8.6 is made for."""

SERVER = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"

LOCK = (
    f"https://registry.npmjs.org/pyodide/-/pyodide-{VERSION}.tgz",
    "04a0d327222a1710b8044c4ba9e452ddfe71bd76488ceb7c0b7cc62cdfc273bb"
    "45c52c2f29585591c8504360062ceb51e18ad53881716d5f29a320ce3a65b0c5",
)
"""Where Pyodide's lock file is from, and the SHA-512 of that package."""

COMM = "comm==0.2.3 --hash=sha256:c615d91d75f7f04f095b30d1c1711babd43bdc6419c1be9886a85f2f4e489417"
"""The one package that the kernel needs and Pyodide does not have."""

KERNEL = ["micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython"]
"""What the kernel starts with. What is preloaded it does not look for elsewhere."""

COURSE = "backward-by-hand"
DRIVE = "/drive"
"""Where the kernel sees the files of the file browser, which the browser keeps."""


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description="Build the course to run in the browser.")
    parser.add_argument("output", type=Path)
    parser.add_argument("--offline", type=Path, metavar="FOLDER", help="a Pyodide distribution")
    given = parser.parse_args()
    build(given.output.resolve(), given.offline and given.offline.resolve())


def build(output: Path, offline: Path | None) -> None:
    """Write the site to `output`."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        notebooks(work / "contents")
        shutil.rmtree(output, ignore_errors=True)
        jupyterlite(work, output)
        wheels = output / "static" / "pyodide"  # beside the lock that names them
        wheels.mkdir(parents=True)
        own = [course_wheel(wheels), *kernel_wheels(output, wheels)]
        if offline is None:
            own.append(comm_wheel(work, wheels))
            place, lock = SERVER, pyodide_lock()
        else:
            place, lock = "", json.loads((offline / "pyodide-lock.json").read_text())
            own += copy_distribution(offline, wheels, lock)
        write_lock(lock, place, own, wheels / "pyodide-lock.json")
        configure(
            output, offline is not None, [name for name in KERNEL if name in lock["packages"]]
        )
        say_when_there_is_no_python(output)


def notebooks(contents: Path) -> None:
    """Copy the student notebooks, with the files beside them; nobody's outputs or saved work."""
    leave = shutil.ignore_patterns(".*", "__pycache__", "filled_in")
    shutil.copytree(ROOT / "notebooks", contents, ignore=leave)


def jupyterlite(work: Path, output: Path) -> None:
    """Run JupyterLite's own build."""
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(work)]
    command += ["--contents", str(work / "contents"), "--output-dir", str(output)]
    command += ["--apps", "lab", "--apps", "notebooks", "--no-unused-shared-packages"]
    command += ["--no-sourcemaps"]
    ran = subprocess.run(command, cwd=work, capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"jupyter lite build failed:\n{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}")


def course_wheel(wheels: Path) -> Path:
    """Build the wheel of course_utils."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"the wheel of course_utils could not be built:\n{ran.stderr[-3000:]}")
    (wheel,) = wheels.glob("backward_by_hand-*.whl")
    return wheel


def kernel_wheels(output: Path, wheels: Path) -> list[Path]:
    """Copy the kernel's own wheels from its extension."""
    extension = output / "extensions" / "@jupyterlite" / "pyodide-kernel-extension"
    names = ("piplite", "pyodide_kernel", "ipykernel")
    found = [next((extension / "static" / "pypi").glob(f"{name}-*.whl")) for name in names]
    return [Path(shutil.copy(wheel, wheels)) for wheel in found]


def comm_wheel(work: Path, wheels: Path) -> Path:
    """Download the wheel of comm from PyPI, as pip does it here."""
    (work / "comm.txt").write_text(COMM + "\n")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes"]
    command += ["--only-binary=:all:", "-d", str(wheels), "-r", str(work / "comm.txt")]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"comm could not be downloaded:\n{ran.stderr[-3000:]}")
    return next(wheels.glob("comm-*.whl"))


def pyodide_lock() -> dict[str, Any]:
    """Return Pyodide's own lock file, from its package on npm."""
    (content,) = members(fetched(*LOCK), ["package/pyodide-lock.json"])
    lock: dict[str, Any] = json.loads(content)
    return lock


def copy_distribution(offline: Path, there: Path, lock: dict[str, Any]) -> list[Path]:
    """Copy a distribution; return its pure Python wheels that its lock does not know.

    Entries of the lock whose file is not in the folder go: asking for one is then an
    ordinary ModuleNotFoundError.
    """
    packages = lock["packages"]
    files = {path.name: path for path in offline.iterdir() if path.is_file()}
    named = {entry["file_name"] for entry in packages.values()}
    for name, path in files.items():
        if name in named or path.suffix in (".mjs", ".js", ".wasm") or name == "python_stdlib.zip":
            shutil.copy(path, there)
    for key in [key for key, entry in packages.items() if entry["file_name"] not in files]:
        del packages[key]
    more = [name for name in files if name.endswith("-none-any.whl") and name not in named]
    return [Path(shutil.copy(files[name], there)) for name in more]


def write_lock(lock: dict[str, Any], place: str, own: list[Path], path: Path) -> None:
    """Write Pyodide's lock with our wheels in it; it stands beside them."""
    for entry in lock["packages"].values():
        entry["file_name"] = place + entry["file_name"]
    for wheel in own:
        entry = entry_of(wheel)
        lock["packages"][entry["name"]] = entry
    known = {normal(name) for name in lock["packages"]}
    for entry in lock["packages"].values():
        entry["depends"] = [name for name in entry["depends"] if normal(name) in known]
    path.write_text(json.dumps(lock, indent=1) + "\n", encoding="utf-8")


def entry_of(wheel: Path) -> dict[str, Any]:
    """Return what a lock file says of a wheel."""
    content = wheel.read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        (metadata,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        text = archive.read(metadata).decode("utf-8").split("\n\n")[0]
    needs = [
        normal(re.split(r"[ ;<>=!~\[(]", line.removeprefix("Requires-Dist: "))[0])
        for line in text.splitlines()
        if line.startswith("Requires-Dist: ") and "extra ==" not in line
    ]
    return {
        "name": normal(re.findall(r"^Name: (.*)$", text, re.M)[0]),
        "version": re.findall(r"^Version: (.*)$", text, re.M)[0],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(content).hexdigest(),
        "package_type": "package",
        "imports": sorted({n.split("/")[0] for n in names if n.endswith("/__init__.py")}),
        "depends": sorted(set(needs)),
        "unvendored_tests": False,
    }


def normal(name: str) -> str:
    """Return the name of a package as lock files spell it."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def configure(output: Path, offline: bool, kernel: list[str]) -> None:
    """Tell JupyterLite which Pyodide, which lock, and where saved work goes."""
    path = output / "jupyter-lite.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    data = settings["jupyter-config-data"]
    data["appName"] = "Backward by Hand"
    # A cell that is run before the kernel is there waits for it, and no dialog asks which kernel.
    tracker = {"autoStartDefaultKernel": True}
    data["settingsOverrides"] = {"@jupyterlab/notebook-extension:tracker": tracker}
    plugins = data.setdefault("litePluginSettings", {})
    plugins.setdefault("@jupyterlite/pyodide-kernel-extension:kernel", {}).update(
        pyodideUrl="./static/pyodide/pyodide.mjs" if offline else SERVER + "pyodide.mjs",
        disablePyPIFallback=offline,
        loadPyodideOptions={
            "lockFileURL": "./static/pyodide/pyodide-lock.json",
            # A package that a cell names comes by itself; what the course draws with, none names.
            "packages": [*kernel, COURSE, "matplotlib"],
            # On the drive, an answer is there in the next notebook, and tomorrow.
            "env": {"HOME": "/home/pyodide", "COURSE_UTILS_FILLED_IN": f"{DRIVE}/filled_in"},
        },
    )
    path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def say_when_there_is_no_python(output: Path) -> None:
    """Put the sentences of no-python.js into each page."""
    shutil.copy(HERE / "no-python.js", output / "static")
    for page in (output / "lab" / "index.html", output / "notebooks" / "index.html"):
        text = page.read_text(encoding="utf-8")
        line = '<script src="../static/no-python.js" defer></script>\n</head>'
        changed = text.replace("</head>", line, 1)
        assert changed != text, page
        page.write_text(changed, encoding="utf-8")


if __name__ == "__main__":
    main()
