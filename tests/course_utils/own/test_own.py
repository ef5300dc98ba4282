"""What is in course_utils/own is there, or is left out as a whole with a reason."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from autograde.authoring.new_exercise import answers_in
from autograde.authoring.standard_mistakes import tried_on
from autograde.base.errors import AutogradeError
from course_utils import Function, own
from course_utils.exercises.registry import exercise, registry

GOOD = '''
    import numpy as np
    from course_utils.exercises.registry import exercise
    from course_utils.autodiff.function import Function

    @exercise("09_mine", "9.1")
    class Mine(Function):
        """Twice."""
        @staticmethod
        def forward(ctx, x):
            return 2 * x
        @staticmethod
        def make_inputs(rng, n=5):
            return (rng.normal(size=n),)
'''

PLAIN = '''
    from course_utils.exercises import exercise

    @exercise("09_mine", "9.1")
    def mine(x):
        """Twice."""
        raise NotImplementedError
'''

CHECKS = """
    from course_utils.checks.declarations import declare
    from course_utils.own.mine import mine

    declare(
        mine,
        reference=lambda x: 2 * x,
        make_inputs=lambda rng, n=5: (rng.normal(size=n),),
        no_extreme="no derivative is asked for",
    )
"""

CONFUSED = (
    GOOD
    + """
    from course_utils.checker.codes import declare
    from course_utils.checks.plain_functions import Confusion

    declare("mine-alone", "Something that happens here alone.")
    Confusion("mine-alone", "This is mine.", abs)
