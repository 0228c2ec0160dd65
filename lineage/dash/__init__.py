"""The dashboard: the lineage of a project as a live page.

It reads only. No step code is imported, nothing is unpickled, and the records are opened for reading. Bokeh serves the
page, carries the data and draws the picture; the first one is painted by the page itself, while BokehJS is on its way.
All that is text is the page's own DOM, made by ``page/js``.

``archive``
    the records, and whether they have changed.
``answers``
    what the page may ask: a table of questions.
``runs``, ``recorded``, ``picture``, ``details``
    the answers.
``figure``
    Bokeh's figure of the lineage, empty; the page fills it.
``front``
    the page, with its first answers in it.
``app``
    the document of one open page, and its two-way traffic.
``poller``
    one look at the records for all open pages.
``server``
    serving on one address, and who may look.
"""
