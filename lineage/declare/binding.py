"""How a step call binds its arguments, as Python itself would, and what is wrong with one that does not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lineage.declare.layouts import Layout, Site, Source
from lineage.declare.places import place
from lineage.declare.signature import show_signature
from lineage.errors import DeclarationError, did_you_mean
from lineage.model.plan import MISSING, Parameter, StepSpec
from lineage.model.shown import counted

__all__ = ["Binder", "live_default"]


class Binder:
    """Binds arguments for one project.

    Parameters
    ----------
    root : str
        The project's folder, to which places in errors are relative.
    """

    def __init__(self, root: str) -> None:
        self._root = root

    def place(self, site: Site) -> str:
        """Return where a site is, as errors say it."""
        return place(site.path, site.line, self._root)

    def sources(
        self,
        spec: StepSpec,
        count: int,
        keywords: Iterable[str],
        default: Callable[[Parameter], list[Source]],
        site: Site,
    ) -> tuple[Source, ...]:
        """Say where each argument of a call comes from.

        Parameters
        ----------
        spec : StepSpec
            The step.
        count : int
            How many positional arguments are given.
        keywords : iterable of str
            The names of the others.
        default : callable
            Gives the sources of a parameter that is not given.
        site : Site
            Where the call is.

        Raises
        ------
        DeclarationError
            If the arguments do not fit.
        """
        sources: list[Source] = []
        left = list(keywords)
        given = 0
        for parameter in spec.parameters:
            name, is_file = parameter.name, parameter.is_file
            if parameter.kind == 2:
                sources.extend((f"{name}[{number - given}]", number, is_file) for number in range(given, count))
                given = count
            elif parameter.kind == 4:
                sources.extend((word, word, is_file) for word in left)
                left = []
            elif parameter.kind < 2 and given < count:
                if name in left and parameter.kind == 1:
                    raise self._mismatch(spec, site, f"has two values for '{name}'")
                sources.append((name, given, is_file))
                given += 1
            elif name in left and parameter.kind != 0:
                left.remove(name)
                sources.append((name, name, is_file))
            elif parameter.default is MISSING:
                raise self._missing(spec, site, name)
            else:
                sources.extend(default(parameter))
        if given < count:
            raise self._mismatch(spec, site, f"takes {counted(given, 'positional argument')}, {count} are given")
        if left:
            names = [one.name for one in spec.parameters if one.kind in (1, 3)]
            raise self._mismatch(spec, site, f"has no parameter '{left[0]}'{did_you_mean(left[0], names)}")
        return tuple(sources)

    def _missing(self, spec: StepSpec, site: Site, name: str) -> DeclarationError:
        error = self._mismatch(spec, site, f"misses '{name}'")
        if spec.command is not None:
            outputs = ", ".join(repr(each) for each in (*(spec.outputs or ()), name))
            error.fix = f"give it, or say that the command writes it: shell_step(..., outputs=[{outputs}])"
        return error

    def _mismatch(self, spec: StepSpec, site: Site, problem: str) -> DeclarationError:
        return DeclarationError(
            f"call of step '{spec.name}' {problem} ({self.place(site)})",
            why=f"{place(spec.path, spec.line, self._root)} declares {show_signature(spec)}",
            fix="give it the arguments that it declares",
        )

    def check_unpacking(self, site: Site, layout: Layout) -> None:
        """Refuse a call whose value is unpacked into another number of names than it has outputs, or into a swap.

        Raises
        ------
        DeclarationError
            With the places of both.
        """
        reading, found = layout.reading, site.found
        if found is None or site.code != found.function:
            return
        for later, line in found.later if not layout.single else ():
            self._check_order(later, layout, place(site.path, line, self._root))
        if not found.unpack or found.targets is None:
            return
        spec = reading.spec
        names = spec.outputs or ()
        if layout.single:
            raise DeclarationError(
                f"step '{spec.name}' has one output, which is unpacked into {len(found.targets)} ({self.place(site)})",
                why=f"its annotation ({spec.returns[0] or 'none'}) names no outputs, and it has not run yet",
                fix='annotate it with a NamedTuple, or with tuple[Annotated[T, "name"], ...]',
            )
        if len(found.targets) != len(names):
            raise DeclarationError(
                f"step '{spec.name}' has {len(names)} outputs ({', '.join(names) or 'none'}), "
                f"which are unpacked into {len(found.targets)} ({self.place(site)})",
                why=f"{place(spec.path, spec.line, self._root)} annotates it so",
                fix="give each output a local name, '_' for those that are not needed",
            )
        self._check_order(found.targets, layout, self.place(site))

    def _check_order(self, targets: tuple[str, ...], layout: Layout, where: str) -> None:
        """Refuse variables that have the names of other outputs than those that they are bound to."""
        spec = layout.reading.spec
        names = spec.outputs or ()
        for target, name in zip(targets, names, strict=False):
            if target != name and target in names:
                declared = place(spec.path, spec.line, self._root)
                raise DeclarationError(
                    f"'{target}' is given output '{name}' of step '{spec.name}' ({where})",
                    why=f"{declared} names the outputs {', '.join(names)}, in this order",
                    fix=f"unpack them in that order: {', '.join(_straight(targets, names))} = ...; "
                    "or give them names that the step does not use",
                )


def _straight(targets: tuple[str, ...], names: tuple[str, ...]) -> list[str]:
    """Return targets in the order of the outputs that they are named after."""
    wanted = set(targets)
    return [name if name in wanted else "_" for name in names]


def live_default(step: Any, name: str) -> Any:
    """Return a default that is no literal: of a file, whose path must be known. Imports the step's module."""
    import inspect

    return inspect.signature(step.__wrapped__).parameters[name].default
