"""The example: `doit` runs it, `doit trainer=tree_trainer` swaps the trainer."""

from typing import Any

from lineage import Step, pipeline
from tasks.digits import evaluator, importer, svc_trainer, tree_trainer


@pipeline
def digits(trainer: Step[..., Any] = svc_trainer, test_size: float = 0.2) -> None:
    """Recognise handwritten digits."""
    X_train, X_test, y_train, y_test = importer(test_size=test_size)
    model = trainer(X_train, y_train)
    accuracy = evaluator(X_test, y_test, model)
