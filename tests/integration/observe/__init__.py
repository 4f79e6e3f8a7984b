"""On a stack of its own: a package, so that its fixtures end with it."""
