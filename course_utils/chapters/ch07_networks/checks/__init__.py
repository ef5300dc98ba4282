"""What catches mistakes in notebook 07: methods, by what they leave behind.

Codes, besides those of `course_utils.checker`
-----------------------------------------------
``overwritten``, ``not-accumulated``, ``counted-twice``, ``changes-data``, ``not-returned``,
``pulled-twice``, ``unchanged``, ``only-first``, ``only-last``, ``wrong-order``, ``not-chained``,
``missing-factor``, ``inverted``, ``added``, ``not-zeroed``, ``stale``, ``no-step``, ``no-rate``
and ``wrong-upstream``.
"""

from course_utils.chapters.ch07_networks.checks import (
    activations,
    containers,
    layers,
    parameters,
    training,
)

__all__ = ["activations", "containers", "layers", "parameters", "training"]
