"""When something is looked at, where it is bound or changed more than once."""

from __future__ import annotations

from fingerprint_edits.edit import edit

EDITS = [
    edit(
        "default-before-rebinding",
        "a function moves below the second value of the name that is its default",
        {
            "steps.py": """
            RATE = 1
            def fit(rate=RATE):
                return rate
            RATE = 2
            def train():
                return fit()
            """,
        },
        {
            "steps.py": "RATE = 1\nRATE = 2\ndef fit(rate=RATE):\n    return rate\ndef train():\n    return fit()\n",
        },
        stale="train",
    ),
    edit(
        "default-before-change",
        "a function moves below a change of the attribute that is its default",
        {
            "steps.py": """
            class CONFIG:
                rate = 1
            def fit(rate=CONFIG.rate):
                return rate
            CONFIG.rate = 2
            CONFIG.size = 2
            def train():
                return fit()
            """,
        },
        {
            "steps.py": "class CONFIG:\n    rate = 1\nCONFIG.rate = 2\nCONFIG.size = 2\n"
            "def fit(rate=CONFIG.rate):\n    return rate\ndef train():\n    return fit()\n",
        },
        stale="train",
    ),
    edit(
        "class-body-before-rebinding",
        "a class moves below the second value of a name that its body looks at",
        {
            "steps.py": """
            RATE = 1
            class Model:
                rate = RATE
            RATE = 2
            def train():
                return Model.rate
            """,
        },
        {
            "steps.py": "RATE = 1\nRATE = 2\nclass Model:\n    rate = RATE\ndef train():\n    return Model.rate\n",
        },
        stale="train",
    ),
    edit(
        "base-before-rebinding",
        "a class moves below the second class of the name that is its base",
        {
            "steps.py": """
            class Base:
                rate = 1
            class Model(Base):
                pass
            class Base:
                rate = 2
            def train():
                return Model.rate
            """,
        },
        {
            "steps.py": "class Base:\n    rate = 1\nclass Base:\n    rate = 2\nclass Model(Base):\n    pass\n"
            "def train():\n    return Model.rate\n",
        },
        stale="train",
    ),
    edit(
        "body-moved-function",
        "a function that looks at a name when it is called moves below its second value",
        {
            "steps.py": """
            RATE = 1
            def fit():
                return RATE
            RATE = 2
            def train():
                return fit()
            """,
        },
        {
            "steps.py": "RATE = 1\nRATE = 2\ndef fit():\n    return RATE\ndef train():\n    return fit()\n",
        },
        fresh="train",
    ),
    edit(
        "constant-of-constant-between",
        "a constant made of another one moves below the other's second value",
        {
            "steps.py": """
            SIZE = 2
            HALF = SIZE / 2
            SIZE = 4
            def train():
                return HALF
            """,
        },
        {
            "steps.py": "SIZE = 2\nSIZE = 4\nHALF = SIZE / 2\ndef train():\n    return HALF\n",
        },
        stale="train",
    ),
    edit(
        "import-between",
        "an import moves below a change of what the imported module looks at",
        {
            "steps.py": """
            import conf
            import derived
            import tune
            def train():
                return derived.HALF
            """,
            "conf.py": "SIZE = 2\n",
            "tune.py": "import conf\nconf.SIZE = 4\n",
            "derived.py": "import conf\nHALF = conf.SIZE / 2\n",
        },
        {
            "steps.py": ("import derived\nimport tune\n", "import tune\nimport derived\n"),
        },
        stale="train",
    ),
    edit(
        "import-between-from",
        "the same with a name that is imported by itself",
        {
            "steps.py": """
            import tune
            from derived import half
            def train():
                return half()
            """,
            "conf.py": "SIZE = {'n': 2}\n",
            "tune.py": "from conf import SIZE\nSIZE['n'] = 4\n",
            "derived.py": "from conf import SIZE\nN = SIZE['n']\ndef half():\n    return N / 2\n",
        },
        {
            "steps.py": ("import tune\nfrom derived import half\n", "from derived import half\nimport tune\n"),
        },
        stale="train",
    ),
    edit(
        "import-between-unread",
        "the same where the imported module looks at nothing that is changed",
        {
            "steps.py": """
            import tune
            from derived import half
            def train():
                return half()
            """,
            "conf.py": "SIZE = {'n': 2}\n",
            "tune.py": "from conf import SIZE\nSIZE['n'] = 4\n",
            "derived.py": "from conf import SIZE\ndef half():\n    return SIZE['n'] / 2\n",
        },
        {
            "steps.py": ("import tune\nfrom derived import half\n", "from derived import half\nimport tune\n"),
        },
        fresh="train",
    ),
]
