"""Backtest: what rules and models would have done with a history, decided by the stream's own engine."""
