# Lo que Telegram no permite, por el código del error.
error-Stays = Ese mensaje ya no se puede borrar.
error-IsFile = Ese mensaje es un archivo, así que su texto no se puede cambiar.
error-NotModified = Ese mensaje ya está al día.
error-ThreadGone = Ese tema se borró.
error-NoVoice = No puedo escribir en ese chat.
error-Moved = Ese grupo se ha convertido en otro.
error-QueryOver = Es demasiado tarde para responder. Pregunta otra vez, por favor.
error-TooLargeForTelegram = { $size_mb ->
    [0] Telegram da a los bots como máximo 20 MB; este archivo es mayor.
   *[other] Telegram da a los bots como máximo 20 MB; este archivo tiene { NUMBER($size_mb, useGrouping: 0, maximumFractionDigits: 0) } MB.
} El operador puede quitar el límite (servidor Bot API). No se cobró nada.
error-FileGone = Telegram ya no tiene el archivo { $name }: envíalo otra vez, por favor. No se cobró nada.
error-FileDown = Telegram no entrega este archivo ahora mismo: envíalo más tarde, por favor. No se cobró nada.
error-TelegramDown = Telegram no responde. Inténtalo otra vez dentro de un minuto.
error-PayerForgotten = Quien pagó borró todos sus datos, así que no hay cuenta para el reembolso.
error-RefundRefused = Telegram rechaza este reembolso ({ $reason }); no se ha tocado el saldo.
