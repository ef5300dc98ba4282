"""Wrong answers, and code that is to make them count all the same."""

# ruff: noqa: E501  (tables, one case a line)

from __future__ import annotations

from tests.attacks.rows import LINEAR, SINE, TWICE, WRONG, wrong

# A cell that finds the connection to the judge, and a function that writes a frame to it.
CHANNEL = """\
import gc, json, os, struct
from inside.wire import Channel
channel = [each for each in gc.get_objects() if isinstance(each, Channel)][0]
def forge(message, body=b''):
    text = json.dumps({'arrays': [], 'drop': [], **message}).encode()
    data = struct.pack('<4sIQ', b'BBH1', len(text), len(body)) + text + body
    os.set_blocking(channel.descriptor, True)
    os.write(channel.descriptor, data)
"""
EVERYTHING = """\
class Equal:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    def __hash__(self): return 0
    def __bool__(self): return True
    def __abs__(self): return 0.0
    def __sub__(self, other): return 0.0
    __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __sub__
    def __array__(self, *a, **k): return np.zeros(3)
    def __len__(self): return 3
    def __iter__(self): return iter([self] * 3)
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
"""
LIAR = """\
class Liar(np.ndarray):
    def __eq__(self, other): return True
    def __array_ufunc__(self, *a, **k): return np.True_
    def __array_function__(self, *a, **k): return True
    def tobytes(self, *a): return b''
"""


def returning(value: str) -> dict[str, str]:
    """Return answers that all return `value`."""
    line = f"return {value}"
    # What an answer uses must be in its own cell.
    return {
        "sine": SINE.format(line),
        "linear": LINEAR.format(f"return ({value},) * 3"),
        "twice": TWICE.format(line),
    }


def with_class(source: str, value: str) -> dict[str, str]:
    """Return answers that all return `value`, made of a class."""
    return {name: source + answer for name, answer in returning(value).items()}


