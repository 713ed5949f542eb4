"""What the tests and the broken site agree on. Nobody but gunicorn may import the broken site itself."""

FALLS = "falls once"  # a message that holds this takes down the process that stores it
LATER = 0.3  # seconds until the thread of `early_answer` gets to it
