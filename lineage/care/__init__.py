"""Keeping house: what may be collected, what is damaged, and the records in the words of other catalogues.

``census``
    which versions name which objects, what they cost, and which runs go on.
``needed``
    which objects nobody may collect, and why.
``sharing``
    who else keeps records of what is in the same store.
``choosing``
    which objects `lineage gc` takes.
``collecting``
    taking them, beside whoever runs.
"""
