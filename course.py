"""Set up Backward by Hand and run it. Needs only Python 3.11 or newer.

usage: python3 course.py [--here] COMMAND [ARGUMENT ...]

  demo    go from this clone to a graded class: release, hand in, grade, give feedback
  test    run every test: ruff, mypy, then pytest (arguments go to pytest)
  lab     open JupyterLab on the course (arguments go to jupyter lab)

  progress  list which exercises are filled in and right (02: one notebook; --quick: no check)
  site    make the course's site in docs/_build/html
  build   make notebooks/ from solutions/ again (arguments go to python -m autograde build)
  run     run a program of the course's environment: python3 course.py run nbgrader --version
  setup   only make the environment; the commands above do so by themselves
  lock    for maintainers: bring the locks up to date with pyproject.toml (needs uv)

  --here  use the Python that runs this script (conda, uv, a JupyterHub) instead of .venv

On Windows write `py course.py` for `python3 course.py`.
The environment is .venv, beside this script; deleting it is safe, it is made again.
"""

# Python 2.7 can read this file. It must, to be able to say what the next lines say.
import sys

if sys.version_info < (3, 11):
    sys.exit(
        "course.py: this is Python %d.%d, and the course needs 3.11 or newer: install one"
        " (https://www.python.org/downloads/) and start course.py with it." % sys.version_info[:2]
    )

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sysconfig
import time

ROOT = os.path.dirname(os.path.realpath(__file__))
LOCK = os.path.join(ROOT, "requirements.lock")
SITE_LOCK = os.path.join(ROOT, "docs", "requirements.lock")  # all of LOCK, and what the site needs
VENV = os.path.join(ROOT, ".venv")
CONFIG = os.path.join(VENV, "pyvenv.cfg")
LOG = os.path.join(VENV, "set-up.log")  # the first thing in .venv that is ours
STAMP = os.path.join(VENV, "set-up.json")  # and the last one
SITE_STAMP = os.path.join(VENV, "site.json")
PROGRAMS = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin")
PYTHON = os.path.join(PROGRAMS, "python.exe" if os.name == "nt" else "python")
# The version that runs in the browser takes every extension of the JupyterLab it is built with,
# so nbgrader must not be there.
LITE = os.path.join(ROOT, ".venv-lite")
LITE_SOURCE = os.path.join(ROOT, "docs", "lite")
LITE_LOCK = os.path.join(LITE_SOURCE, "requirements.lock")
LITE_STAMP = os.path.join(LITE, "set-up.json")
LITE_PYTHON = PYTHON.replace(VENV, LITE)


def main(arguments):
    here = "--here" in arguments[:2]
    if here:
        arguments.remove("--here")
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        say(__doc__.strip())
        return 0 if arguments else 2
    command, rest = arguments[0], arguments[1:]

    if command == "lacking":  # how `ready` asks the Python in .venv
        say("\n".join(lacking(["course", "dev"])))
        return 0
    if command == "lock":
        return lock()
    if command not in ("demo", "test", "lab", "progress", "build", "run", "setup", "site"):
        say("course.py: there is no command %r; see python3 course.py --help" % command)
        return 2

    if command in ("demo", "test", "build", "site") and is_for_students():
        stop("this is the students' copy of the course: it has lab, progress, run and setup")

    if here:
        check_here(["course"] + {"test": ["dev"], "site": ["site"]}.get(command, []))
        python, environment = sys.executable, dict(os.environ, PYTHONUTF8="1")
        # nbgrader starts programs by name, and this Python need not be an activated one.
        programs = [sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)]
        environment["PATH"] = os.pathsep.join(programs)
    else:
        set_up()
        if command in ("test", "site"):
            set_up_site()
        if command == "test":
            set_up_lite()
        python, environment = PYTHON, venv_environment()

    if command == "setup":
        say("Ready: %s" % python)
        return 0
    if command == "test":
        return test(python, environment, rest)
    if command == "run":
        return run(program(rest, environment), environment)
    if command == "progress":
        return run([python, "-m", "course_utils"] + rest, environment)
    if command == "site":
        return site(python, environment, rest)
    if command == "lab":
        if not here:
            ask_nothing()
        say("JupyterLab opens in your browser. Leave this running; stop it with Ctrl-C.")
        # The server starts at the root, where nbgrader's configuration is.
        places = ["--ServerApp.root_dir=" + ROOT, "--LabApp.default_url=/lab/tree/notebooks"]
        # A kernel imports nothing from the folder of its notebook, which may be a submission's.
        environment["PYTHONSAFEPATH"] = "1"
        if os.name != "nt":  # where `python -m` needs the folder in which it is typed
            shell = "env -u PYTHONSAFEPATH " + os.environ.get("SHELL", "sh")
            places.append("--ServerApp.terminado_settings=shell_command=" + shell)
        return run([python, "-m", "jupyterlab"] + places + rest, environment)
    return run([python, "-m", "autograde", command] + rest, environment)


