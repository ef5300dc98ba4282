"""Build the course's site: ``python3 course.py site``.

The pages are those of this folder, and the notebooks as students get them, run as they are: every
exercise still empty, so that no page can hold an answer. What a check says of an empty exercise is
left out. All that a page needs comes with it; no page asks another site for anything.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode
from npm import fetched, members

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
BUILD = DOCS / "_build"
SOURCE = BUILD / "source"
HTML = BUILD / "html"

MATHJAX = (
    "https://registry.npmjs.org/mathjax/-/mathjax-3.2.2.tgz",
    "06df9249553c7811b6ef30a155ec0e89c62ced7b1db78d2a9b8f94a47c97ee4d"
    "3f3bd36588f73ec7bee4d7f144b0fb2328f64626fb5164cd6f3be81e5b43a11b",
)
MATHJAX_FILES = ("tex-svg-full.js", "a11y/assistive-mml.js")
"""One file draws everything, its letters included; the other says it to a screen reader."""

NOT_PAGES = ("_build", "build.py", "npm.py", "requirements*", "lite", "teaching.md")
"""The last holds the rubrics, which are answers."""

NOTEBOOK = r"\((?:\.\./)?notebooks/\w+/(\w+\.ipynb)"
"""A link to a notebook in the repository, which is a page of the site."""

SECONDS = 600


def main(arguments: list[str]) -> int:
    """Build the site; the exit status is Sphinx's."""
    parser = argparse.ArgumentParser(prog="course.py site", description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=HTML, help="a folder (docs/_build/html)")
    parser.add_argument(
        "--run",
        default="*",
        help="only the notebooks whose names fit are run ('0[0-3]*'); '' is none",
    )
    parser.add_argument(
        "--lite",
        type=Path,
        metavar="PYTHON",
        help="build the version that runs in the browser as well, with this Python",
    )
    options = parser.parse_args(arguments)
    gather(run=options.run)
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q"]
    doctrees = BUILD / "doctrees"
    command += ["-d", str(doctrees), str(SOURCE), str(options.output)]
    status = subprocess.run(command, cwd=ROOT).returncode
    if status == 0:
        print(f"The site is in {options.output}; open {options.output / 'index.html'}", flush=True)
    if status == 0 and options.lite:
        command = [str(options.lite), str(DOCS / "lite" / "build.py"), str(options.output / "lite")]
        path = f"{options.lite.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        environment = {**os.environ, "PATH": path, "VIRTUAL_ENV": str(options.lite.parents[1])}
        status = subprocess.run(command, cwd=ROOT, env=environment).returncode
    return status


def gather(*, run: str) -> None:
    """Put together what Sphinx reads."""
    if SOURCE.exists():
        shutil.rmtree(SOURCE)
    not_pages = shutil.ignore_patterns(*NOT_PAGES)
    # What is in a folder, such as a hub's settings, can be downloaded where a page links to it.
    shutil.copytree(
        DOCS,
        SOURCE,
        ignore=lambda folder, names: not_pages(folder, names) if folder == str(DOCS) else [],
    )
    for page in SOURCE.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        page.write_text(re.sub(NOTEBOOK, r"(course/\1", text), encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    index = SOURCE / "course" / "index.md"
    listed = index.read_text(encoding="utf-8").replace("<!-- notebooks -->", table_of(readme))
    index.write_text(listed, encoding="utf-8")
    put_mathjax(SOURCE / "_static" / "mathjax")
    course = SOURCE / "course"
    handed_out = SOURCE / "_static" / "notebooks"
    handed_out.mkdir()
    paths = sorted((ROOT / "notebooks").glob("*/*.ipynb"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pages = pool.map(lambda path: page_of(path, outputs=fnmatch(path.stem, run)), paths)
        for path, page in zip(paths, pages, strict=True):
            nbformat.write(page, course / path.name)
            shutil.copy(path, handed_out)


def table_of(readme: str) -> str:
    """Return the README's table of the notebooks, its links to the pages of the site."""
    rows = re.findall(r"^\| \[.*?\]\(notebooks/.*\|$", readme, re.MULTILINE)
    rows = [re.sub(NOTEBOOK, r"(\1", row) for row in rows]
    return "\n".join(["| notebook | you fill in | minutes |", "|---|---|---|", *rows])


# ---- a notebook as a page ---------------------------------------------------------------


def page_of(path: Path, *, outputs: bool) -> NotebookNode:
    """Return a student's notebook, with what its given cells show."""
    notebook = nbformat.read(path, as_version=4)
    shown = outputs_of(path) if outputs else {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.from_dict(each) for each in shown.get(cell.id, [])]
            cell.execution_count = None
        elif cell.cell_type == "markdown":
            source = cell.source.replace("`docs/notation.md`", "[Notation](../notation.md)")
            cell.source = with_doors(source, path) if cell is notebook.cells[0] else source
        cell.metadata = NotebookNode()
    return notebook


def with_doors(source: str, path: Path) -> str:
    """Return the first cell with what one can do with the notebook, under its heading."""
    heading, _, rest = source.partition("\n")
    place = path.relative_to(ROOT / "notebooks").as_posix()
    doors = (
        f'<p class="doors"><a href="../lite/lab/index.html?path={place}">Run in your browser</a> '
        f'<a href="../_static/notebooks/{path.name}" download>Download the notebook</a></p>\n'
    )
    return f"{heading}\n\n{doors}\n{rest}"


def outputs_of(path: Path) -> dict[str, list[dict[str, object]]]:
    """Return the outputs of a notebook's given cells, by their ids; kept from build to build."""
    key = hashlib.sha256(path.read_bytes())
    for used in sorted((ROOT / "course_utils").rglob("*")):
        if used.suffix in (".py", ".csv", ".gz") and "filled_in" not in used.parts:
            key.update(used.read_bytes())
    kept = BUILD / "outputs" / f"{path.stem}-{key.hexdigest()[:16]}.json"
    if kept.exists():
        found: dict[str, list[dict[str, object]]] = json.loads(kept.read_text(encoding="utf-8"))
        return found
    notebook = nbformat.read(path, as_version=4)
    cells = [c for c in notebook.cells if c.cell_type == "code" and not is_a_test(c)]
    for cell in cells:
        if cell.metadata.get("nbgrader"):
            cell.metadata["tags"] = ["raises-exception"]  # it is empty
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run.ipynb"
        nbformat.write(nbformat.v4.new_notebook(metadata=notebook.metadata, cells=cells), run)
        command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace"]
        command += [f"--ExecutePreprocessor.timeout={SECONDS}", str(run)]
        nothing = dict(os.environ, COURSE_UTILS_FILLED_IN=str(Path(folder) / "filled_in"))
        done = subprocess.run(command, env=nothing, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{path.name} could not be run:\n{done.stderr}")
        cells = nbformat.read(run, as_version=4).cells
    found = {
        cell.id: [dict(each) for each in cell.outputs]
        for cell in cells
        if not cell.metadata.get("nbgrader")
    }
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(found), encoding="utf-8")
    return found


def is_a_test(cell: NotebookNode) -> bool:
    """Whether a cell only checks an answer: what it says of an empty one is no news."""
    nbgrader = cell.metadata.get("nbgrader", {})
    return bool(nbgrader.get("grade")) and not nbgrader.get("solution")


# ---- what comes from elsewhere ----------------------------------------------------------


def put_mathjax(folder: Path) -> None:
    """Put MathJax beside the pages, so that formulas are drawn without a network."""
    contents = members(fetched(*MATHJAX), [f"package/es5/{name}" for name in MATHJAX_FILES])
    for name, content in zip(MATHJAX_FILES, contents, strict=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
