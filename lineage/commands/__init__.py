"""The command ``lineage``: one module a subcommand."""
