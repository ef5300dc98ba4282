"""Reading notebooks, handed in or released, and mending what can be mended."""
