"""The lineage picture as data: what stands in it, what is folded together, and where each thing stands.

Pure standard library and no input or output, so that a page, an SVG file and a notebook draw the same picture.

``model``
    nodes and the graph: steps and artifacts, what is before and after, a focus.
``collapse``
    repeated steps and their artifacts become one stack each.
``layers``, ``spectrum``, ``order``, ``place``, ``layout``
    a layered layout from left to right, after Sugiyama.
``keep``
    the same beside an earlier layout, so that what is there stays where it is.
``route``
    edges as curves around the nodes.
``search``
    the search language: ``name``, ``status:failed``, ``+name``, ``2+name+1``.
"""
