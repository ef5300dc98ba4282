"""Right answers, and code that wants to read, change or reach what is outside of its jail."""

# ruff: noqa: E501  (tables, one case a line)

from __future__ import annotations

from tests.attacks.rows import POINTS, RIGHT, Row, right

TRY = """\
def attempt(what):
    try:
        print(str(eval(what) if isinstance(what, str) else what())[:3000])
    except Exception as error:
        print(type(error).__name__)
"""
SEARCH = """\
import os
for folder, inner, names in os.walk('/'):
    if folder.startswith(('/usr', '/lib', '/sys')):
        inner.clear()
        continue
    for name in names:
        try:
            text = open(os.path.join(folder, name), 'rb').read(10**6)
        except OSError:
            continue
        if b'canary' in text: print(folder, name, text)
"""
SYSCALL = """\
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments): print(number, libc.syscall(number, *arguments), ctypes.get_errno())
"""

# fmt: off
ESCAPING: list[Row] = [
    # Reading.
    right("a search of all files", SEARCH),
    right("the course's own files", TRY + "for place in ('solutions/00_attacked/00_attacked.ipynb', 'autograde/gradebook.db', 'autograde/secret', 'autograde/submitted/008/00_attacked/00_attacked.ipynb', 'nbgrader_config.py'):\n    attempt(lambda: open('@ROOT@/' + place, 'rb').read())\nattempt(lambda: open('@FILE@').read())"),
    right("a way up", TRY + "import glob\nfor up in range(12): attempt(lambda: glob.glob('../' * up + '**/*.db', recursive=False))\nattempt(lambda: open('../../../../../../../../..@FILE@').read())"),
    right("environment variables", "import os, ctypes\nprint(dict(os.environ))\nenviron = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), 'environ')\nprint([environ[n] for n in range(20) if environ[n]] if environ else None)", verdicts="*"),
    right("other processes", TRY + "for pid in ('1', '2', 'self', '@PID@'):\n    for name in ('cmdline', 'environ', 'mem', 'maps', 'root/@FILE@', 'fd'): attempt(lambda: open(f'/proc/{pid}/{name}', 'rb').read(10**5))"),
    right("all descriptors", "import os\nfor number in range(3, 200):\n    try:\n        os.set_blocking(number, False)\n        print(number, os.read(number, 10**6))\n    except OSError: pass"),
    right("the history of the shell", "print(In, Out, _ih, get_ipython().history_manager.input_hist_raw)\nprint(list(get_ipython().history_manager.get_range()))"),
    right("the source of whoever calls", answers={"twice": "def twice(x):\n    import inspect, linecache, sys\n    frame = sys._getframe()\n    while frame:\n        print(frame.f_code.co_filename, frame.f_globals.get('secret_word'), frame.f_locals.keys())\n        frame = frame.f_back\n    print({k: v for k, v in linecache.cache.items() if 'ipython' in k or 'test' in k}.keys())\n    return 2.0 * x"}),
    right("everything that is in memory", "import gc\nfor each in gc.get_objects():\n    if type(each) in (dict, list, tuple) and 'secret_word' in repr(each)[:10**4]: print(repr(each)[:1000])", verdicts="*"),
    # Writing.
    right("other people's files", TRY + "import os, shutil\nfor place in ('@FILE@', '@ROOT@/autograde/gradebook.db', '@ROOT@/solutions', '/tmp', '/etc', '/jail/lib/course_utils/__init__.py', '/usr/lib/sitecustomize.py'):\n    attempt(lambda: open(place, 'a').write('x'))\n    attempt(lambda: shutil.rmtree(place))\n    attempt(lambda: os.symlink('/etc', place + '/link'))"),
    right("the packages of the next student", "import os, numpy, course_utils, inside, IPython\nfor module in (numpy, course_utils, inside, IPython):\n    for how in ('a', 'w', 'r+'):\n        try: open(module.__file__, how).write('raise SystemExit')\n        except OSError as error: print(error.errno)\n    try: os.rename(module.__file__, module.__file__ + 'x')\n    except OSError as error: print(error.errno)"),
    right("a start-up file for the next student", "import os\nfor name in ('~/.ipython/profile_default/startup/a.py', '~/sitecustomize.py', '~/.config/matplotlib/matplotlibrc', '/jail/work/numpy.py', '/jail/work/sitecustomize.py', '/jail/work/usercustomize.py'):\n    try:\n        name = os.path.expanduser(name)\n        os.makedirs(os.path.dirname(name), exist_ok=True)\n        open(name, 'w').write('import os; os._exit(1)')\n    except OSError as error: print(error.errno)"),
    right("a folder that cannot be cleared", "import os\nos.makedirs('shut/in')\nopen('shut/in/full', 'wb').write(bytes(60 * 10**6))\nos.chmod('shut/in', 0)\nos.chmod('shut', 0)"),
    right("a full disk", "import os\ntry:\n    for n in range(9): open(f'full{n}', 'wb').write(bytes(60 * 10**6))\nexcept OSError as error: print(error.errno)\nprint(len(os.listdir('.')))"),
    right("very many files", "import os\nfor n in range(3000): open(f'{n}', 'w').close()"),
    # Reaching.
    right("a connection", TRY + "import socket, urllib.request\nattempt(lambda: socket.create_connection(('127.0.0.1', @PORT@), 1))\nattempt(lambda: urllib.request.urlopen('http://127.0.0.1:@PORT@/', timeout=1))\nattempt(lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))\nattempt(lambda: socket.getaddrinfo('example.org', 80))"),
    right("programs", TRY + "import os, subprocess\nattempt(lambda: subprocess.run(['cat', '@FILE@'], capture_output=True).stdout)\nattempt(lambda: subprocess.Popen('sleep 500 &', shell=True, start_new_session=True))\nattempt(lambda: os.system('cat @FILE@'))\nattempt(lambda: os.popen('env').read())\nattempt(lambda: os.execv('/bin/cat', ['cat', '@FILE@']))\nattempt(lambda: os.posix_spawn('/bin/cat', ['cat', '@FILE@'], {}))"),
    right("a shell escape", "!cat @FILE@\n!sleep 500 &"),
    right("a shell magic", "%%bash\ncat @FILE@; env; kill -9 @PID@"),
    right("a child that goes on", TRY + "import os, multiprocessing as m\nattempt(os.fork)\nattempt(os.setsid)\nattempt(lambda: m.get_context('fork').Process(target=print).start())\nattempt(lambda: m.get_context('spawn').Process(target=print).start())"),
    right("signals to others", TRY + "import os, signal\nfor pid in (1, 2, os.getppid(), @PID@, -1, 0):\n    for number in (signal.SIGKILL, signal.SIGSTOP): attempt(lambda: os.kill(pid, number))\nattempt(lambda: os.killpg(0, 9))"),
    right("signals to itself", TRY + "import os, signal\nattempt(lambda: os.kill(os.getpid(), signal.SIGSTOP))\nattempt(lambda: os.kill(os.getpid(), signal.SIGKILL))\nattempt(lambda: signal.raise_signal(signal.SIGSTOP))"),
    right("a signal by way of a pipe", TRY + "import fcntl, os\nreads, writes = os.pipe()\nattempt(lambda: fcntl.fcntl(reads, fcntl.F_SETOWN, os.getppid()))\nattempt(lambda: fcntl.fcntl(reads, 10, 9))\nattempt(lambda: fcntl.fcntl(reads, fcntl.F_SETFL, os.O_ASYNC))\nattempt(lambda: fcntl.ioctl(reads, 0x8901, os.getppid().to_bytes(4, 'little')))\nos.write(writes, b'x')"),
    right("the limits of those who come later", TRY + "import os, resource\nfor pid in (1, os.getppid(), @PID@):\n    for which in (resource.RLIMIT_CPU, resource.RLIMIT_NOFILE, resource.RLIMIT_AS): attempt(lambda: resource.prlimit(pid, which, (9, 9)))"),
    right("the priority of those who come later", TRY + "import os\nattempt(lambda: os.sched_setscheduler(os.getppid(), os.SCHED_IDLE, os.sched_param(0)))\nattempt(lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19))\nattempt(lambda: os.sched_setaffinity(os.getppid(), {0}))"),
    right("a debugger", SYSCALL + "for request in (0, 16, 0x4206): print(libc.ptrace(request, os.getppid(), 0, 0))\ncall(310, os.getppid(), None, 0, None, 0, 0)\ncall(434, os.getppid(), 0)\ncall(312, os.getppid(), os.getpid(), 0, 3, 3)"),
    right("rare system calls", SYSCALL + "for number in (56, 57, 58, 101, 155, 161, 165, 166, 175, 246, 272, 298, 303, 304, 308, 310, 317, 319, 321, 323, 425, 428, 429, 435, 442, 447): call(number, 0x10000000, 0, 0, 0, 0)", verdicts="*"),
    right("system calls of other machines", SYSCALL + "for number in (57, 59, 62, 101): call(0x40000000 | number, os.getppid(), 9)"),
    right("memory that is to be run", SYSCALL + "import mmap\ntry:\n    code = mmap.mmap(-1, 4096, prot=7)\n    code.write(b'\\xb8\\x39\\x00\\x00\\x00\\x0f\\x05\\xc3')\n    print(ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(code)))())\nexcept Exception as error: print(error)"),
    # Files beside the notebook that pose as something else.
    right("shadowing modules", files={"numpy.py": b"1/0", "course_utils/__init__.py": b"1/0", "sitecustomize.py": b"1/0", "usercustomize.py": b"1/0", "conftest.py": b"1/0", "IPython/__init__.py": b"1/0", "nbgrader_config.py": b"1/0", "nbgrader.py": b"1/0", "autograde/__init__.py": b"1/0"}),
    right("a settings file", files={"ipython_config.py": b"1/0", "jupyter_config.py": b"1/0", "jupyter_nbconvert_config.py": b"1/0", ".ipython/profile_default/startup/a.py": b"1/0"}),
    Row("a saved answer from another exercise", points=(0.0, *POINTS[1:]), first="from course_utils import saved_answer, load_saved_work\nload_saved_work()\ntry: print(saved_answer('Sine'))\nexcept LookupError as error: print(error)", answers={**RIGHT, "sine": "pass"}),
]
# fmt: on
