"""The stand-ins' benchmark: both ways measure the same, and the command says so."""

import json

import pytest

from benchmarks import stand_ins
from course_utils.measure import fast_vjp as stand_in


@pytest.mark.parametrize("call", stand_ins.CALLS, ids=lambda call: call.name)
def test_both_ways_measure_the_same(call):
    if call.entries > 1000:
        pytest.skip("one entry after the other takes long here; there are smaller ones")
    compared = stand_ins.compare_call(call, rounds=1)
    assert compared.apart < 1e-12
    assert compared.old > 0
    assert compared.new > 0


def test_the_command_prints_every_call(capsys, monkeypatch):
    calls = [call for call in stand_ins.CALLS if call.entries < 300]
    monkeypatch.setattr(stand_ins, "CALLS", calls)
    assert stand_ins.main(["--rounds", "1", "--notebook-rounds", "0"]) == 0
    text = capsys.readouterr().out
    assert all(call.name in text for call in calls)
    assert stand_ins.main(["--rounds", "1", "--notebook-rounds", "0", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == [call.name for call in calls]
    assert all(each["ratio"] > 0 for each in found.values())


def test_the_old_way_can_be_had_in_a_notebook(monkeypatch):
    """What the benchmark puts before a notebook makes every stand-in go entry by entry."""
    calls = []
    monkeypatch.setattr(stand_in, "FEW", stand_in.FEW)
    monkeypatch.setattr(stand_in, "_taken_apart", lambda *_: calls.append("apart"))
    exec(stand_ins.ONE_BY_ONE, {})
    stand_ins.compare_call(stand_ins.CALLS[3], rounds=1)
    assert calls == []
