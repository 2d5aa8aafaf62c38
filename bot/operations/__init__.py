"""Operation of the service: alerts, metrics, readiness, backup."""
