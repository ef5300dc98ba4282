"""What the server shuts for itself is shut for every job."""

from __future__ import annotations

from autograde.jail.inside import landlock

PLACES = ["/jail/work/here", "/dev/shm/there", "/tmp/there", "/etc/there"]
PROBE = "try:\n    open({0!r}, 'w').close()\n    print({0!r})\nexcept OSError:\n    pass"

GET_DUMPABLE, GET_NO_NEW_PRIVS = 3, 39


def test_a_job_writes_in_one_folder(run):
    # The folder of matplotlib's fonts can be written to until Landlock shuts it.
    places = [*PLACES, *(["/jail/home/there"] if landlock.version() else [])]
    outputs, _ = run("\n".join(PROBE.format(each) for each in places))
    assert outputs == [{"output_type": "stream", "name": "stdout", "text": "/jail/work/here\n"}]


def test_no_other_job_may_look_into_one_and_none_gains_rights(run):
    asked = f"[prctl({GET_DUMPABLE}, 0, 0, 0, 0), prctl({GET_NO_NEW_PRIVS}, 0, 0, 0, 0)]"
    (shown,), _ = run(f"import ctypes\nprctl = ctypes.CDLL(None).prctl\n{asked}")
    assert shown["data"]["text/plain"] == "[0, 1]"
