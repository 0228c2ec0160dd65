"""Folders that modules add to sys.path, and what is imported from there."""

from __future__ import annotations

from fingerprint_edits.edit import S, edit

EDITS = [
    edit(
        "searched-dirname",
        'os.path.join(os.path.dirname(__file__), "lib") is put in front',
        {
            S: """
            import sys, os
            sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
            import q
            def train():
                return q.f()
            """,
            "lib/q.py": """
            def f(): return 1
            """,
        },
        {
            "lib/q.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "searched-in-function",
        "a function adds a folder of the project and imports from it",
        {
            S: """
            import sys
            def train():
                sys.path.append("lib")
                import q
                return q.f()
            """,
            "lib/q.py": """
            from r import K
            def f(): return K
            """,
            "lib/r.py": """
            K = 1
            """,
        },
        {
            "lib/r.py": ("K = 1", "K = 2"),
        },
        stale="train",
    ),
    edit(
        "searched-pathlib",
        "a folder made with pathlib from a constant",
        {
            S: """
            import sys
            from pathlib import Path
            ROOT = Path(__file__).resolve().parent
            sys.path.append(str(ROOT / "common" / "lib"))
            import q
            def train():
                return q.f()
            """,
            "common/lib/q.py": """
            def f(): return 1
            """,
        },
        {
            "common/lib/q.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
    edit(
        "searched-by-another",
        "a module that is imported for the folders it adds; modules there import one another",
        {
            S: """
            import _paths
            import q
            def train():
                return q.f()
            """,
            "_paths.py": """
            import os.path as osp, sys
            def add_path(path):
                if path not in sys.path:
                    sys.path.insert(0, path)
            sys.path = [f"{osp.dirname(__file__)}/lib"] + sys.path
            """,
            "lib/deep.py": """
            K = 1
            """,
            "lib/other/__init__.py": "",
            "lib/other/z.py": """
            import deep
            K = deep.K
            """,
            "lib/q.py": """
            import other.z as z
            def f(): return z.K
            """,
        },
        {
            "lib/deep.py": ("K = 1", "K = 2"),
        },
        stale="train",
    ),
    edit(
        "searched-above",
        "a folder above that of the module",
        {
            S: """
            import pk.sub.job
            def train():
                return pk.sub.job.run()
            """,
            "pk/__init__.py": "",
            "pk/sub/__init__.py": "",
            "pk/sub/job.py": """
            import os, sys
            HERE = os.path.dirname(os.path.abspath(__file__))
            sys.path.insert(0, os.path.join(HERE, "..", "..", "shared"))
            from q import f
            def run():
                return f()
            """,
            "shared/q.py": """
            def f(): return 1
            """,
        },
        {
            "shared/q.py": ("return 1", "return 2"),
        },
        stale="train",
    ),
]
