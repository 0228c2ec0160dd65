"""How the command line is described: each command with a sentence, examples and exit codes."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from lineage.dodo.options import nearest_option
from lineage.errors import UsageError, did_you_mean

__all__ = ["CODES", "Help", "Parser", "add", "commands_of"]


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

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """Say what a value has to be in people's words, as `doit` does."""
        try:
            return super()._get_value(action, arg_string)
        except argparse.ArgumentError:
            if action.type not in _KINDS:
                raise
            self.error(f"{_named(action)} takes {_KINDS[action.type]}, not '{arg_string}'")

    def _match_argument(self, action: argparse.Action, arg_strings_pattern: str) -> int:
        """Say that an option stands there without its value, and how it would be written."""
        try:
            return int(super()._match_argument(action, arg_strings_pattern))
        except argparse.ArgumentError:
            if not action.option_strings or action.nargs is not None:
                raise
            name = _named(action)
            self.error(f"{name} needs a value: {name} {action.metavar or action.dest.upper()}")

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


_KINDS: dict[Any, str] = {int: "a whole number", float: "a number"}


def _named(action: argparse.Action) -> str:
    """Return what users call an option or a place: the long name of several."""
    return max(action.option_strings, key=len, default=str(action.metavar or action.dest))


class Help(argparse.RawDescriptionHelpFormatter):
    """Help whose column is as wide as the longest command asks for: argparse forgets that commands are indented."""

    def add_argument(self, action: argparse.Action) -> None:
        """Take an option, or the list of the commands."""
        super().add_argument(action)
        if isinstance(action, argparse._SubParsersAction):
            longest = max(map(len, action.choices), default=0)
            self._action_max_length = max(
                self._action_max_length, longest + self._current_indent + self._indent_increment
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
        formatter_class=Help,
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
