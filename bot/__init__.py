"""Earmark's core. It knows no platform.

Read it in the order of a note's life:

    model      the words of the domain          errors     one tree; each error carries its sentence
    money      whole micro-dollars              settings   what an operator may choose
    ports      what an adapter, a transcriber must be able to do
    intake     the one door in                  workflow   the life of one note, on one page
    probe, plan, media, sound                   what a file is, what must be done to it, doing it
    providers  who turns sound into text        catalog    what each model can do, and costs
    ledger     accounts, holds, transfers       notes      notes, transcripts, submissions
    db, tables, migrations                      where it all stands
    engine     the durable engine (DBOS), and nothing else imports it
    render     a transcript as chat text, TXT, SRT, VTT, JSON, DOCX
    app        the only wiring                  cli        the command line

Imports run one way: cli -> app -> {adapters, workflow} -> the rest -> {model, errors, ports}.
"""

__version__ = "0.1.0"
