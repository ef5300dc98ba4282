"""Each file here has a table: CASES, of a mistake, operation, backward, code, and what is said."""

import pytest


def pytest_generate_tests(metafunc):
    """A test that asks for `explained` is run for each row of its file."""
    if "explained" in metafunc.fixturenames:
        cases = metafunc.module.CASES
        rows, names = [case[1:] for case in cases], [case[0] for case in cases]
        metafunc.parametrize("explained", rows, ids=names, indirect=True)


@pytest.fixture
def explained(request, examined):
    """``explained()``: whatever the seed, the mistake has its code and its sentence."""

    def look():
        operation, backward, code, said = request.param
        for seed in range(4):
            report = examined(operation, backward, seed)
            assert report.code == code, report.text()
            assert said in report.findings[0].message

    return look
