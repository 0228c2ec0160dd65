"""Functions, classes and modules that other modules patch."""

from __future__ import annotations

from fingerprint_edits.edit import edit

EDITS = [
    edit(
        "patched-mock-by-text",
        "unittest.mock.patch by a dotted text",
        {
            "steps.py": """
            import helpers, patches
            def train():
                return helpers.f()
            def other():
                return 1
            """,
            "helpers.py": """
            X = 1
            def f():
                return X
            class K:
                v = 1
            """,
            "patches.py": """
            from unittest.mock import patch
            patch('helpers.X', 2).start()
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-mock-module",
        "mock.patch under the module's name, its object kept",
        {
            "steps.py": """
            import helpers, patches
            def train():
                return helpers.f()
            def other():
                return 1
            """,
            "helpers.py": """
            X = 1
            def f():
                return X
            class K:
                v = 1
            """,
            "patches.py": """
            from unittest import mock
            p = mock.patch('helpers.X', 2)
            p.start()
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-mock-object",
        "patch.object",
        {
            "steps.py": """
            import helpers, patches
            def train():
                return helpers.f()
            def other():
                return 1
            """,
            "helpers.py": """
            X = 1
            def f():
                return X
            class K:
                v = 1
            """,
            "patches.py": """
            from unittest.mock import patch
            import helpers
            patch.object(helpers, 'X', 2).start()
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-mock-multiple",
        "patch.multiple by a dotted text",
        {
            "steps.py": """
            import helpers, patches
            def train():
                return helpers.f()
            def other():
                return 1
            """,
            "helpers.py": """
            X = 1
            def f():
                return X
            class K:
                v = 1
            """,
            "patches.py": """
            from unittest.mock import patch
            patch.multiple('helpers', X=2).start()
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-mock-in-function",
        "patch by a dotted text in a function called at the top level",
        {
            "steps.py": """
            import helpers, patches
            def train():
                return helpers.f()
            def other():
                return 1
            """,
            "helpers.py": """
            X = 1
            def f():
                return X
            class K:
                v = 1
            """,
            "patches.py": """
            from unittest.mock import patch
            def go(v):
                patch('helpers.X', v).start()
            go(2)
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-vars-item",
        "vars(module)[name] = ...",
        {
            "steps.py": """
            import helpers, patches
            def train():
                return helpers.f()
            def other():
                return 1
            """,
            "helpers.py": """
            X = 1
            def f():
                return X
            class K:
                v = 1
            """,
            "patches.py": """
            import helpers
            vars(helpers)['X'] = 2
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-dict-update",
        "module.__dict__.update()",
        {
            "steps.py": """
            import helpers, patches
            def train():
                return helpers.f()
            def other():
                return 1
            """,
            "helpers.py": """
            X = 1
            def f():
                return X
            class K:
                v = 1
            """,
            "patches.py": """
            import helpers
            helpers.__dict__.update(X=2)
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-globals-of-function",
        "a function's __globals__",
        {
            "steps.py": """
            import helpers, patches
            def train():
                return helpers.f()
            def other():
                return 1
            """,
            "helpers.py": """
            X = 1
            def f():
                return X
            class K:
                v = 1
            """,
            "patches.py": """
            from helpers import f
            f.__globals__['X'] = 2
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-code",
        "a function gets another one's code",
        {
            "steps.py": """
            import helpers, patches
            def train():
                return helpers.f()
            def other():
                return 1
            """,
            "helpers.py": """
            X = 1
            def f():
                return X
            class K:
                v = 1
            """,
            "patches.py": """
            import helpers
            def g():
                return 2
            helpers.f.__code__ = g.__code__
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-exec-in-module",
        "exec in the names of another module",
        {
            "steps.py": """
            import helpers, patches
            def train():
                return helpers.f()
            def other():
                return 1
            """,
            "helpers.py": """
            X = 1
            def f():
                return X
            class K:
                v = 1
            """,
            "patches.py": """
            import helpers
            exec('X = 2', helpers.__dict__)
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-exec-in-vars",
        "exec in vars of another module, in a function",
        {
            "steps.py": """
            import helpers, patches
            def train():
                return helpers.f()
            def other():
                return 1
            """,
            "helpers.py": """
            X = 1
            def f():
                return X
            class K:
                v = 1
            """,
            "patches.py": """
            import helpers
            def go(v):
                exec(f'X = {v}', vars(helpers))
            go(2)
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-operator-attr",
        "object.__setattr__ on a module",
        {
            "steps.py": """
            import helpers, patches
            def train():
                return helpers.f()
            def other():
                return 1
            """,
            "helpers.py": """
            X = 1
            def f():
                return X
            class K:
                v = 1
            """,
            "patches.py": """
            import helpers
            object.__setattr__(helpers, 'X', 2)
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-other-name",
        "a patch of what the step does not use",
        {
            "steps.py": """
            import helpers, patches
            def train():
                return helpers.f()
            def other():
                return 1
            """,
            "helpers.py": """
            X = 1
            def f():
                return X
            class K:
                v = 1
            """,
            "patches.py": """
            from unittest.mock import patch
            patch('helpers.Y', 2, create=True).start()
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        fresh="train other",
    ),
    edit(
        "patched-mro",
        "a base class by __mro__",
        {
            "steps.py": """
            import models, patches
            def train():
                return models.B().v
            def other():
                return 1
            """,
            "models.py": """
            class A:
                v = 1
            class B(A):
                pass
            """,
            "patches.py": """
            from models import B
            B.__mro__[1].v = 2
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-mro-called",
        "a base class by mro()",
        {
            "steps.py": """
            import models, patches
            def train():
                return models.B().v
            def other():
                return 1
            """,
            "models.py": """
            class A:
                v = 1
            class B(A):
                pass
            """,
            "patches.py": """
            from models import B
            B.mro()[1].v = 2
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-bases",
        "a base class by __bases__",
        {
            "steps.py": """
            import models, patches
            def train():
                return models.B().v
            def other():
                return 1
            """,
            "models.py": """
            class A:
                v = 1
            class B(A):
                pass
            """,
            "patches.py": """
            from models import B
            B.__bases__[0].v = 2
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-base",
        "a base class by __base__",
        {
            "steps.py": """
            import models, patches
            def train():
                return models.B().v
            def other():
                return 1
            """,
            "models.py": """
            class A:
                v = 1
            class B(A):
                pass
            """,
            "patches.py": """
            from models import B
            B.__base__.v = 2
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-type-setattr",
        "type.__setattr__",
        {
            "steps.py": """
            import models, patches
            def train():
                return models.B().v
            def other():
                return 1
            """,
            "models.py": """
            class A:
                v = 1
            class B(A):
                pass
            """,
            "patches.py": """
            from models import B
            type.__setattr__(B, 'v', 2)
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-loop-mro",
        "all classes of the mro are changed in a loop",
        {
            "steps.py": """
            import models, patches
            def train():
                return models.B().v
            def other():
                return 1
            """,
            "models.py": """
            class A:
                v = 1
            class B(A):
                pass
            """,
            "patches.py": """
            from models import B
            for c in B.__mro__[:2]:
                c.v = 2
            """,
        },
        {
            "patches.py": (" 2", " 3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-subclasses",
        "all subclasses are changed in a loop",
        {
            "steps.py": """
            import models, patches
            def train():
                return models.B().v
            def other():
                return 1
            """,
            "models.py": """
            class A:
                v = 1
            class B(A):
                pass
            """,
            "patches.py": """
            from models import A
            for c in A.__subclasses__():
                c.v = 2
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-getattr-class",
        "a class that getattr gives",
        {
            "steps.py": """
            import models, patches
            def train():
                return models.B().v
            def other():
                return 1
            """,
            "models.py": """
            class A:
                v = 1
            class B(A):
                pass
            """,
            "patches.py": """
            import models
            getattr(models, 'B').v = 2
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-vars-class",
        "a class out of vars(module)",
        {
            "steps.py": """
            import models, patches
            def train():
                return models.B().v
            def other():
                return 1
            """,
            "models.py": """
            class A:
                v = 1
            class B(A):
                pass
            """,
            "patches.py": """
            import models
            vars(models)['A'].v = 2
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-class-of-new",
        "type(make()) gives the class",
        {
            "steps.py": """
            import models, patches
            def train():
                return models.B().v
            def other():
                return 1
            """,
            "models.py": """
            class A:
                v = 1
            class B(A):
                pass
            """,
            "patches.py": """
            import models
            def make():
                return models.B()
            type(make()).v = 2
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
    edit(
        "patched-mixin-by-decorator",
        "a decorator of another module changes the base of what it decorates",
        {
            "steps.py": """
            import models, patches
            def train():
                return models.B().v
            def other():
                return 1
            """,
            "models.py": """
            class A:
                v = 1
            class B(A):
                pass
            """,
            "patches.py": """
            import models
            def tune(cls):
                cls.__base__.v = 2
                return cls
            tune(models.B)
            """,
        },
        {
            "patches.py": ("2", "3"),
        },
        stale="train",
        fresh="other",
    ),
]
