"""The checker over the benchmark's cases, and the command around it."""

import json

import pytest

from benchmarks import checker, peers
from benchmarks.case_files import CaseSet, as_function, fair, load
from benchmarks.cases import CASES, OPS
from course_utils.autodiff.function import vjp

SEEDS = 2


@pytest.fixture(scope="module")
def tallies():
    return checker.compare(load(None), SEEDS, True, {peers.CS231N: peers.cs231n}, show=False)


def test_no_wrong_one_passes(tallies):
    assert sorted(set(tallies[checker.OURS].false_passes)) == []


def test_no_right_one_fails(tallies):
    right = CaseSet(OPS, tuple(case for case in CASES if case.kind == "correct"))
    ours = checker.compare(right, 12, True, {}, show=False)[checker.OURS]
    assert sorted({*tallies[checker.OURS].false_fails, *ours.false_fails}) == []


def test_mistakes_are_named(tallies):
    ours = tallies[checker.OURS]
    told = {f"{u['id']}: {u['expected']}, reported as {u['got']}" for u in ours.unnamed}
    assert ours.share_named >= 0.95, "\n".join(sorted(told))


def test_every_case_was_seen(tallies):
    for tally in tallies.values():
        assert tally.right + tally.wrong == SEEDS * len(CASES)
        assert len(tally.seconds) == SEEDS * len(CASES)


def test_a_single_trial_lets_some_pass_and_names_few(tallies):
    """The comparison can tell methods apart."""
    theirs = tallies[peers.CS231N]
    assert theirs.false_passes
    assert theirs.share_named < 0.5


@pytest.mark.parametrize("name", peers.available()[0])
def test_each_peer_tells_gross_mistakes_from_right_ones(name):
    method = peers.available()[0][name]
    expected = {
        "exp__right_array": True,
        "matmul__right_einsum": True,
        "linear_t__right_array": True,
        "exp__minus": False,
        "exp__two": False,
        "matmul__turned_B": False,
        "linear_t__b_mean": False,
        "neuron__typo": False,
    }
    found = {
        case.id: peers.judged(method, peers.sample(case, OPS[case.op], 0)).passed
        for case in CASES
        if case.id in expected
    }
    assert found == expected


@pytest.mark.parametrize(
    ("code", "accept", "got", "named"),
    [
        ("factor:q", (), "factor:q", True),
        ("factor:q", (), "factor:1/q", False),
        ("wrong-local", ("factor:*",), "factor:0.434294", True),
        ("shape", "transpose", "transpose", True),
        ("shape", (), "", False),
    ],
)
def test_a_mistake_is_named_by_its_code_or_an_accepted_one(code, accept, got, named):
    tally = checker.Tally(1)
    case = type("Case", (), {"id": "a", "kind": "wrong", "code": code, "accept": accept})
    tally.add(case, False, (got,), 0.001)
    assert tally.share_named == float(named)


@pytest.mark.parametrize(
    ("said", "misnamed"),
    [
        ("factor:q", False),
        ("factor:1/q", True),
        ("transpose", True),
        ("wrong-local", False),
        ("entries", False),
        ("crash", False),
        ("(ValueError in the checker)", False),
    ],
)
def test_a_specific_name_that_is_not_fair_is_misnamed(said, misnamed):
    tally = checker.Tally(1)
    case = type("Case", (), {"id": "a", "kind": "wrong", "code": "factor:q", "accept": ()})
    tally.add(case, False, (said,), 0.001)
    assert tally.share_misnamed == float(misnamed)


def test_a_false_pass_is_not_named():
    tally = checker.Tally(1)
    case = type("Case", (), {"id": "a", "kind": "wrong", "code": "shape", "accept": ("*",)})
    tally.add(case, True, ("shape",), 0.001)
    assert tally.share_named == 0.0
    assert tally.false_passes == ["a"]


def test_a_fresh_backward_comes_with_each_function():
    case = next(case for case in CASES if case.id == "cube__adds_up")
    for _ in range(2):
        output, pullback = vjp(as_function(case, OPS["cube"]), [[2.0]])
        assert pullback(output * 0 + 1)[0] == 12.0


FILE = """
from dataclasses import dataclass
import numpy as np

@dataclass
class Op:
    name: str = "double"
    forward = staticmethod(lambda x: 2 * x)
    inputs = ("x",)
    wrt = (0,)
    dims = {"n": 5}
    special = (("zeros", lambda rng: (np.zeros(3),)),)
    square = ()
    batch = ""
    lo = ()
    def make_inputs(self, rng, dims=None):
        return (rng.normal(size={**self.dims, **(dims or {})}["n"]),)

@dataclass
class Case:
    id: str
    kind: str
    code: str
    backward: object
    op: str = "double"
    accept: tuple = ()

OPS = {"double": Op()}
CASES = [
    Case("right", "correct", "", lambda g, x: (2 * g,)),
    Case("half", "wrong", "factor:1/2", lambda g, x: (g,)),
    Case("misnamed", "wrong", "transpose", lambda g, x: (-2 * g,)),
    Case("called_wrong", "wrong", "factor:2", lambda g, x: (g + g,)),
    Case("called_right", "correct", "", lambda g, x: (3 * g,)),
    Case(
        "at_zero", "wrong", "nan",
        lambda g, x: (2 * g if np.any(x) else np.nan * g,),
    ),
]
"""
KEYS = {
    "false_passes",
    "false_fails",
    "named",
    "misnamed",
    "median_ms",
    "ratio_to_cs231n",
    "ratio_of_totals",
    "median_forwards",
    "forwards_of_cs231n",
    "most_forwards",
    "right",
    "wrong",
    "seeds",
    "false_pass_ids",
    "false_fail_ids",
    "unnamed",
}


