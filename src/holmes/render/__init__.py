"""What a running investigation looks like to a person or a program."""
