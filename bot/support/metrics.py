"""Metrics of the service, as Prometheus reads them."""

import math

from prometheus_client import Counter, Gauge, Histogram

# Labels are words of our own: a platform, a state, a step. Never what a user sent, or who a user is.
NOTES = Counter("earmark_notes", "Notes that ended.", ["platform", "state", "error"])
"""Labels: the note's platform, its final state (done, failed, cancelled), and the error's code or ""."""
UNFINISHED = Gauge("earmark_notes_unfinished", "Unfinished notes that are due, at the last look.")
QUEUED = Gauge("earmark_queue_notes", "Notes that wait for their turn.", ["platform"])
QUEUE_AGE = Gauge("earmark_queue_oldest_seconds", "Time that the oldest of them has waited.", ["platform"])
STEP_SECONDS = Histogram(
    "earmark_step_seconds",
    "Duration of a step of a note, failures included.",
    ["step"],
    buckets=(0.05, 0.2, 1, 5, 20, 60, 300, 1200, 3600),
)
"""acknowledge, fetch, prepare, transcribe, collect, deliver."""
PROVIDER_SECONDS = Histogram(
    "earmark_provider_seconds",
    "Time that a cloud provider took to answer, or until the call broke off.",
    ["provider", "call"],
    buckets=(0.1, 0.3, 1, 3, 10, 30, 120, 600),
)
PROVIDER_BUSY = Counter("earmark_provider_too_many_requests", "Calls that a provider turned away (429).", ["provider"])
PROVIDER_BALANCE = Gauge("earmark_provider_balance_dollars", "Balance at the cloud provider.", ["provider"])
HOLDS = Gauge("earmark_holds_open", "Holds that are neither settled nor released.")
HOLD_AGE = Gauge("earmark_hold_oldest_seconds", "Age of the oldest open hold.")
HELD = Gauge("earmark_held_dollars", "Sum of the open holds.")
FINDINGS = Gauge(
    "earmark_ledger_findings",
    "Faults that the last audit of the ledger found: 0, or the operator must look; NaN before the first audit.",
)
FINDINGS.set(math.nan)
AUDITED = Gauge("earmark_ledger_audit_timestamp_seconds", "Time at which that audit ended; 0 before the first.")
LOOP_LAG = Histogram(
    "earmark_loop_lag_seconds",
    "Delay with which a task of the event loop goes on; measured once a second.",
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 1, 5),
)
MODEL_LOADED = Gauge("earmark_model_loaded", "1 while an embedded model is in memory.", ["model"])
DISK_FREE = Gauge("earmark_disk_free_bytes", "Bytes free on the disk with the data folder.")
PLATFORM_CONNECTED = Gauge("earmark_platform_connected", "1 while a platform is connected.", ["platform"])
PLATFORM_COMMANDS = Gauge(
    "earmark_platform_commands_synced",
    "1 if a platform shows the current commands; 0: not yet, or it refused them.",
    ["platform"],
)
PLATFORM_UPDATED = Gauge(
    "earmark_platform_last_update_timestamp_seconds", "Time of the last update from a platform.", ["platform"]
)
PLATFORM_SESSIONS = Gauge(
    "earmark_platform_sessions_left", "Sessions that a platform still lets the bot begin today.", ["platform"]
)
