"""The life of a note, from intake to its answer, as a durable workflow."""
