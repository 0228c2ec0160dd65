"""Texts in Markdown, XML and Mermaid, where a name or a value is data whatever it looks like."""

from __future__ import annotations

import re

from lineage.model.shown import each_line, one_line, without_colours

__all__ = ["code", "fenced", "label", "plain", "xml_text"]

#: What may mean something: to Markdown and HTML anywhere, to a forge only outside of code (``:smile:``).
_UNSAFE = re.compile(r"[^A-Za-z0-9 ,;.:/=()+'\"%\u00a0-\uffff-]|:(?=//)|(?<=www)\.|^[-+=]")
_COLON = re.compile(r":(?! |$)")
_IN_LABELS = re.compile(r"[^A-Za-z0-9 _.:/=,\u00b7\u2013\u2713\u2715-]")
_TICKS = re.compile(r"`+")
#: What XML 1.0 does not allow in a document, not even escaped.
_ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST = 300


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def plain(text: str, most: int = _LONGEST) -> str:
    """Return a text as one line of Markdown that is shown as it is.

    Each letter that could mean something to Markdown, HTML or a forge (``@name``, ``#12``, an address) is a character
    reference: those stand for themselves and never for markup (CommonMark 2.5).
    """
    return _COLON.sub("&#58;", _escaped(text, most))


def _escaped(text: str, most: int) -> str:
    return _UNSAFE.sub(lambda found: f"&#{ord(found[0])};", _cut(one_line(text), most))


def code(text: str, most: int = _LONGEST) -> str:
    """Return the same in the letters of code; forges link nothing in it."""
    return f"<code>{_escaped(text, most)}</code>"


def fenced(text: str, language: str = "") -> str:
    """Return lines as a block of code, whatever fences they have in them."""
    text = each_line(without_colours(text)).strip("\n")
    longest = max((len(ticks) for ticks in _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def label(text: str, most: int = 60) -> str:
    """Return a text as it may stand between the quotes of a Mermaid label."""
    return _IN_LABELS.sub(lambda found: f"#{ord(found[0])};", _cut(one_line(text), most))


def xml_text(text: str) -> str:
    """Return a text without colours, and without what XML cannot hold."""
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", without_colours(text))
