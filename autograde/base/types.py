"""Names for what nbgrader and nbconvert pass around."""

from typing import Any

Resources = dict[str, Any]
"""What nbconvert hands from one preprocessor to the next beside the notebook."""
