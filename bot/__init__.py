"""Earmark's core. It knows no platform.

Read it in the order of a note's life:

    model      the words of the domain          errors     one tree; each error carries its sentence
    money      whole micro-dollars              settings   what an operator may choose
    ports      what an adapter, a transcriber must be able to do
    intake     the one door in                  workflow   the life of one note, on one page
    probe, headers, plan                        what a file is, what must be done to it
    media, ffmpeg, sound                        doing it; pydub is the word for sound
    handover   how sound comes to a provider, and its text back: whole, by a link (store), in pieces
    providers  who turns sound into text        catalog    what each model can do, and costs (languages)
    ledger     holds, transfers, settlements    accounts, entries, limits, statements, audit
    identities whose an account is              joining    two accounts become one, and part
    people     roles, access, codes to link with    gate   whether notes are taken at all, and from whom
    reports    what the house earned, by whatever (plots: as bars)  reconciling: our book beside the provider's
    notes      notes, transcripts, submissions  db, tables, migrations: where it all stands
    engine     the durable engine (DBOS), and nothing else imports it
    attending  a cancel is heard, progress is shown (cancelling); insisting: what is tried again
    commands   what a user can ask for          keys       of the HTTP API          secret  the house's own
    menu       the commands of all platforms    texts      what is said in chats, by language
    wording    lines of which platforms say the same    presses   what stands behind a button
    runs       what can be done with a text: names, another run    operators  what they ask for in a chat
    preferences  what people chose
    privacy    all about a person, given out or forgotten: forgetting, retention (for how long), wiping (from the files)
    repeats    the same recording again         queueing   places in the queue are told
    inbox      a platform's events, kept        posted     the messages that stand for a note
    shown      what they say just now
    heard      until when a bot heard its platform, where that keeps no events
    fetching   what strangers link to, guarded  ondisk     what lies on this machine already
    render     a transcript as chat text, TXT, SRT, VTT, JSON, DOCX          forms: which of them somebody gets
    offer      the models of this house         cloud      the cloud as settings describe it
    books      the database, opened             app        the only wiring of what works
    house      what `earmark run` runs: the service and its platforms (telegram, discord)
    cli        the command line (office, steering, figures: what operators type; screen: what all share)
    terminal, desk, doctor, errands, reckoning, onbehalf, backup     what stands behind it
    telemetry  logs, through one redaction (traces: exceptions), and metrics    tasks: who owns them
    watching   figures (gauges), a nightly audit, and alerts to the owners      readiness  what /readyz says
    secrets_from_files  settings that lie in files of their own

Imports run one way: cli -> app -> {adapters, workflow} -> the rest -> {model, errors, ports}.
"""

__version__ = "0.1.0"
