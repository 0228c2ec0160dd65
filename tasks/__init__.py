"""The steps of the example, one module a subject."""