def is_for_students():
    """Tell whether this is what `python -m autograde archive` makes."""
    there = [os.path.isdir(os.path.join(ROOT, name)) for name in ("course_utils", "autograde")]
    return there == [True, False]


def test(python, environment, pytest_arguments):
    """Run all the checks, pytest last, even where an earlier one failed."""
    failed = []
    for name in ("ruff check", "ruff format --check", "mypy"):
        say("%s%s" % (name, " (about a minute, the first time)" if name == "mypy" else ""))
        if run([python, "-m"] + name.split(), environment):
            failed.append(name)
    if failed:
        say("Failed: %s" % ", ".join(failed))
    say("pytest (a quarter of an hour)")
    # tests/conftest.py repeats the failures above, just before pytest's closing line.
    environment["COURSE_TEST_FAILED"] = ", ".join(failed)
    # Wherever there is no other wish: on all processors, the longest first.
    together = ["-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
    if any(each in pytest_arguments for each in ("-n", "-p", "--pdb", "-x")):
        together = []
    status = run([python, "-m", "pytest"] + together + pytest_arguments, environment)
    return status or (1 if failed else 0)


def site(python, environment, arguments):
    """Build the pages, then the version that runs in the browser into their folder lite."""
    status = run([python, os.path.join("docs", "build.py")] + arguments, environment)
    if status or not os.path.exists(os.path.join(LITE_SOURCE, "build.py")):
        return status
    pages = os.path.join(ROOT, "docs", "_build", "html")
    if "--output" in arguments:
        pages = os.path.join(ROOT, arguments[arguments.index("--output") + 1])
    set_up_lite()
    command = [LITE_PYTHON, os.path.join(LITE_SOURCE, "build.py"), os.path.join(pages, "lite")]
    return run(command, venv_environment(LITE))


# ---- the environment ------------------------------------------------------------------


def set_up():
    """Make .venv, or make it again, unless it is as the lock wants it."""
    trouble = ready()
    if trouble is None:
        return
    if os.path.realpath(sys.prefix) == VENV:
        stop("%s. It cannot replace itself: run `deactivate`, then this again." % trouble)
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            stop(
                "this Python cannot make virtual environments. On Debian or Ubuntu:"
                " sudo apt install python%d.%d-venv" % sys.version_info[:2]
            )

    say("%s: setting up .venv. Once; a minute or a few:" % trouble)
    began = wanted()
    try:
        if os.path.exists(CONFIG):
            os.remove(CONFIG)  # first, so that what an interruption leaves is known to be ours
        if os.path.lexists(VENV):
            shutil.rmtree(VENV)
        os.mkdir(VENV)
        open(LOG, "w").close()
    except OSError as error:
        stop("cannot write .venv (%s). Close what may be using it, or check the folder." % error)

    say("  making the virtual environment (a few seconds)")
    environment = venv_environment()
    if logged([sys.executable, "-m", "venv", VENV], environment):
        stop("Python could not make .venv; what it says is in %s" % LOG)

    say("  downloading the locked packages, then installing them")
    install(LOCKED + [LOCK], show=True)
    say("  installing the course itself (a few seconds)")
    install(["--no-index", "--no-deps", "--no-build-isolation", "-e", ROOT])

    with open(STAMP, "w", encoding="utf-8") as file:
        json.dump(began, file)


def ask_nothing():
    """Keep JupyterLab from asking, before the first notebook is read, about news of Jupyter."""
    folder = os.path.join(VENV, "etc", "jupyter", "labconfig")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "default_setting_overrides.json"), "w") as file:
        json.dump({"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}, file)


# Wheels only: building one from source would fetch what is not in the lock.
LOCKED = ["--require-hashes", "--only-binary=:all:", "-r"]


def install(what, show=False):
    """Let pip install into .venv, or stop with what went wrong."""
    pip = [PYTHON, "-m", "pip", "install", "--no-input", "--progress-bar=off"]
    if logged(pip + what, venv_environment(), show=show):
        stop(pip_trouble())


def set_up_site():
    """Add to .venv what only the site and the tests in a browser need."""
    want = digest(SITE_LOCK)
    if read_stamp(SITE_STAMP) == want:
        return
    say("Adding what the site and the tests in a browser need to .venv. Once:")
    install(LOCKED + [SITE_LOCK], show=True)
    with open(SITE_STAMP, "w", encoding="utf-8") as file:
        json.dump(want, file)


def set_up_lite():
    """Make .venv-lite, or make it again, unless it is as its lock wants it."""
    if not os.path.exists(LITE_LOCK):
        return
    want = {"place": LITE, "packages": digest(LITE_LOCK)}
    if read_stamp(LITE_STAMP) == want:
        return
    say("Setting up .venv-lite, which builds the version that runs in the browser. Once:")
    if os.path.lexists(LITE):
        shutil.rmtree(LITE)
    os.mkdir(LITE)
    pip = [LITE_PYTHON, "-m", "pip", "install", "-q", "--no-input", "--require-hashes"]
    for command in ([sys.executable, "-m", "venv", LITE], pip + ["-r", LITE_LOCK]):
        if run(command, venv_environment(LITE)):
            stop("could not make .venv-lite; the pages of the site are there")
    with open(LITE_STAMP, "w", encoding="utf-8") as file:
        json.dump(want, file)


def read_stamp(path):
    """Return what the stamp says, or None if there is none that can be read."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def digest(path):
    """Return what changes when a lock does, whatever ends its lines."""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read().replace(b"\r\n", b"\n")).hexdigest()


def ready():
    """Return None if .venv can be used, else why it cannot."""
    if not os.path.lexists(VENV):
        return "There is no environment yet"
    if os.path.exists(CONFIG) and not os.path.exists(LOG):
        stop(
            ".venv was not made by course.py, so it is left alone. Activate it and add --here"
            " to the command, or delete it."
        )
    found = read_stamp(STAMP)
    if found is None:
        return "The last set-up was not finished"
    want = wanted()
    if found.get("place") != want["place"]:
        return "The folder was moved or copied"
    if found.get("python") != want["python"]:
        return "This is Python %s, .venv was made by %s" % (want["python"], found.get("python"))
    if found.get("packages") != want["packages"]:
        return "The locked packages have changed"
    try:
        command = [PYTHON, os.path.join(ROOT, "course.py"), "lacking"]
        answer = subprocess.run(command, env=venv_environment(), capture_output=True, text=True)
    except OSError:
        return "The Python in .venv does not start"
    if answer.returncode:
        return "The Python in .venv does not work"
    if answer.stdout.strip():
        return "Packages are missing from .venv"
    return None


def wanted():
    """Return what the stamp of an up-to-date .venv says."""
    packages = hashlib.sha256()
    with open(LOCK, "rb") as file:
        packages.update(file.read().replace(b"\r\n", b"\n"))
    # Only what changes an installation: a new ruff rule is no reason to make .venv again.
    project = pyproject()
    for table in (project["build-system"], project["project"], project["tool"]["hatch"]):
        packages.update(json.dumps(table, sort_keys=True).encode())
    return {
        "place": VENV,
        "python": "%d.%d" % sys.version_info[:2],
        "packages": packages.hexdigest(),
    }


def check_here(groups):
    """Stop with what the running Python lacks, if it lacks anything."""
    absent = lacking(groups)
    if absent:
        stop(
            "this Python (%s) lacks %s.\nInstall what is missing into it; the course itself with"
            " `python -m pip install --no-deps -e .`" % (sys.executable, ", ".join(absent))
        )


def lacking(groups):
    """List the course's requirements that the running Python does not meet."""
    from importlib import metadata

    project = pyproject()["project"]
    requirements = project["dependencies"] + [project["name"]]
    for group in groups:
        requirements += project["optional-dependencies"][group]

    absent, versions = [], {}
    for requirement in requirements:
        name = re.match(r"[\w.-]+", requirement).group()
        try:
            versions[requirement] = metadata.version(name)
        except metadata.PackageNotFoundError:
            absent.append(requirement)
    if absent:
        return absent

    from packaging.requirements import Requirement  # pytest brings it

    for requirement, version in versions.items():
        if not Requirement(requirement).specifier.contains(version, prereleases=True):
            absent.append("%s (it has %s)" % (requirement, version))
    return absent


def pyproject():
    import tomllib

    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as file:
        return tomllib.load(file)


def venv_environment(folder=VENV):
    """Return the variables that activating .venv (or another one) would set."""
    environment = dict(os.environ)
    # Each of these would mix another installation into this one.
    for name in ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__"):
        environment.pop(name, None)
    environment.update(
        VIRTUAL_ENV=folder,
        PATH=PROGRAMS.replace(VENV, folder) + os.pathsep + environment.get("PATH", os.defpath),
        PYTHONUTF8="1",  # a path with an accent, on Windows before Python 3.15
        JUPYTER_PREFER_ENV_PATH="1",  # this kernel, not one of the same name in the home folder
        PIP_USER="0",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
    )
    return environment


# ---- running programs -----------------------------------------------------------------


def run(command, environment):
    """Run `command` at the root; return its exit status."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    interrupted = False
    while True:
        try:
            status = process.wait()
            break
        except KeyboardInterrupt:  # the program was interrupted too, and may want to tidy up
            interrupted = True
    if interrupted and status:
        raise KeyboardInterrupt
    return status if status >= 0 else 128 - status


def program(command, environment):
    """Find the program by the PATH of the environment (Windows would not)."""
    if not command:
        stop("run what? For example: python3 course.py run nbgrader --version")
    found = shutil.which(command[0], path=environment.get("PATH"))
    if found is None:
        stop("there is no program %r in the course's environment" % command[0])
    return [found] + command[1:]


def logged(command, environment, show=False):
    """Run `command` with its output in LOG, showing how far it is; return its exit status."""
    with open(LOG, "ab") as log:
        environment = dict(environment, PYTHONUNBUFFERED="1")
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        moving = show and sys.stdout.isatty()
        told = ""
        while process.poll() is None:
            time.sleep(0.2)
            if show:
                told = tell(told, moving)
        if moving:
            say("")
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    return process.returncode


def tell(told, moving):
    """Say how far pip is: in one moving line, or in a line every 25 packages."""
    doing, done, name = progress()
    line = "    %s %d packages" % (doing, done if moving else done - done % 25)
    if moving:
        width = shutil.get_terminal_size().columns - 1
        sys.stdout.write("\r" + (line + "  " + name).ljust(width)[:width])
        sys.stdout.flush()
    elif line != told and done >= 25:
        say(line)
    return line


def progress():
    """Read from pip's log what it is doing, how many packages it has done, and the last one."""
    with open(LOG, encoding="utf-8", errors="replace") as file:
        log = file.read()
    if "Installing collected packages:" in log:
        packages = sysconfig.get_path("purelib", "venv", {"base": VENV})
        installed = [name for name in os.listdir(packages) if name.endswith(".dist-info")]
        return "installed", len(installed), ""
    if "Retrying (Retry(" in log:
        return "the connection is bad, trying again; found", log.count("Collecting "), ""
    names = re.findall(r"^Collecting ([\w.-]+)", log, re.MULTILINE)
    return "found", len(names), names[-1] if names else ""


def pip_trouble():
    """Turn the end of pip's log into a sentence."""
    with open(LOG, encoding="utf-8", errors="replace") as file:
        log = file.read()
    errors = re.findall(r"^ERROR: (.*)", log, re.MULTILINE)
    unknown = "pip failed" + (" (%s)" % errors[-1] if errors else "")
    fitting = [sentence for pattern, sentence in PIP_SENTENCES if re.search(pattern, log)]
    sentence = (fitting + [unknown])[0]
    return "%s.\nAll that pip says is in %s" % (sentence, LOG)


PIP_SENTENCES = [  # (what pip's log says, what we say); the first that fits
    (r"No space left on device|not enough space", "the disk is full"),
    (r"DO NOT MATCH THE HASHES", "a package is not the one that was locked, so it was refused"),
    (
        r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError"
        r"|Could not fetch URL|Connection refused|Connection broken|Network is unreachable",
        "the packages could not be downloaded: check the internet connection (and the proxy,"
        " if there is one), then run this again",
    ),
    (
        r"No matching distribution found for",
        "some package does not exist for Python %d.%d on this machine; the course is tested with"
        " Python 3.11 to 3.14" % sys.version_info[:2],
    ),
]


# ---- for maintainers ------------------------------------------------------------------


def lock():
    """Write the locks: for every platform and Python 3.11 or newer, with hashes."""
    uv = shutil.which("uv")
    if uv is None:
        stop("the lock is made by uv: https://docs.astral.sh/uv/")
    # The last argon2-cffi-bindings with a wheel for Macs with an Intel processor.
    constraints = "argon2-cffi-bindings<26\n"
    options = "--extra course --extra dev --universal --python-version 3.11"
    options += " --fork-strategy fewest --generate-hashes --no-emit-index-url --constraint -"
    command = [uv, "pip", "compile", "pyproject.toml", "-q"] + options.split()
    # What pip is told about this machine's mirrors must not get into the lock.
    command += ["--custom-compile-command", "python3 course.py lock"]
    for path, more in ((LOCK, []), (SITE_LOCK, ["--extra", "site", "--constraint", LOCK])):
        out = ["-o", os.path.relpath(path, ROOT)]
        done = subprocess.run(command + more + out, cwd=ROOT, input=constraints, text=True)
        if done.returncode:
            return done.returncode
    return 0


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def stop(sentence):
    sys.exit("course.py: " + sentence)


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
