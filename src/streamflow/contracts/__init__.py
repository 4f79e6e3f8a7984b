"""The vocabulary every other part speaks: transaction, decision, rejection, catalogue."""
