"""A verdict is kept with its test, and none that was handed in."""

from __future__ import annotations

from autograde.grading.preprocessors import KeepVerdicts
from autograde.grading.verdicts import KEY, verdict_of, verdicts_in
from autograde.notebooks.notebook import write


def test_a_verdict_is_kept_and_a_forged_one_is_not(solved, find, resources, tmp_path):
    for name in ("double", "double-test", "halves-test", "why"):
        find(solved, name).metadata[KEY] = {"verdict": "passed", "code": "forged"}
    resources["verdicts"] = {"halves-test": {"verdict": "wrong", "code": "transpose"}}
    nb, _ = KeepVerdicts().preprocess(solved, resources)
    write(nb, tmp_path / "a.ipynb")
    found = {"halves-test": {"verdict": "wrong", "code": "transpose"}}
    assert verdicts_in(tmp_path, ["a", "missing"]) == found
    assert "forged" not in (tmp_path / "a.ipynb").read_text()


def test_what_is_no_verdict_is_none():
    for metadata in ({}, {KEY: None}, {KEY: ["passed"]}):
        assert verdict_of({"metadata": metadata}) == {}
