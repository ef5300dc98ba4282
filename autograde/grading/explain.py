"""Why a submission could not be graded: a code for machines and a sentence for the instructor."""

from nbclient.exceptions import DeadKernelError
from sqlalchemy.exc import DBAPIError, OperationalError

from autograde.base.errors import EndlessCell, EndlessOutput
from autograde.jail.worker import Infrastructure
from autograde.notebooks.reading import UnreadableNotebook


def explain(error: Exception) -> tuple[str, str]:
    """Why nbgrader could not grade a submission: a code and a sentence."""
    if isinstance(error, UnreadableNotebook):
        return error.code, str(error)
    if isinstance(error, Infrastructure):
        return "infrastructure", (
            f"the jail failed ({first_line(error)}), which is not the submission's doing; run the"
            " command again"
        )
    if isinstance(error, DeadKernelError):
        return "kernel-died", (
            "its code ended the kernel (a crash, an exit, or too much memory); look at the"
            " notebook, and ask for it again without that"
        )
    if isinstance(error, EndlessCell):
        return "endless", (
            f"{error} does not end, and cannot be stopped (it catches the interrupt); ask for it"
            " again without the endless loop"
        )
    if isinstance(error, EndlessOutput):
        return "output", (
            f"{error} prints more than can be read; ask for it again without that output"
        )
    if isinstance(error, OperationalError):
        return "gradebook", (
            f"the gradebook could not be written ({first_line(error)}); close what else uses it,"
            " such as a form grader, and run the command again"
        )
    if isinstance(error, DBAPIError | UnicodeError):
        return "refused", (
            f"the gradebook takes no such entry ({first_line(error)}); look at the name of the"
            " student's folder"
        )
    return "nbgrader-error", (
        f"nbgrader failed with {type(error).__name__}: {first_line(error)}; run the command with"
        " --verbose to see where"
    )


def first_line(error: Exception) -> str:
    """The first line of an error's message."""
    return next(iter(str(error).splitlines()), "no message")
