# What the command line prints for its users: progress, errors, balance.
cli-error = earmark: { $error }
cli-stopping = earmark: stopping, which takes a moment. Ctrl-C once more ends it at once.
cli-stopped = earmark: stopped; what was not finished was cancelled. Only what a provider had already costs something.
cli-stage-queued = queued
cli-stage-waiting = waiting
cli-stage-asking = asking
cli-stage-fetching = fetching
cli-stage-preparing = preparing
cli-stage-transcribing = transcribing
cli-stage-delivering = delivering
cli-stage-done = done
cli-stage-failed = failed
cli-stage-cancelled = cancelled
cli-done = { $file }: { NUMBER($seconds, minimumFractionDigits: 1, maximumFractionDigits: 1, useGrouping: 0) } s, { $language }, { $model }, cost { $cost }
cli-language-unknown = language unknown
cli-balance = { $account }: balance { $balance }, held { $held }, spent { $spent } on { $notes ->
    [one] { $notes } note
   *[other] { NUMBER($notes, useGrouping: 0) } notes
} ({ $plan ->
    [open] counted only
    [allowance] allowance
    [prepaid] prepaid
   *[other] { $plan }
}).
