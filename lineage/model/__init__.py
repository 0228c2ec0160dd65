"""What the rooms of lineage talk about: plain classes without input or output.

``plan``
    what is going to be made: step specifications, calls, references to artifacts. Hand-written ``__slots__`` classes,
    because they are on the way of a run in which nothing changed (a frozen dataclass costs 0.6 ms to define).
``stored``
    what has been made: stored artifacts and traces.
``history``
    what is read back: runs, step runs, artifact versions. Frozen dataclasses, imported by queries only.
``shown``
    how any text is shown in one line.
"""
