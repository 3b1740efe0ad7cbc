"""The engine against what people use instead; ``make bench`` runs it."""
