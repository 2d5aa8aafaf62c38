# Lo que los dueños reciben sin haberlo pedido.
alert-key = El servicio de voz rechaza nuestra clave de API. Las grabaciones esperan o fallan hasta que EARMARK_NANOGPT_API_KEY sea correcta.
alert-key-over = El servicio de voz vuelve a aceptar nuestra clave de API.
alert-balance = En el servicio de voz solo quedan { $left }. Recarga, o las grabaciones esperarán.
alert-balance-over = Vuelve a haber dinero suficiente en el servicio de voz.
alert-breaker = El presupuesto de hoy se ha gastado. Hasta mañana no se aceptan grabaciones de pago.
alert-breaker-over = Se vuelven a aceptar grabaciones de pago: ha empezado un nuevo día.
alert-ledger = { $findings ->
    [one] El libro de cuentas no cuadra: la revisión encontró { $findings } fallo. «earmark doctor» y el registro dicen cuál.
   *[other] El libro de cuentas no cuadra: la revisión encontró { $findings } fallos. «earmark doctor» y el registro dicen cuáles.
}
alert-ledger-over = El libro de cuentas vuelve a cuadrar.
alert-unaudited = El libro de cuentas lleva { $hours } horas sin revisarse: la revisión no termina. El registro dice por qué.
alert-unaudited-over = El libro de cuentas se ha vuelto a revisar.
alert-disk = El disco está casi lleno: quedan { $megabytes } MB. Si se llena, no se aceptan grabaciones.
alert-disk-over = Vuelve a haber sitio en el disco.
alert-queue = Una grabación lleva { $minutes } minutos en cola. «earmark jobs» muestra el estado de cada una.
alert-queue-over = Ya ninguna grabación espera demasiado.
alert-hold = Hay dinero reservado para una grabación desde hace { $days } días, más de lo que tarda cualquiera. «earmark jobs» muestra cuál.
alert-hold-over = Ya no hay dinero reservado por demasiado tiempo.
alert-sessions = { $platform } solo permite al bot { $left } conexiones más hoy: la conexión falla una y otra vez. El registro dice por qué.
alert-sessions-over = El bot puede volver a conectarse lo suficiente.
alert-losses = Hoy se han perdido quizá { $lost } en llamadas sin respuesta o fallidas. «earmark reconcile» muestra lo cobrado.
alert-losses-over = Hoy no se ha perdido ninguna llamada.
alert-refund = Se devolvieron pagos ya gastados: { $lost } perdidos hoy. El registro los nombra.
alert-refund-over = Hoy no se ha devuelto ningún pago ya gastado.
alert-provider = El servicio de voz no responde desde hace { $minutes } minutos. Las grabaciones esperan y siguen solas.
alert-provider-over = El servicio de voz ha vuelto: las grabaciones que esperaban continúan.
alert-recording = Una grabación terminó el servicio tres veces y se abandonó (nota { $note }). El registro dice qué pasó antes.
alert-recording-over = Desde ayer ninguna grabación ha terminado el servicio.
