"""The engine against what people use instead; ``nox -s bench`` runs it."""
