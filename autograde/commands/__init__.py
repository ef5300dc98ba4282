"""The subcommands of ``python -m autograde``: one file each, with `add_arguments` and `run`."""
