"""Saying why: what differs between two manifests, two states of a step, two runs.

The list of ingredients that a fingerprint is the hash of is also what is compared here, and here only: the reasons that
a run records, ``doit info``, ``lineage why`` and ``lineage diff`` cannot tell different stories.

``sides``
    what is compared: the manifest of one moment, with the code and the inputs behind it.
``compare``
    two sides to a list of reasons. No input or output.
``unified``
    two texts to the lines of a diff. No input or output.
``recorded``
    sides from the records.
``determinism``
    which steps gave different values for the same fingerprint.
``explanation``
    what is known of one step in one state.
``past``
    explanations of the steps of a run, from the records.
``runs``
    what differs between two runs.
``telling``
    explanations as lines for people. No input or output.
"""
