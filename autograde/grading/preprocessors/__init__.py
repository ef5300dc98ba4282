"""One change to a submission a file, in the manner of ``nbgrader.preprocessors``.

In order: `DropCopies`, `RestoreMetadata`, `TellConflicts`, `AddMissingCells`, `Examine` or
`Execute`, `CleanOutputs`, `CleanTexts`, `KeepVerdicts`. For a page: `KeepShown`, `CleanOutputs`,
`CleanTexts`. Where a whole class is graded, `RestoreCells`, `RestoreKernelspec`, `CollectGrades`
and `CheckOnce` do the work of nbgrader's own steps, without a look at the gradebook.
"""

from .addmissingcells import AddMissingCells
from .checkonce import CheckOnce
from .cleanoutputs import CleanOutputs
from .cleantexts import CleanTexts
from .collectgrades import CollectGrades
from .dropcopies import DropCopies
from .examine import Examine
from .execute import Execute
from .keepshown import KeepShown
from .keepverdicts import KeepVerdicts
from .restorecells import RestoreCells
from .restorekernelspec import RestoreKernelspec
from .restoremetadata import RestoreMetadata
from .tellconflicts import TellConflicts

__all__ = [
    "AddMissingCells",
    "CheckOnce",
    "CleanOutputs",
    "CleanTexts",
    "CollectGrades",
    "DropCopies",
    "Examine",
    "Execute",
    "KeepShown",
    "KeepVerdicts",
    "RestoreCells",
    "RestoreKernelspec",
    "RestoreMetadata",
    "TellConflicts",
]
