"""Code that uses up whatever there is: memory, threads, files, text, and the judge's patience."""

# ruff: noqa: E501  (tables, one case a line)

from __future__ import annotations

from tests.attacks.rows import Row, right, sine, twice

# fmt: off
FLOODING: list[Row] = [
    right("a large array", "np.ones((10**6, 10**5))"),
    right("memory, bit by bit", "kept = []\nwhile True: kept.append(np.ones(10**7))"),
    sine("memory in an answer", "kept = []\nwhile True: kept.append(np.zeros(10**7))"),
    right("memory that is not counted", "import os\nkept = []\ntry:\n    while True:\n        kept.append(os.memfd_create('x'))\n        for _ in range(50): os.write(kept[-1], bytes(10**6))\nexcept OSError as error: print(error)"),
    right("a fork bomb", "import os\nwhile True: os.fork()"),
    right("a thread bomb", "import threading, time\nthreading.stack_size(32768)\nwhile True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"),
    right("descriptors", "import os\nwhile True: os.pipe()"),
    right("printing without end", "while True: print('x' * 1000)", notes="it did not end"),
    right("one huge print", "print('x' * 50_000_000)", hidden=("x" * 300_000,)),
    right("very many small prints", "import sys\nfor n in range(20_000): print(n, file=(sys.stdout, sys.stderr)[n % 2])"),
    right("very many results", "from IPython.display import display\nfor n in range(5000): display('x' * 1000)"),
    right("a huge figure", "import matplotlib.pyplot as plt\nplt.figure(figsize=(2000, 2000))\nplt.plot([1, 2])\nplt.show()"),
    right("a picture that is none", "from IPython.display import display\ndisplay({'image/png': '<script>alert(1)</script>', 'text/plain': 'x'}, raw=True)\ndisplay({'image/png': 'iVBORw0KGgo' + 'A' * 10**7, 'text/plain': 'x'}, raw=True)"),
    right("a long exception", "raise ValueError('x' * 10**7)", hidden=("x" * 300_000,)),
    sine("printing in every call", "print('x' * 10**6)\nreturn grad_output * np.cos(x)", points=(2.0, 3.0, 2.0), hidden=("x" * 20_000,)),
    sine("printing without end in an answer", "while True: print('x' * 1000)", verdicts="timeout,passed,passed"),
    sine("a large answer each time", "return np.zeros(1_500_000)"),
    sine("an answer that is too large", "return np.zeros(10_000_000)", verdicts="killed,passed,passed"),
    sine("one array very many times", "return [np.zeros(10_000)] * 100_000", verdicts="killed,passed,passed"),
    sine("a list with too many numbers", "return [0.0] * 10**6"),
    sine("a huge whole number", "return 10 ** 10**5"),
    sine("an array with no entries and long axes", "return np.zeros((2**40, 0))", verdicts="killed,passed,passed"),
    twice("an array of objects with arrays", "return np.array([np.zeros(10**5)] * 500 + [None], dtype=object)", verdicts="passed,passed,killed"),
    sine("thousands of arrays kept", "backward.__dict__.setdefault('kept', []).extend(np.zeros(3) for _ in range(5000))\nreturn tuple(backward.kept)", verdicts="killed,passed,passed"),
    sine("a long text", "return 'x' * 10**8", verdicts="killed,passed,passed"),
]
# fmt: on
