"""What shells execute to ask for completions: a script for each."""
