"""Score: rules (and later models) judge an event against its customer's memory."""
