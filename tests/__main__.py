"""``python3 course.py test``: all the checks, pytest last, even where an earlier one failed."""

import os
import signal
import subprocess
import sys

import pytest

CHECKS = (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",))


def main(arguments: list[str]) -> int:
    """Run them; the arguments go to pytest."""
    for number in (signal.SIGINT, signal.SIGTERM):  # so that the check which runs is ended as well
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    failed = []
    for check in CHECKS:
        name = " ".join(check)
        print(f"{name}{' (about a minute, the first time)' if name == 'mypy' else ''}", flush=True)
        if subprocess.run([sys.executable, "-m", *check]).returncode:
            failed.append(name)
    if failed:
        print(f"Failed: {', '.join(failed)}")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # pytest has its own way
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    print("pytest (on two processors a good while; longer with --thorough)", flush=True)
    # tests/conftest.py repeats the failures above, just before pytest's closing line.
    os.environ["COURSE_TEST_FAILED"] = ", ".join(failed)
    # Wherever there is no other wish: on all processors, the longest first. What took longest is
    # told: CI has a limit.
    together = ["-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
    together += ["--durations=40", "--durations-min=5"]
    if any(each in arguments for each in ("-n", "-p", "--pdb", "-x")):
        together = []
    return pytest.main([*together, *arguments]) or bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
