"""What operators watch: alerts, metrics, readiness, backup."""
