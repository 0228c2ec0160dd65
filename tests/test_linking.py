"""Which dodo.py certainly says the same each time, so that a receipt can stand for it."""

from __future__ import annotations

import pytest

from lineage.dodo.linking import is_blank, only_links

HEAD = "from lineage import File, Step, pipeline\nfrom steps import load, fit, score\n"
LINKS = [
    "",
    '"""Text."""\n',
    HEAD + "@pipeline\ndef p(n=2, trainer: Step = fit):\n    a, b = load(n)\n    m = trainer(a)\n    s = score(m, b)\n",
    HEAD + "RATES = [0.1, 0.2]\n@pipeline\ndef p():\n    ms = [fit(load(), rate=rate) for rate in RATES]\n",
    HEAD
    + "@pipeline\ndef p(k=3):\n    for i in range(k):\n        m = fit(load(), seed=i)\n        score(m, f'{i}')\n",
    HEAD
    + "@pipeline\ndef p():\n    x = load()\n    for each in (fit, score):\n        y = each(x.train)\n    return y\n",
    "from pathlib import Path\n" + HEAD + "@pipeline\ndef p(data=Path('d')):\n    x = load(data)\n",
    HEAD + "@pipeline\ndef p():\n    x = load('{:.2f} of {}'.format(0.5, 'a'))\n",
    HEAD + "@pipeline\ndef p():\n    xs = {k: fit(v) for k, v in {'a': 1}.items()}\n",
    HEAD
    + "DOIT_CONFIG = {'verbosity': 2}\n@pipeline\ndef p():\n    if DOIT_CONFIG['verbosity'] > 1:\n        x = load()\n",
]
MORE = [
    "import os\n",
    "from os import environ\n",
    "from other import thing\n",
    "from lineage import load\n",
    "from lineage import *\n",
    "print('x')\n",
    "x = open('f')\n",
    "x = [].__class__\n",
    "x = hash('a')\n",
    "x = {1, 2}\n",
    "x = id(1)\n",
    "x = '{0.real}'.format(1)\n",
    "x = '{a[0]}'.format_map({'a': 'b'})\n",
    HEAD + "x = str.format\n@pipeline\ndef p():\n    y = load(x('{0.name}', load))\n",
    HEAD + "@pipeline\ndef p():\n    xs = [open for open in (1, 2)]\n    y = load(list(open('f')))\n",
    HEAD + "@pipeline\ndef p():\n    y = load(list({'a': 1}.keys() | {'b': 1}.keys()))\n",
    HEAD + "@pipeline\ndef p():\n    f = (i for i in [1]).gi_frame.f_builtins['open']\n    y = load(list(f('f')))\n",
    HEAD + "from steps import pipeline\n@pipeline\ndef p():\n    x = load()\n",
    HEAD + "@pipeline\ndef p():\n    x = load(1 if 2 is 2 else 3)\n",
    "def f():\n    return 1\n",
    "class A:\n    pass\n",
    "exec('x = 1')\n",
    "if True:\n    x = 1\n",
    "try:\n    x = 1\nfinally:\n    pass\n",
    HEAD + "x = load()\n",
    HEAD + "@pipeline\ndef p(x=load()):\n    y = fit(x)\n",
    HEAD + "def pipeline(f):\n    return f\n@pipeline\ndef p():\n    x = load()\n",
    HEAD + "@pipeline\ndef p(x=open('f').read()):\n    y = load(x)\n",
    HEAD + "@pipeline\ndef p():\n    import os\n    y = load(os.getpid())\n",
    HEAD + "@pipeline\ndef p():\n    y = load(unknown)\n",
    HEAD + "@pipeline\ndef p():\n    y = load(lambda: 1)\n",
    HEAD + "@pipeline\ndef p():\n    global x\n    x = load()\n",
    HEAD + "@pipeline\n@other\ndef p():\n    x = load()\n",
    HEAD + "@pipeline\ndef p():\n    load.__globals__['x'] = 1\n",
    HEAD + "@pipeline\ndef p():\n    return load.anything()\n",
    HEAD + "range = load\nx = range(3)\n",
    HEAD + "from steps import fit as sorted\n",
    "from pathlib import Path\n" + HEAD + "@pipeline\ndef p():\n    read = Path('f').read_text\n    x = load(read())\n",
    "from pathlib import Path\nx = Path('f').read_text()\n",
    "from pathlib import Path\nx = Path('f').replace('g')\n",
    "from pathlib import Path\nx = sorted([Path('f'), Path('g')], key=Path.exists)\n",
    "def p(:\n",
]


@pytest.mark.parametrize("text", LINKS)
def test_what_only_links(text: str) -> None:
    """Imports of steps, constants, and pipelines that call them say the same each time."""
    assert only_links(text.encode(), lambda name: name == "steps")


@pytest.mark.parametrize("text", MORE)
def test_what_may_do_more(text: str) -> None:
    """Whatever else there is may say another thing the next time."""
    assert not only_links(text.encode(), lambda name: name == "steps")


def test_a_blank_module_has_no_statement() -> None:
    """Comments and a docstring do nothing; anything else may."""
    assert all(is_blank(text) for text in (b"", b"\n\n", b"# x\n", b'"""Steps."""\n'))
    assert not any(is_blank(text) for text in (b"import os\n", b"x = 1\n", b"f()\n", b"\0", b"x = (\n"))
