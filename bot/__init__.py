"""Earmark's core. It knows no platform. Each package imports only those below it:

cli          the command line
service      wiring: what runs, with which parts
chat         the conversation that all chat platforms share
operations   alerts, monitoring, readiness, backup
notes        the life of a note: intake, durable workflow, submission to a provider, progress
people       access, linking, API keys, preferences, privacy, erasure, retention
providers    who turns sound into text: nanogpt (cloud), embedded (Whisper on this machine)
ledger       accounts, holds, transfers, limits, audit, reports, reconciliation
media        sound files: probe, formats, conversion, chunks, downloads, links
storage      the database: tables, migrations, erasure from files, the instance's secret
rendering    a transcript as chat text, TXT, SRT, VTT, JSON, DOCX
settings     what an operator may choose: sections with real types, values in files, where each comes from
locales      what users read, by language
support      logs, metrics, retry, files, tasks
domain       notes, transcripts, money, errors, ports: values and protocols
"""

import os

# Before numpy is imported: its threads spin after each product of matrices, which costs a short note 50 ms of CPU.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
