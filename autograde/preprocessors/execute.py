"""Run a submission without letting its files pose as installed modules."""

import os
from typing import Any

from nbclient.util import run_sync
from nbgrader.preprocessors import Execute as NbGraderExecute

IGNORE_FOLDER = "--InteractiveShellApp.ignore_cwd=True"


class Execute(NbGraderExecute):
    """nbgrader's ``Execute``, in whose kernel the submission's folder is not on the import path.

    Otherwise a ``numpy.py`` or ``course_utils.py`` handed in with the notebook would be imported
    instead of the real one. Files are still found by name: ``open("data.csv")`` works.
    """

    async def async_start_new_kernel(self, **kwargs: Any) -> None:
        if IGNORE_FOLDER not in self.extra_arguments:
            self.extra_arguments += [IGNORE_FOLDER]
        # `python -m ipykernel_launcher` would look for ipykernel itself in the folder first.
        env = {**kwargs.pop("env", os.environ), "PYTHONSAFEPATH": "1"}
        await super().async_start_new_kernel(env=env, **kwargs)

    start_new_kernel = run_sync(async_start_new_kernel)
