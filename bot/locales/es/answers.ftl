# Bajo una grabación mientras se trabaja en ella.
placeholder-queued = { $before ->
    [0] En cola, es la siguiente
    [one] En cola, { $before } grabación antes
   *[other] En cola, { $before } grabaciones antes
}
placeholder-taken = En cola
placeholder-fetching = Descargando la grabación…
placeholder-preparing = Examinando la grabación…
placeholder-transcribing = Transcribiendo…
placeholder-transcribing-percent = Transcribiendo… { $percent } %
placeholder-transcribing-left = Transcribiendo… { $percent } %, quedan unos { $minutes } min
placeholder-heard = Hasta ahora (todavía puede cambiar):
placeholder-delivering = Enviando el texto…
placeholder-asking = Esto costaría { $price }. ¿Lo transcribo?
placeholder-price = { $price } como máximo
placeholder-part = { $of ->
    [1] …
   *[other] … ({ $number }/{ $of })
}

# Bajo un texto.
footer-charged = { $charged }
footer-left = quedan { $available }
footer-counted = { $cost } contados
footer-one-voice = una sola voz

# En lugar de un texto, o junto a él.
answer-nothing = (No hay texto legible.)
answer-in-file = El texto completo está en el archivo.
answer-by-buttons = Este es el comienzo. Los botones de abajo te dan el texto completo como archivo.
answer-ready = Tu texto está listo.
answer-cut = Este es el comienzo. Envíame la grabación en nuestro chat para tenerlo todo.
answer-cut-short = … el resto no se ha transcrito: { $reason ->
    [Cancelled] se canceló
    [Discarded] se canceló
    [WaitedTooLong] esperó una semana
    [DiskFull] el disco está lleno
    [ProviderRefused] el servicio de voz lo rechazó
    [ProviderDown] el servicio de voz no respondió
    [Unanswered] el servicio de voz no respondió
   *[other] algo ha fallado
}
answer-file-name = transcripción
answer-budget-short = Esto cuesta más de lo que queda por gastar. Mira /balance.
answer-day-short = Esto cuesta más de lo que queda para hoy. A medianoche empieza de nuevo.
answer-not-set-up = Este servicio no está preparado para eso. No es culpa tuya: tiene que arreglarlo el operador. No se cobró nada.
aside-business = Sobre una grabación en uno de tus chats: { $words }
aside-unasked = Sobre un archivo que enviaste en un grupo o canal: { $words }
button-cancel = Cancelar
button-discard = Descartar el texto (ya pagado: { $price })
button-show = Muéstrame el texto
button-agree = Transcribir por { $price }
button-speakers-on = Con hablantes
button-speakers-off = Sin hablantes
button-names = Nombres
button-languages = Idioma hablado
button-remove = Borrar este texto
button-back = Atrás
button-again = Sí, por { $price }
button-again-free = Sí
button-retry = Intentar de nuevo
