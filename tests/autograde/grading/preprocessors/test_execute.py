from __future__ import annotations

from nbformat.v4 import new_code_cell, new_notebook

from autograde.grading.preprocessors import Execute


def run(course, folder, *sources):
    nb = new_notebook(
        cells=[new_code_cell(source) for source in sources],
        metadata={"kernelspec": {"name": "python3", "display_name": "", "language": "python"}},
    )
    Execute(parent=course.app).preprocess(nb, {"metadata": {"path": str(folder)}})
    return ["".join(out.get("text", out.get("evalue", "")) for out in c.outputs) for c in nb.cells]


def test_files_of_a_submission_are_data_and_no_modules(course, tmp_path):
    for name in ("numpy", "course_utils", "json", "ipykernel_launcher", "own"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('shadowed')")
    (tmp_path / "data.csv").write_text("1,2")
    said = run(
        course,
        tmp_path,
        "import json, numpy, course_utils.autodiff.function\nprint(numpy.__name__)",
        "print(open('data.csv').read())",
        "import own",
        "import os\nprint(os.getcwd())",
    )
    assert said[:3] == ["numpy\n", "1,2\n", "No module named 'own'"]
    assert said[3].strip() == str(tmp_path)
