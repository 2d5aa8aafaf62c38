# Lo que la línea de comandos muestra a sus usuarios: progreso, errores, saldo.
cli-error = earmark: { $error }
cli-stopping = earmark: terminando, tarda un momento. Ctrl-C otra vez lo termina al instante.
cli-stopped = earmark: detenido; lo que no había terminado se ha cancelado. Solo cuesta lo que un proveedor ya tenía.
cli-stage-queued = en cola
cli-stage-waiting = en espera
cli-stage-asking = preguntando
cli-stage-fetching = descargando
cli-stage-preparing = preparando
cli-stage-transcribing = transcribiendo
cli-stage-delivering = entregando
cli-stage-done = lista
cli-stage-failed = fallida
cli-stage-cancelled = cancelada
cli-done = { $file }: { NUMBER($seconds, minimumFractionDigits: 1, maximumFractionDigits: 1, useGrouping: 0) } s, { $language }, { $model }, coste { $cost }
cli-language-unknown = idioma desconocido
cli-balance = { $account }: saldo { $balance }, reservado { $held }, gastado { $spent } en { $notes ->
    [one] { $notes } grabación
   *[other] { NUMBER($notes, useGrouping: 0) } grabaciones
} ({ $plan ->
    [open] solo se cuenta
    [allowance] asignación
    [prepaid] prepago
   *[other] { $plan }
}).
