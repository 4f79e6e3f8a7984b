"""Control: rules and lists as people keep them (YAML files), and as the job gets them (the control topic)."""
