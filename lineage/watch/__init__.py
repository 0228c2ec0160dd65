"""The rounds of ``lineage watch``: what has changed, and a `doit` in a fork of a process that has the imports.

``forks``
    processes that give an answer back, and signals that are noted until one waits.
``watching``
    which files have changed.
``impatience``
    edits while a round still runs.
``warm``
    the process that has imported what the project imports.
``rounds``
    what happens in a fork: a run, a survey of what it depends on, a look at what it imports.
"""
