"""`streamflow probe`: an independent process that sees what shops and analysts see, and exports it as metrics."""
