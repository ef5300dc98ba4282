"""A jail for the tests of the engine; without one they cannot be run, and in CI they must be."""

from __future__ import annotations

import os

import pytest

from autograde.jail import jail
from autograde.jail.worker import Jail
from autograde.judging.proxy import Connection


@pytest.fixture(scope="session")
def a_jail():
    """A running jail, shared: every job in it is a process of its own."""
    why = jail.missing()
    if why and not os.environ.get("CI"):
        pytest.skip(f"no jail on this machine: {why}")
    with Jail() as running:
        yield running


@pytest.fixture
def job(a_jail):
    """A fresh job."""
    with a_jail.job() as fresh:
        yield fresh


@pytest.fixture
def connection(job):
    """A connection to a fresh job."""
    return Connection(job)


@pytest.fixture
def run(job):
    """``run(source)``: the outputs of a cell, and whether it ran to its end."""

    def run_cell(source: str):
        reply = job.request({"op": "cell", "source": source}, 60)
        return reply["outputs"], reply["done"]

    return run_cell
