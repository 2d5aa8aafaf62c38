"""Tools without a subject: logs, metrics, retry, files, tasks."""