@pytest.fixture
def case_file(tmp_path):
    path = tmp_path / "some_cases.py"
    path.write_text(FILE)
    return path


def last_line(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_the_last_line_is_json(case_file, capsys):
    assert checker.main(["--cases", str(case_file), "--seeds", "3", "--json"]) == 0
    found = last_line(capsys)
    assert found.keys() >= KEYS
    assert (found["right"], found["wrong"], found["seeds"]) == (2, 4, 3)
    assert (found["false_passes"], found["false_pass_ids"]) == (3, ["called_wrong"])
    assert (found["false_fails"], found["false_fail_ids"]) == (3, ["called_right"])
    assert found["named"] == 6 / 12
    assert found["misnamed"] == 3 / 12
    assert {"id": "misnamed", "expected": "transpose", "got": "factor:-1"} in found["unnamed"]
    assert found["median_ms"] > 0
    assert found["ratio_to_cs231n"] > 0


def test_hints_can_be_left_out(case_file, capsys):
    arguments = ["--cases", str(case_file), "--json", "--only", "at_zero"]
    assert checker.main(arguments) == 0
    assert last_line(capsys)["named"] == 1.0
    assert checker.main([*arguments, "--no-hints"]) == 0
    assert last_line(capsys)["false_pass_ids"] == ["at_zero"]


def test_the_table_names_methods_and_what_is_skipped(case_file, capsys):
    assert checker.main(["--cases", str(case_file)]) == 0
    out = capsys.readouterr().out
    for name in (checker.OURS, *peers.available()[0], *peers.available()[1]):
        assert name in out
    assert "Misnamed: misnamed is transpose, reported as factor:-1" in out


def test_the_forwards_of_a_verdict_are_counted(case_file, capsys):
    assert checker.main(["--cases", str(case_file), "--json", "--only", "half"]) == 0
    found = last_line(capsys)
    # CS231n runs it twice for each entry, and once to know what arrives from above.
    sizes = checker.load(case_file).ops["double"].dims
    assert found["forwards_of_cs231n"] == 2 * sizes["n"] + 1
    assert found["most_forwards"] >= found["median_forwards"] > 10
    assert checker.main(["--cases", str(case_file), "--only", "half", "--no-peers"]) == 0
    assert "Forwards a verdict, in the median: this checker" in capsys.readouterr().out


def test_one_case_is_shown_with_its_diagnosis(case_file, capsys):
    assert checker.main(["--cases", str(case_file), "--only", "half", "--no-peers"]) == 0
    out = capsys.readouterr().out
    assert "half, seed 0: factor:1/2" in out
    assert "called" not in out


UNUSABLE = [
    (None, "is not there"),
    ("", "no OPS"),
    ("<html><body>404</body></html>", "does not run as Python: SyntaxError"),
    ("OPS = {}\x00", "does not run as Python"),
    ("import a_module_that_is_nowhere", "does not run as Python: ModuleNotFoundError"),
    ("raise SystemExit(0)", "does not run as Python: SystemExit"),
    ("OPS = {}\nCASES = []", "no cases"),
    ("OPS = {}\nCASES = 3", "no OPS"),
    ("OPS = {}\nCASES = [1]", "has no id"),
    (FILE.replace('"correct", "", lambda g, x: (2', '"good", "", lambda g, x: (2'), "'good'"),
    (FILE.replace('op: str = "double"', 'op: str = "triple"'), "'triple', not in OPS"),
    (FILE.replace("    wrt = (0,)\n", ""), "operation double has no wrt"),
    (FILE.replace('inputs = ("x",)', 'inputs = ("my x",)'), "need names"),
    (FILE.replace('"half"', '"right"'), "more than one case"),
]


@pytest.mark.parametrize(("text", "said"), UNUSABLE)
def test_an_unusable_file_is_one_sentence_and_exit_2(text, said, tmp_path, capsys):
    path = tmp_path / "odd.py"
    if text is not None:
        path.write_text(text)
    assert checker.main(["--cases", str(path), "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert len(captured.err.splitlines()) == 1


def test_a_folder_is_no_case_file(tmp_path, capsys):
    assert checker.main(["--cases", str(tmp_path)]) == 2
    assert "is no file" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--seeds", "0"], ["--seeds", "x"], ["--only", "no such"]])
def test_odd_arguments_end_with_2(arguments, capsys):
    try:
        code = checker.main(arguments)
    except SystemExit as end:
        code = end.code
    assert code == 2
    assert capsys.readouterr().err


def test_every_wrong_case_says_what_names_it():
    assert all(fair(case) for case in CASES if case.kind == "wrong")
    assert not any(fair(case) for case in CASES if case.kind == "correct")
