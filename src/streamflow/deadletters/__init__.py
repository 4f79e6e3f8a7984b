"""The dead letters: listing, showing and sending them again."""
