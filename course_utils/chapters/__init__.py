"""One folder a notebook: what students read, and what catches them."""
