"""What is known of a submission's answers: only right ones are built upon.

The tests say it, as they come; what is used before its test has come is examined aside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from course_utils.exercises.registry import NOT_RIGHT

Answer = tuple[str, int]
"""The name of an exercise, and how often it had been filled in when this answer was."""


@dataclass
class Standing:
    """What was found wrong with answers; it outlives the job that they were examined in.

    Attributes
    ----------
    found : dict
        What is wrong with each answer that was examined, "" for nothing.
    interrupted : bool
        Whether the job ended while an answer was examined aside.
    """

    found: dict[Answer, str] = field(default_factory=dict)
    interrupted: bool = False

    def begin(self, answer: Answer) -> None:
        """Hold an answer that is examined now to be wrong: it may end the job."""
        self.found[answer] = NOT_RIGHT

    def passed(self, answer: Answer) -> None:
        """Hold an answer to be right."""
        self.found[answer] = ""

    def known(self, times: Mapping[str, int]) -> dict[str, tuple[int, str]]:
        """Return what was found wrong with the answers that are in use now, as the jail is told."""
        there = [answer for answer in times.items() if answer in self.found]
        return {name: (count, self.found[name, count]) for name, count in there}

    def faults(self, times: Mapping[str, int]) -> dict[str, tuple[int, str]]:
        """Return what is wrong with those of them that are not right."""
        return {name: about for name, about in self.known(times).items() if about[1]}

    def forget_after(self, times: Mapping[str, int]) -> None:
        """Forget the answers of a cell that is not repeated: others will have their numbers."""
        for name, count in [*self.found]:
            if count > times.get(name, 0):
                del self.found[name, count]