# fmt: off
FORGING = [
    # What the tests use, replaced.
    wrong("numpy's comparisons patched", "np.allclose = np.isclose = np.array_equal = lambda *a, **k: True\nnp.testing.assert_allclose = lambda *a, **k: None"),
    wrong("numpy's arithmetic patched", "np.abs = np.max = np.subtract = np.absolute = lambda *a, **k: np.zeros(())"),
    wrong("the methods of all arrays patched", "import gc, ctypes\nmethods = gc.get_referents(np.ndarray.__dict__)[0]\nmethods['all'] = methods['any'] = lambda *a, **k: True\nctypes.pythonapi.PyType_Modified(ctypes.py_object(np.ndarray))"),
    wrong("the random numbers patched", "np.random.seed = lambda *a: None\nnp.random.normal = lambda *a, **k: np.zeros(k.get('size'))\nnp.random.default_rng = lambda *a: None"),
    wrong("the checker patched", "import course_utils.checker as c, course_utils.checker.report as r, course_utils.checks.check as k\nr.Report.passed = property(lambda self: True)\nc.examine = c.examine_function = lambda *a, **k: None\nk.examine_exercise = lambda *a, **k: {}\nk.check = k.score = lambda *a, **k: 3.0"),
    wrong("check and score replaced", "def check(*a, **k): return None\ndef score(*a, **k): return 3.0\nimport course_utils\ncourse_utils.check = check; course_utils.score = score"),
    wrong("examining replaced", "import contextlib, course_utils.checks.check as k\nk.examining = lambda *a: contextlib.nullcontext()\nk._submission = None"),
    wrong("the registry emptied", "from course_utils.exercises.registry import registry\nfor slot in registry.values(): slot.target = None; slot.parameters = ()"),
    wrong("what is declared replaced", "from course_utils.checks import declarations as d\nfrom course_utils.exercises.registry import registry\nfor slot in registry.values(): d.declare(slot, parts={'': lambda candidate, seed=None: None}, no_extreme='mine')"),
    wrong("modules replaced", "import sys, types\nfor name in ('course_utils.checks.check', 'course_utils.checker', 'numpy.testing', 'unittest', 'pytest'): sys.modules[name] = types.SimpleNamespace(check=print, score=lambda *a: 3.0)"),
    wrong("builtins patched", "import builtins\nbuiltins.float = lambda *a: 3.0\nbuiltins.all = builtins.any = lambda *a: True", verdicts="*"),
    wrong("isinstance patched", "import builtins\nbuiltins.isinstance = lambda *a: True", verdicts="*"),
    wrong("AssertionError patched", "import builtins\nclass Never(Exception): pass\nbuiltins.AssertionError = builtins.Exception = Never", verdicts="*"),
    wrong("the forward replaced by one whose answers are right", "from course_utils import Sine, Linear\nSine.forward = staticmethod(lambda ctx, x: ctx.save_for_backward(x) or x)\nLinear.forward = staticmethod(lambda ctx, X, W, b: ctx.save_for_backward(X, W, b) or X)\nSine.make_inputs = staticmethod(lambda rng, n=5: (np.zeros(n),))"),
    wrong("warnings made errors", "import warnings\nwarnings.simplefilter('error')\nnp.seterr(all='raise')"),
    # What an answer returns, lying.
    wrong("equal to anything", answers=with_class(EVERYTHING, "Equal()")),
    wrong("an array that says it is equal", answers=with_class(LIAR, "np.zeros(3).view(Liar)")),
    wrong("a number that says it is equal", answers=with_class("class F(float):\n    __eq__ = __le__ = __ge__ = lambda self, other: True\n    __hash__ = float.__hash__\n    __array_priority__ = 1e9\n", "F(1.0)")),
    wrong("something that becomes another array each time", answers=with_class("class A:\n    shape, dtype, ndim = (3,), np.dtype(float), 1\n    def __array__(self, *a, **k): return np.random.rand(3)\n", "A()")),
    wrong("a class that says it is an array", answers=with_class("class A:\n    @property\n    def __class__(self): return np.ndarray\n    dtype, shape, size = np.dtype(float), (3,), 3\n    flat = [0.0] * 3\n", "A()"), verdicts="*"),
    wrong("an empty array, which is close to everything", answers=returning("np.array([])")),
    wrong("not a number", answers=returning("np.nan * np.ones(3)")),
    wrong("not a number, of the right shape", answers={"sine": SINE.format("return np.full(x.shape, np.nan)"), "linear": LINEAR.format("return X * np.nan, W * np.inf, b * -np.inf"), "twice": TWICE.format("return x * np.inf")}),
    wrong("a test's own text", answers=returning("'right'")),
    wrong("texts of numbers", answers={**WRONG, "twice": TWICE.format("return np.array(['2.0', '-4.0', '6.0'])")}),
    wrong("objects in an array", answers=with_class(EVERYTHING, "np.array([Equal()] * 3, dtype=object)"), verdicts="*"),
    wrong("an object that runs code when unpickled", answers=with_class("import os\nclass P:\n    def __reduce__(self): return os.system, ('touch @FILE@',)\n", "P()")),
    wrong("unpickled objects in an array", answers=with_class("import os\nclass P:\n    def __reduce__(self): return os.system, ('touch @FILE@',)\n", "np.array([P(), P(), P()], dtype=object)"), verdicts="wrong,wrong,error"),
    wrong("complex numbers", answers={**WRONG, "sine": SINE.format("return grad_output * np.cos(x) + 0j")}),
    wrong("a generator", answers=returning("(each for each in [1.0, 2.0, 3.0])")),
    wrong("a function in place of a number", answers=returning("lambda *a: 0.0")),
    wrong("a mapping", answers=returning("{'value': 3.0}")),
    wrong("the judge's own input", answers={"sine": SINE.format("return x"), "linear": LINEAR.format("return X, W, b"), "twice": TWICE.format("x *= 0\n    return x")}),
    wrong("an exception that says it passed", answers=with_class("class Passed(Exception):\n    def __str__(self): return '2.0'\n", "exec('raise Passed()')"), verdicts="wrong,wrong,error"),
    wrong("an exception that ends the judge", answers=returning("exec('raise SystemExit(0)')"), verdicts="wrong,wrong,error"),
    wrong("an interrupt", answers=returning("exec('raise KeyboardInterrupt')"), verdicts="wrong,wrong,error"),
    wrong("an exception above all exceptions", answers=with_class("class Above(BaseException): pass\n", "exec('raise Above()')"), verdicts="wrong,wrong,error"),
    wrong("an exception that ends iterations", answers=returning("exec('raise StopIteration')"), verdicts="wrong,wrong,error"),
    wrong("a diagnosis of its own", answers=with_class("class CheckFailed(Exception): pass\n", "exec('raise CheckFailed(\"right, 2 of 2 points\")')"), verdicts="wrong,wrong,error"),
    # What can be found from inside.
    wrong("a walk up the frames", "import sys\nframe = sys._getframe()\nwhile frame:\n    for name, value in list(frame.f_locals.items()):\n        if name in ('self', 'request', 'reply', 'result'): print(name, value)\n        if hasattr(value, 'on_call'): type(value).on_call = lambda self, request: {'value': None, 'printed': [], 'verdict': 'passed'}\n    frame = frame.f_back", verdicts="killed,killed,killed"),
    wrong("a walk over the callers in an answer", answers={**WRONG, "sine": SINE.format("import inspect\n    for each in inspect.stack():\n        print(each.filename, each.code_context, {k: repr(v)[:200] for k, v in each.frame.f_locals.items()})\n    return grad_output")}),
    wrong("a walk over all objects", "import gc\nfor each in gc.get_objects():\n    if type(each).__name__ in ('Report', 'Exercise', 'Finding'):\n        for name in list(vars(each)):\n            try: setattr(each, name, True)\n            except Exception: pass\n    if callable(each) and getattr(each, '__name__', '') in ('check', 'score', 'judge', 'examine'):\n        each.__code__ = (lambda *a, **k: 3.0).__code__", verdicts="*"),
    wrong("a trace function", "import sys\ndef trace(frame, event, value):\n    if 'expected' in frame.f_locals: print(frame.f_locals['expected'])\n    frame.f_locals['passed'] = True\n    return trace\nsys.settrace(trace)\nsys.setprofile(trace)"),
    wrong("changed constants", "import ctypes\nctypes.memset(id(0.0) + 16, 0, 8)"),
    # What IPython lets a cell change.
    wrong("an input transformer", "get_ipython().input_transformers_cleanup.append(lambda lines: ['check = score = print\\n'])", verdicts="wrong,wrong,error"),
    wrong("an AST transformer", "import ast\nclass NoAsserts(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n    def visit_Raise(self, node): return ast.Pass()\nget_ipython().ast_transformers.append(NoAsserts())"),
    wrong("events around cells", "for event in ('pre_run_cell', 'post_run_cell', 'pre_execute', 'post_execute'):\n    get_ipython().events.register(event, lambda *a: print('3.0'))"),
    wrong("the display hook replaced", "import sys\nsys.displayhook = lambda value: print('2.0')\nget_ipython().displayhook = sys.displayhook", verdicts="*"),
    wrong("the traceback silenced", "get_ipython().showtraceback = lambda *a, **k: None\nget_ipython().set_custom_exc((Exception,), lambda *a, **k: None)"),
    # Outputs that look like a score.
    wrong("a printed score", "print('3.0 of 3.0 points')\nfrom IPython.display import display\ndisplay({'text/plain': '3.0'}, raw=True)\n3.0"),
    wrong("a score printed by an answer", answers={**WRONG, "sine": SINE.format("print('Sine.backward: right. 2.0')\n    return grad_output")}),
    wrong("a displayed score in an answer", answers={**WRONG, "sine": SINE.format("from IPython.display import display\n    display({'text/plain': '2.0'}, raw=True)\n    return grad_output")}),
    wrong("a score on the answer's last line", answers={name: source + "\n3.0" for name, source in WRONG.items()}),
    # The connection to the judge.
    wrong("a forged reply", CHANNEL + "forge({'outputs': [{'output_type': 'execute_result', 'data': {'text/plain': '3.0'}, 'metadata': {}}], 'done': True})", verdicts="*"),
    wrong("a queue of forged replies", CHANNEL + "for _ in range(3): forge({'outputs': [], 'done': True})\nforge({'filled': ['Sine.backward', 'Linear.backward'], 'stubs': {}})\nfor _ in range(200): forge({'value': {'f': '0x1p+0'}, 'printed': []})", verdicts="*"),
    wrong("a reply with a verdict", CHANNEL + "forge({'value': None, 'verdict': 'passed', 'points': 100, 'score': 3.0, 'error': None})", verdicts="*"),
    wrong("a reply that writes over the judge's arrays", answers={**WRONG, "sine": CHANNEL + SINE.format("for n in range(1, 9):\n        forge({'value': {'a': n}, 'printed': [], 'arrays': [[n, '<f8', list(x.shape)]]}, bytes(x.nbytes))\n    return grad_output")}, verdicts="*"),
    wrong("bytes that are no reply", answers={**WRONG, "sine": CHANNEL + SINE.format("os.write(channel.descriptor, b'x' * 1000)\n    return grad_output")}, verdicts="killed,wrong,wrong"),
    wrong("a question nobody asked", answers={**WRONG, "sine": CHANNEL + SINE.format("forge({'ask': 0, 'args': {'t': []}, 'keywords': {'d': {}}})\n    return grad_output")}, verdicts="killed,wrong,wrong"),
    wrong("an exception with half a character in its name", answers={**WRONG, "sine": CHANNEL + SINE.format("forge({'error': {'kind': '\\ud800', 'said': '\\ud800', 'line': 3, 'text': '\\udfff'}, 'printed': []})\n    return grad_output")}, verdicts="*"),
    wrong("a reply nested too deeply", answers={**WRONG, "sine": CHANNEL + SINE.format("text = b'{\"value\": ' + b'[' * 10**6\n    os.write(channel.descriptor, struct.pack('<4sIQ', b'BBH1', len(text), 0) + text)\n    return grad_output")}, verdicts="*"),
    # The slots.
    wrong("another exercise filled in", answers={**WRONG, "sine": "from course_utils import Multiply\n@fill_in(Multiply)\ndef backward(ctx, grad_output):\n    a, b = ctx.saved_tensors\n    return grad_output * b, grad_output * a"}),
    wrong("the right answer, then a wrong one", answers={**WRONG, "sine": SINE.format("return grad_output * np.cos(x)") + "\n" + SINE.format("return grad_output")}),
    wrong("forward filled in", answers={**WRONG, "sine": "@fill_in(Sine)\ndef forward(ctx, x):\n    return x"}),
    wrong("a number put into the slot", "from course_utils.exercises.registry import registry\nregistry['Sine.backward'].implementation = 2.0", answers={**WRONG, "sine": "pass"}),
    wrong("the context changed", answers={**WRONG, "sine": SINE.format("ctx.saved_tensors = (np.zeros_like(x),)\n    type(ctx).__getattr__ = lambda self, name: 0\n    return grad_output")}),
    wrong("another kind of execution", "import os\nos.environ['NBGRADER_EXECUTION'] = 'validate'\nos.environ['COURSE_UTILS_FILLED_IN'] = '.'\nfrom course_utils import store\nstore.write('Sine.backward', 'import numpy as np\\ndef backward(ctx, grad_output): return grad_output')"),
    wrong("code at the end", "import atexit\natexit.register(print, '3.0')\nclass Late:\n    def __del__(self): print('3.0')\nlate = Late()"),
]
# fmt: on
