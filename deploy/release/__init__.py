"""What a release is: a signed tag, a wheel and its source, what is in them, and where they come from."""
