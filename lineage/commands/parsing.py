"""How the command line is described: each command with a sentence, examples and exit codes."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from lineage.dodo.options import nearest_option
from lineage.errors import UsageError, did_you_mean

__all__ = ["CODES", "Parser", "add", "commands_of"]


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are ours: one line, the nearest name, exit code 3."""

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong."""
        raise UsageError(message, fix=f"`{self.prog} --help` shows what it takes")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Name the nearest of the words that may stand there."""
        choices = [str(each) for each in action.choices or ()]
        if choices and value not in choices:
            what = " ".join([self.prog, *action.option_strings[:1]])
            near = did_you_mean(str(value), choices)
            raise UsageError(f"`{what}` takes no '{value}'{near}", fix=f"use one of: {', '.join(choices)}")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, and name the nearest option of this command where there is none of a name."""
        is_command = not any(isinstance(action, argparse._SubParsersAction) for action in self._actions)
        if is_command:  # before it is told what else is missing
            before = args[: args.index("--")] if "--" in args else args
            self._check_options([word for word in before if word.startswith("--")])
        found, left = super().parse_known_args(args, namespace)
        self._check_options([word for word in left if word.startswith("-")])
        if left and is_command:
            self.error(f"`{self.prog}` takes no '{left[0]}'")
        return found, left

    def _check_options(self, words: list[str]) -> None:
        unknown = [name for word in words if (name := word.partition("=")[0]) not in self._option_string_actions]
        if unknown:
            near = nearest_option(unknown[0], list(self._option_string_actions))
            raise UsageError(
                f"`{self.prog}` has no option '{unknown[0]}'{near or f'; `{self.prog} --help` shows what it takes'}"
            )


#: Of most commands.
CODES = "0 done, 2 a store cannot be read or an internal error, 3 a word that means nothing here"


def add(
    commands: Any, name: str, sentence: str, examples: str, *, has_json: bool = True, codes: str = CODES
) -> argparse.ArgumentParser:
    """Add a command: what it is for, examples (one a line), and what its exit codes mean."""
    shown = "\n".join(f"  {line}" for line in examples.splitlines())
    made: argparse.ArgumentParser = commands.add_parser(
        name,
        help=sentence,
        description=sentence[0].upper() + sentence[1:] + ".",
        epilog=f"examples:\n{shown}\n\nexit codes: {codes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    if has_json:
        made.add_argument("--json", action="store_true", help="print JSON for scripts")
    return made


def commands_of(top: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command."""
    found: dict[str, argparse.ArgumentParser] = next(
        action.choices for action in top._actions if isinstance(action, argparse._SubParsersAction)
    )
    return found
