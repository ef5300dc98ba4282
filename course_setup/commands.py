"""Set up Backward by Hand and run it. Needs only Python 3.11 or newer.

usage: python3 course.py [--here] COMMAND [ARGUMENT ...]

COMMANDS

  --here    use the Python that runs course.py (conda, uv, a JupyterHub) instead of .venv

On Windows write `py course.py` for `python3 course.py`.
The environment is .venv, beside course.py; deleting it is safe, it is made again.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

from course_setup import say, stop
from course_setup.environment import Environment
from course_setup.lacking import lacking

ROOT = Path(__file__).resolve().parents[1]
EVERYBODY, TEACHERS = True, False
COMMANDS = {  # name: (who has it, what Python runs in the environment, what --help says)
    "demo": (TEACHERS, "-m autograde demo", "grade an invented class, from release to feedback"),
    "test": (TEACHERS, "-m tests", "run every test: ruff, mypy, then pytest, with the arguments"),
    "lab": (EVERYBODY, "-m jupyterlab", "open JupyterLab on the course, with the arguments"),
    "progress": (
        EVERYBODY,
        "-m course_utils",
        "list which exercises are filled in and right (02: one notebook; --quick: no check)",
    ),
    "site": (TEACHERS, "docs/build.py", "make the course's site in docs/_build/html"),
    "build": (TEACHERS, "-m autograde build", "make notebooks/ from solutions/ again"),
    "run": (EVERYBODY, "", "run a program there: python3 course.py run nbgrader --version"),
    "setup": (EVERYBODY, "", "only make the environment; the commands above do so by themselves"),
    "lock": (TEACHERS, "", "for maintainers: bring the locks up to date with pyproject.toml"),
}

SITE_LOCK = "docs/requirements.lock"  # all of .venv's lock, and what the site and a browser need
VENV = Environment(
    *(ROOT, ".venv", "requirements.lock"),
    modules="course_utils, ipykernel, jupyterlab, matplotlib, nbgrader",
)
# The version that runs in the browser takes every extension of the JupyterLab it is built with,
# so nbgrader must not be there.
LITE = Environment(
    *(ROOT, ".venv-lite", "docs/lite/requirements.lock"),
    modules="hatchling, jupyter_server, jupyterlite_core",
    purpose=", which builds the version that runs in the browser",
)


def main(arguments: list[str]) -> int:
    """Run a command; return its exit status, unless this process became the command."""
    here = "--here" in arguments[:2]
    if here:
        arguments.remove("--here")
    # `python -m autograde archive` makes the students' copy.
    theirs = not (ROOT / "autograde").is_dir()
    mine = [name for name, (everybody, *_) in COMMANDS.items() if everybody or not theirs]
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        lines = [f"  {name:8}  {COMMANDS[name][2]}" for name in mine]
        say((__doc__ or "").strip().replace("COMMANDS", "\n".join(lines)))
        return 0 if arguments else 2
    command, *rest = arguments
    if command not in COMMANDS:
        say(f"course.py: there is no command {command!r}; see python3 course.py --help")
        return 2
    if command not in mine:
        stop(f"this is the students' copy of the course: it has {', '.join(mine)}")
    if command == "lock":
        return write_locks()

    python, variables = this_python(command) if here else made_for(command)
    if command == "setup":
        say(f"Ready: {python}")
        return 0
    if command == "run":
        return become(program(rest, variables), variables)
    own = COMMANDS[command][1].split()
    if command == "site":
        LITE.need()
        own += ["--lite", LITE.python]
    if command == "lab":
        say("JupyterLab opens in your browser. Leave this running; stop it with Ctrl-C.")
        options, more = for_lab()
        own += options
        variables |= more
    return become([python, *own, *rest], variables)


def made_for(command: str) -> tuple[str, dict[str, str]]:
    """Make what the command runs in, unless it is there; return its Python and its variables."""
    VENV.need(*[SITE_LOCK] if command in ("test", "site") else [])
    if command == "test":
        LITE.need()
    return VENV.python, VENV.variables()


def this_python(command: str) -> tuple[str, dict[str, str]]:
    """Return the Python that runs this, which must lack nothing, and its variables."""
    if absent := lacking(ROOT, ["course", *{"test": ["dev"], "site": ["site"]}.get(command, [])]):
        stop(
            f"this Python ({sys.executable}) lacks {', '.join(absent)}.\nInstall what is missing"
            " into it; the course itself with `python -m pip install --no-deps -e .`"
        )
    # nbgrader starts programs by name, and this Python need not be an activated one.
    path = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    variables = {**os.environ, "PYTHONUTF8": "1", "PATH": path}
    variables.pop("PYTHONSAFEPATH", None)  # where this is a terminal of `lab`
    return sys.executable, variables


def for_lab() -> tuple[list[str], dict[str, str]]:
    """Return JupyterLab's options, and what it and its kernels have beside the other variables."""
    settings = [str(ROOT / "course_setup"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    # The server starts at the root, where nbgrader's configuration is.
    options = [f"--ServerApp.root_dir={ROOT}", "--LabApp.default_url=/lab/tree/notebooks"]
    if os.name != "nt":  # in a terminal `python -m` needs the folder in which it is typed
        shell = f"env -u PYTHONSAFEPATH {os.environ.get('SHELL', 'sh')}"
        options.append(f"--ServerApp.terminado_settings=shell_command={shell}")
    return options, {
        # What was handed in beside a notebook is not imported in the place of a package.
        "PYTHONSAFEPATH": "1",
        # Nothing is asked, before the first notebook is read, about news of Jupyter.
        "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, settings)),
    }


def program(command: list[str], variables: dict[str, str]) -> list[str]:
    """Find the program by the PATH of the environment (Windows would not)."""
    if not command:
        stop("run what? For example: python3 course.py run nbgrader --version")
    found = shutil.which(command[0], path=variables["PATH"])
    if found is None:
        stop(f"there is no program {command[0]!r} in the course's environment")
    return [found, *command[1:]]


def become(command: list[str], variables: dict[str, str]) -> int:
    """Become this program, at the root: each signal, and the exit status, are its own."""
    os.chdir(ROOT)
    if sys.platform != "win32":
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, most programs do not
        os.execve(command[0], command, variables)
    # Windows cannot. Ctrl-C reaches both there; whoever ends course.py alone leaves the program.
    process = subprocess.Popen(command, env=variables)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the program was interrupted too, and may want to tidy up
            continue


def write_locks() -> int:
    """Write both locks with uv: for every platform and Python 3.11 or newer, with hashes."""
    uv = shutil.which("uv")
    if uv is None:
        stop("the lock is made by uv: https://docs.astral.sh/uv/")
    # The last argon2-cffi-bindings with a wheel for Macs with an Intel processor; and the last
    # jsonschema with which Jupyter's start does not wait seconds for a grammar to be built, of
    # addresses that nothing here has to check.
    constraints = "argon2-cffi-bindings<26\njsonschema<4.25\n"
    options = "--extra course --extra dev --universal --python-version 3.11"
    options += " --fork-strategy fewest --no-strip-extras --generate-hashes --no-emit-index-url"
    options += " --constraint -"
    command = [uv, "pip", "compile", "pyproject.toml", "-q", *options.split()]
    # What pip is told about this machine's mirrors must not get into the lock.
    command += ["--custom-compile-command", "python3 course.py lock"]
    for more in (
        ["-o", VENV.lock],
        ["-o", SITE_LOCK, "--extra", "site", "--constraint", VENV.lock],
    ):
        done = subprocess.run(command + more, cwd=ROOT, input=constraints, text=True)
        if done.returncode:
            return done.returncode
    return 0
