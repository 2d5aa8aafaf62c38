# Lo que los dueños reciben sin haberlo pedido.
alert-key = El servicio de voz rechaza la clave de esta casa: las notas esperan o fallan hasta que EARMARK_NANOGPT_API_KEY sea correcta.
alert-key-over = El servicio de voz vuelve a aceptar la clave de esta casa.
alert-balance = En el servicio de voz solo quedan { $left }. Cuando se acaben, las notas esperan hasta que se recargue.
alert-balance-over = Vuelve a haber dinero suficiente en el servicio de voz.
alert-breaker = La casa ha gastado lo que puede gastar en un día: hoy no se aceptan más notas de pago.
alert-breaker-over = Se vuelven a aceptar notas de pago: se alcanzó el límite del día, y ya pasó.
alert-ledger = { $findings ->
    [one] El libro de cuentas no cuadra: la revisión encontró { $findings } fallo. «earmark doctor» y el registro dicen cuál.
   *[other] El libro de cuentas no cuadra: la revisión encontró { $findings } fallos. «earmark doctor» y el registro dicen cuáles.
}
alert-ledger-over = El libro de cuentas vuelve a cuadrar.
alert-unaudited = El libro de cuentas lleva { $hours } horas sin revisarse: la revisión no llega a su fin. El registro dice por qué.
alert-unaudited-over = El libro de cuentas se ha vuelto a revisar.
alert-disk = El disco está casi lleno: quedan { $megabytes } MB. Cuando se llene, no se aceptan notas.
alert-disk-over = Vuelve a haber sitio en el disco.
alert-queue = Una nota lleva { $minutes } minutos esperando su turno. «earmark jobs» muestra cómo va cada una.
alert-queue-over = Ya ninguna nota espera demasiado.
alert-hold = Hay dinero reservado para una nota desde hace { $days } días, más de lo que vive cualquier nota. «earmark jobs» muestra cuál.
alert-hold-over = Ya no hay dinero reservado por demasiado tiempo.
