"""A run as a file that needs no server: a page, an SVG or a PNG picture, and what a notebook shows of it.

``palette``
    the colours of both themes, from the page's own style sheet.
``lettering``
    how wide a text is, and how much of it fits.
``scene``
    what a picture is made of: a handful of shapes, each colour by its name.
``marks``
    the symbol of each status as strokes, so that no font has to have it.
``compose``, ``heading``
    a run's picture (the same data that the dashboard draws) as a scene.
``svg``, ``png``
    two writers of a scene.
``saved``
    the answers that a page brings along, within bounds.
``html``
    the page.
``account``, ``baseline``
    what a run did, and what it is compared with, put together once for all reports that are texts.
``junit``, ``markdown``, ``data``
    three writers of it; ``mermaid`` draws it in Markdown.
``unbegun``
    what there is to say of a command that came to no run.
``markup``
    texts in Markdown, XML and Mermaid, where names and values are data.
``write``
    which file gets what, and writing it whole or not at all.
``display``
    what a notebook shows.
"""
