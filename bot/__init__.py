"""Earmark's core. It knows no platform.

Read it in the order of a note's life:

    model      the words of the domain          errors     one tree; each error carries its sentence
    money      whole micro-dollars              settings   what an operator may choose
    ports      what an adapter, a transcriber must be able to do
    intake     the one door in                  workflow   the life of one note, on one page
    probe, headers, plan                        what a file is, what must be done to it
    media, ffmpeg, sound                        doing it; pydub is the word for sound
    providers  who turns sound into text        catalog    what each model can do, and costs (languages)
    ledger     holds, transfers, settlements    accounts, statements, audit: its parts
    notes      notes, transcripts, submissions  db, tables, migrations: where it all stands
    engine     the durable engine (DBOS), and nothing else imports it
    cancelling work that stops when its user says so
    render     a transcript as chat text, TXT, SRT, VTT, JSON, DOCX
    books      the database, opened             app        the only wiring of what works
    cli        the command line                 terminal, desk, doctor: what stands behind it
    telemetry  logs, through one redaction

Imports run one way: cli -> app -> {adapters, workflow} -> the rest -> {model, errors, ports}.
"""

__version__ = "0.1.0"
