"""What a notebook shows of a run: the picture, as SVG that is safe beside whatever else is on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineage.dash.archive import Archive
from lineage.report.compose import compose
from lineage.report.svg import svg

if TYPE_CHECKING:
    from lineage.model.history import PipelineRun

__all__ = ["svg_of"]


def svg_of(project: str, run: PipelineRun) -> str:
    """Return the picture of a run; of one that was asked for by its pipeline, that pipeline's part.

    Parameters
    ----------
    project : str
        The project's folder; its records are opened anew, since those that the run came from may be closed.
    run : PipelineRun
        The run, which may have gone on since it was read.
    """
    archive = Archive(project)
    try:
        now = archive.history.pipeline(run.pipeline).runs if run.pipeline is not None else None
        found = next(each for each in now if each.id == run.id) if now else archive.history.run(run.id)
        return svg(compose(archive, found))
    finally:
        archive.close()
