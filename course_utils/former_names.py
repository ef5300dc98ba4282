"""What modules were called before: notebooks that were handed out import them under these names."""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType

FORMER = {
    "capstone": "chapters.ch08_capstone.exercises",
    "digits": "data.digits",
    "exercise": "exercises.registry",
    "exercise_checks": "checks.plain_functions",
    "function": "autodiff.function",
    "live": "figures.status_line",
    "nn": "chapters.ch07_networks.nn",
    "numerical": "measure.numerical",
    "penguins": "data.penguins",
    "players": "figures.interactive",
    "torch_bridge": "autodiff.torch_bridge",
}
"""Only what notebooks, pages and the tutorial for an exercise of one's own ever imported."""


class FormerNames(MetaPathFinder, Loader):
    """Finds the module of today under its former name; it is the same one, not a copy."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a spec for a former name, None for every other one."""
        package, _, name = fullname.partition(".")
        if package != "course_utils" or name not in FORMER:
            return None
        return spec_from_loader(fullname, self)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module of today."""
        module = importlib.import_module(f"course_utils.{FORMER[spec.name.partition('.')[2]]}")
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module as it was: it has been run."""
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state


sys.meta_path.append(FormerNames())
