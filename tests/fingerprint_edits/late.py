"""What real packages do while their functions run: lazy imports, what is kept for the next call."""

from __future__ import annotations

from fingerprint_edits.edit import edit

EDITS = [
    edit(
        "late-global-import",
        "a module that is imported by the first call, in the place of None",
        {
            "steps.py": """
            import rules
            def train():
                return rules.parse("3")
            def other():
                return rules.LIMIT
            """,
            "rules.py": """
            reader = None
            LIMIT = 4
            def parse(text):
                global reader
                if reader is None:
                    import reader
                return reader.number(text)
            """,
            "reader.py": """
            def number(text):
                return int(text) + 1
            """,
        },
        {"reader.py": ("+ 1", "+ 2")},
        stale="train",
        fresh="other",
    ),
    edit(
        "late-global-import-by-another",
        "what one function imports for another one, by the name of the thing",
        {
            "steps.py": """
            import rules
            def train():
                rules.start()
                return rules.parse("3")
            def other():
                return rules.LIMIT
            """,
            "rules.py": """
            number = None
            LIMIT = 4
            def start():
                global number
                from reader import number
            def parse(text):
                return number(text)
            """,
            "reader.py": """
            def number(text):
                return int(text) + 1
            """,
        },
        {"reader.py": ("+ 1", "+ 2")},
        stale="train",
        fresh="other",
    ),
]