"""
)

OF_THE_COURSE = len([name for name in registry if name not in own.exercises])

FILES = [  # (name, the file, what is said of it: "" if it is taken)
    ("good", GOOD, ""),
    ("syntax", "def f(:\n", "SyntaxError: invalid syntax, line 1"),
    ("stops", "1 / 0\n", "ZeroDivisionError: division by zero, line 1"),
    ("leaves", "raise SystemExit(3)\n", "SystemExit: 3, line 1"),
    ("no such module", "import no_such_module\n", "No module named 'no_such_module', line 1"),
    (
        "a name of an exercise",
        GOOD.replace("Mine", "Linear"),
        "there is a Linear.backward already, of notebook 05_matrix_form, exercise 5.1",
    ),
    ("another name", GOOD.replace("Mine", "nn"), "course_utils has a nn already"),
    ("an imported name", GOOD.replace("Mine", "Context"), "course_utils has a Context already"),
    ("a code of its own", CONFUSED, ""),
    (
        "a code that is not declared",
        CONFUSED.replace("declare(", "print("),
        "'mine-alone' is no code of a finding: the list is course_utils/checker/codes.py",
    ),
    ("stops after it", GOOD + "\n    1 / 0\n", "division by zero"),
    ("a plain function", PLAIN, "mine needs a file mine_checks.py that declares how it is"),
]


def imported(
    tmp_path, text: str, program: str, checks: str = ""
) -> subprocess.CompletedProcess[str]:
    """Import course_utils with `text` as the only exercises of its folder own."""
    if checks:
        (tmp_path / "mine_checks.py").write_text(textwrap.dedent(checks), encoding="utf-8")
    (tmp_path / "mine.py").write_text(textwrap.dedent(text), encoding="utf-8")
    before = (
        "import sys, pathlib; import importlib.machinery as m\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "class Finder:\n"
        "    @staticmethod\n"
        "    def find_spec(name, path=None, target=None):\n"
        "        if name == 'course_utils.own':\n"
        "            spec = m.PathFinder.find_spec(name, path)\n"
        "            spec.submodule_search_locations.insert(0, str(folder))\n"
        "            run = spec.loader.exec_module\n"
        "            def exec_module(module):\n"
        "                run(module)\n"
        "                module.FOLDER = folder\n"
        "            spec.loader.exec_module = exec_module\n"
        "            return spec\n"
        "sys.meta_path.insert(0, Finder)\n"
        "import course_utils\n"
        "from course_utils import own\n"
        "from course_utils.exercises.registry import registry\n"
    )
    command = [sys.executable, "-c", before + program]
    return subprocess.run(command, capture_output=True, text=True, check=True)


@pytest.mark.parametrize(("name", "text", "said"), FILES, ids=[row[0] for row in FILES])
def test_a_file_is_taken_or_left_out(tmp_path, name, text, said):
    program = "print([*own.exercises], own.troubles, 'Mine' in course_utils.__all__, len(registry))"
    ran = imported(tmp_path, text, program)
    if said:
        assert "course_utils/own/mine.py is left out:" in ran.stdout
        assert said in ran.stdout
        assert ran.stdout.splitlines()[-1].startswith("[] {'mine.py': ")
        assert ran.stdout.splitlines()[-1].endswith(f"False {OF_THE_COURSE}")
    else:
        assert ran.stdout == f"['Mine.backward'] {{}} True {OF_THE_COURSE + 1}\n"
    assert ran.stderr == ""


def test_a_name_of_the_course_still_means_the_same_after_a_clash(tmp_path):
    program = "print(registry['Linear.backward'].notebook, course_utils.Linear.__module__)"
    ran = imported(tmp_path, GOOD.replace("Mine", "Linear"), program)
    assert (
        ran.stdout.splitlines()[-1]
        == "05_matrix_form course_utils.chapters.ch05_matrix_form.exercises"
    )


def test_it_is_used_before_it_is_filled_in(tmp_path):
    program = "print(course_utils.vjp(course_utils.Mine, [1.0, 2.0])[1]([1.0, 10.0]))"
    ran = imported(tmp_path, GOOD, program)
    assert ran.stdout.splitlines()[0].startswith("Mine.backward is not filled in yet (notebook 09_")
    assert "2." in ran.stdout.splitlines()[-1]


def test_a_plain_function_is_declared_in_a_file_beside_it(tmp_path):
    program = (
        "slot = registry['mine']\n"
        "print([*own.exercises], own.troubles, 'course_utils.own.mine_checks' in sys.modules)\n"
        "print(course_utils.mine(2.0))\n"
        "slot.put(lambda x: 2 * x)\n"
        "course_utils.check('mine', seed=1)\n"
        "slot.put(lambda x: 3 * x)\n"
        "try: course_utils.check('mine', seed=1)\n"
        "except course_utils.CheckFailed as failed: print(failed.report.code)\n"
    )
    said = imported(tmp_path, PLAIN, program, CHECKS).stdout.splitlines()
    assert said[0] == "['mine'] {} False"  # they are imported when they are asked for
    assert said[1].startswith("mine is not filled in yet (notebook 09_mine, exercise 9.1)")
    assert said[2] == "4.0"
    assert said[3].startswith("mine: right.")
    assert said[4] == "factor:3/2"


def test_checks_that_do_not_load_are_told_when_they_are_asked_for(tmp_path):
    program = "try: course_utils.check('mine')\nexcept ZeroDivisionError as error: print('told')\n"
    assert imported(tmp_path, PLAIN, program, "1 / 0").stdout == "told\n"


def test_notebooks_with_an_exercise_of_the_course_are_not_added(tmp_path):
    text = GOOD + GOOD.replace("09_mine", "05_matrix_form").replace("Mine", "Other")
    assert imported(tmp_path, text, "print(own.notebooks())").stdout == "{'09_mine'}\n"


STUBS = [  # (the body of backward, is it an answer)
    ("", False),
    ("def backward(ctx, grad_output): raise NotImplementedError", False),
    ('def backward(ctx, grad_output):\n    """Return."""\n    raise NotImplementedError', False),
    ("def backward(ctx, grad_output): return 2 * grad_output", True),
    ("def backward(ctx, grad_output): pass", True),
]


@pytest.mark.parametrize(("body", "is_answer"), STUBS)
def test_an_answer_in_the_file_is_seen(body, is_answer):
    method = "\n@staticmethod\n" + body if body else ""
    text = textwrap.dedent(GOOD) + textwrap.indent(method, "    ")
    assert list(answers_in(text)) == (["the body of Mine.backward"] if is_answer else [])


# ---- the usual mistakes ---------------------------------------------------------------

BY_THEMSELVES = sorted(
    name
    for name, slot in registry.items()
    if isinstance(slot.target, type) and issubclass(slot.target, Function)
)


@pytest.mark.parametrize("name", BY_THEMSELVES)
def test_the_usual_mistakes_are_refused_in_every_function_of_the_course(name):
    tried = {each.name: each.code for each in tried_on(registry[name])}
    assert len(tried) >= 6
    assert "" not in tried.values(), tried
    assert tried["twice too much"] == "factor:2"
    assert tried["grad_output left out"] == "no-upstream"


def hiding(make_inputs, forward):
    """An exercise whose inputs hide something."""
    body = {"forward": staticmethod(forward), "make_inputs": staticmethod(make_inputs)}
    exercise("09_hidden", "9.1")(type("Hiding", (Function,), body))
    return registry.pop("Hiding.backward")


def zeros(rng, q=7, n=5):
    import numpy as np

    return (np.zeros((q, n)),)


def test_a_gradient_that_is_always_zero_is_told():
    slot = hiding(zeros, lambda ctx, X: X**2)
    with pytest.raises(AutogradeError, match="the right result is zero for all inputs"):
        list(tried_on(slot))


def test_a_forward_that_draws_is_told():
    slot = hiding(
        lambda rng, n=5: (rng.normal(size=n),),
        lambda ctx, x: x * __import__("random").random(),
    )
    with pytest.raises(AutogradeError, match=r"Hiding\.backward"):
        list(tried_on(slot))


def test_inputs_that_cannot_be_drawn_are_told():
    slot = hiding(lambda rng, n=5: (rng.normal(size=n + 1, scale=-1.0),), lambda ctx, x: 2 * x)
    with pytest.raises(AutogradeError, match=r"cannot be checked: .*scale"):
        list(tried_on(slot))


def test_one_row_hides_what_is_counted_for_each_row():
    slot = hiding(lambda rng, n=5: (rng.normal(size=(1, n)),), lambda ctx, X: X**2)
    tried = {each.name: each.code for each in tried_on(slot)}
    assert "counted once for each row" not in tried  # it is none, where there is one row
    assert tried["the wrong sign"] == "factor:-1"


def test_this_checkout_loads():
    assert own.troubles == {}
