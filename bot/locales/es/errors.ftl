# Qué ha fallado, por el código del error. Un motivo es un código, o palabras de fuera.
error-EarmarkError = Algo ha ido mal. Inténtalo otra vez, por favor.
error-NotFound = No existe el archivo { $name }.
error-BadMedia = Este archivo no se puede transcribir. Envíalo como MP3, OGG o MP4, por favor.
error-Unreadable = Este archivo no se puede leer: está vacío, dañado o no es ni audio ni vídeo. Expórtalo otra vez, por favor.
error-Truncated = Este archivo está cortado: envíalo otra vez, por favor.
error-NoSound = Este archivo no tiene pista de audio. Envía uno con sonido, por favor.
error-UnsafeMedia = Este archivo no es audio corriente ({ $reason ->
    [index-too-large] su índice es demasiado grande
    [index-too-long] su índice indica más de lo que cabe en el archivo
    [other-file] remite a otro archivo
    [playlist] es una lista que remite a otros archivos
    [link] es un enlace a otro archivo
    [device] es una tubería o un dispositivo
    [tracks] tiene demasiadas pistas
    [rate] indica una frecuencia de muestreo imposible
    [channels] indica un número de canales imposible
   *[other] { $reason }
}), así que no se ha abierto. Envíalo como MP3 u OGG, por favor.
error-NoSpeech = En esta grabación no se ha encontrado voz, así que no hay texto. Quizá ayude una grabación más alta.
error-NoWords = No se han encontrado palabras. El proveedor cobró { $charged }.
error-TooLong = Esta grabación supera el límite de { NUMBER($limit_minutes, useGrouping: 0) } minutos. Envíala por partes, por favor.
error-TooLarge = Este archivo supera el límite de { NUMBER($limit_mb, useGrouping: 0) } MB. Envíalo comprimido o por partes, por favor.
error-TooSlow = Leer este archivo llevaba demasiado tiempo, así que no se ha transcrito. Envíalo como MP3 u OGG, por favor.
error-LinkRefused = Este enlace no se sigue: solo direcciones públicas http y https, sin contraseña.
error-LinkDown = No se ha podido descargar nada de este enlace: { $reason ->
    [redirects] redirige demasiadas veces
    [status] responde { $status }
    [compressed] envía el archivo comprimido sin que se le pida
    [silent] no responde
    [slow] tarda demasiado
    [broken] se cortó, o su respuesta no tiene sentido
   *[other] { $reason }
}. Comprueba el enlace o envía el archivo, por favor.
error-BadOptions = Estas opciones no están disponibles. Elige otras, por favor.
error-UnknownModel = No existe el modelo «{ $model }»; los que hay: { $known }.
error-UnknownFormat = No hay un formato «{ $format }»; hay: { $known }.
error-UnknownLanguage = No existe el idioma «{ $language }»; usa un código como en, es o ru, o auto.
error-UnableModel = El modelo { $model } no puede hacerlo ({ $what ->
    [speakers] distinguir a los hablantes
    [events] anotar risas y similares
    [translation] traducir al inglés
    [language] entender { $language }
   *[other] { $what }
}). Puede hacerlo: { $able ->
    [none] ningún modelo de aquí
   *[other] { $able }
}.
error-BudgetShort = Esto costaría { $price }, y quedan { $available } por gastar. Recarga, o envía menos.
error-DayShort = Esto costaría { $price }, y para hoy quedan { $left }. A medianoche empieza de nuevo.
error-TooDear = Esto costaría más de lo que este servicio puede gastar en un día entero. Envíalo por partes, por favor.
error-RefundShort = No se pueden devolver { $amount }: de lo ingresado quedan { $available }.
error-PaymentUnknown = El pago «{ $charge }» no está en los libros.
error-NotConfirmed = El precio no se confirmó en un día. No se cobró nada. Envíalo otra vez y te vuelvo a preguntar.
error-NoAccess = No tienes acceso a este servicio. Pídeselo a su operador.
error-NotAdmitted = Aún no tienes acceso a este servicio. Escribe a su bot en un chat privado.
error-Paused = Por ahora este servicio no acepta grabaciones nuevas. { $words }
error-CodeUnknown = Este código no vale: un código sirve una vez, durante diez minutos. Pide uno nuevo.
error-NotLinked = No hay nada que separar: esta cuenta está en una sola plataforma.
error-BadVoice = { $reason ->
    [name] Envía /voice con un nombre de 24 caracteres como máximo, por ejemplo: /voice Ada
    [engine] Ahora no se pueden aprender voces. Grábala de nuevo más tarde.
    [foreign] Para aprender tu voz, graba aquí un mensaje de voz. Los archivos y los mensajes reenviados no sirven.
    [short] Había muy poca voz para aprenderla. Graba al menos 15 segundos.
    [long] Era demasiado largo. Graba unos 15 segundos.
    [several] En este mensaje hay más de una voz. Graba solo la tuya.
   *[mixed] Tu voz suena demasiado distinta dentro de este mensaje. Grábala de nuevo en un lugar tranquilo.
}
error-Cancelled = Cancelado. No se cobró nada.
error-Discarded = Cancelado. Ya estaba pagado: { $charged }. Solo tú puedes leer el texto: /jobs.
error-ProviderError = El servicio de voz no ha podido transcribirlo. No es culpa tuya.
error-ProviderDown = El servicio de voz no responde. Inténtalo más tarde, por favor. No se cobró nada.
error-ProviderRefused = El servicio de voz ha rechazado esta grabación: { $reason ->
    [language] el modelo no conoce este idioma: { $language }
   *[other] { $reason }
}. Quizá la acepte otro modelo.
error-ProviderFailed = El servicio de voz no ha podido transcribir esta grabación ({ $reason ->
    [gave-up] se rindió
    [unexplained] no dice por qué
   *[other] { $reason }
}). No es culpa tuya. No se cobró nada.
error-Unanswered = El servicio de voz aceptó esta grabación, pero nunca respondió. No se te cobró. Inténtalo otra vez, por favor.
error-ModelMissing = El modelo de voz { $model } no está disponible: { $what_to_do }
error-EngineFailed = El reconocimiento de voz ha fallado con esta grabación ({ $reason ->
    [memory] falta memoria
    [internal] un error interno
    [slow] tardó demasiado
   *[other] { $reason }
}). No es culpa tuya. No se cobró nada.
error-EngineDied = Esta grabación terminó tres veces el reconocimiento de voz y no se intenta más. El operador está avisado. No se cobró nada.
error-Unloaded = El reconocimiento de voz se está deteniendo. Envía esto otra vez en un minuto, por favor. No se cobró nada.
error-OperatorError = El operador tiene que arreglar este servicio: { $reason }
error-DiskFull = El disco está lleno, así que no se ha transcrito. Inténtalo más tarde, por favor. No se cobró nada.
error-DiskShareFull = Tus grabaciones ocupan todo el espacio que puede usar un usuario. Envía esta otra vez cuando terminen las demás. No se cobró nada.
error-BadSettings = Los ajustes no son correctos: { $reason }
error-BadUsage = Esto no se puede hacer: { $reason }
error-WaitedTooLong = Esta grabación esperó una semana al servicio de voz y se descartó. No es culpa tuya. No se cobró nada.
error-KeyRefused = El servicio de voz rechaza nuestra clave de API. No es culpa tuya; se avisó al operador. No se cobró nada.
error-NeedsLink = Demasiado grande para distinguir hablantes sin enlace. El operador debe poner EARMARK_PUBLIC_URL o un bucket. No se cobró nada.
error-StoreDown = El almacén de grabaciones grandes no responde. Inténtalo más tarde, por favor. No se cobró nada.
error-DatabaseDown = La base de datos de este servicio no responde. Inténtalo de nuevo en un minuto, por favor.
error-NotBackedUp = No se ha hecho ninguna copia: { $reason }.
error-NotRestored = No se ha restaurado nada: { $reason }.
error-InternalError = Algo ha fallado por nuestra parte, no por la tuya. El operador puede consultarlo: { $reference }. No se cobró nada.
error-Undelivered = La respuesta no se pudo entregar: { $reason ->
    [silent] la plataforma no aceptó mensajes durante una semana
    [blocked] el bot fue bloqueado
    [no-account] la cuenta se borró
    [no-chat] el chat se borró
    [not-member] el bot ya no está en ese chat
    [no-permission] el bot no puede escribir ahí
    [no-messages] el usuario no acepta mensajes del bot
    [no-server] el bot y el usuario no comparten ningún servidor
    [no-contact] el usuario nunca escribió al bot
    [no-user] ese usuario no existe
    [no-business] la cuenta de empresa ya no está conectada
    [deleted] el mensaje se borró
    [too-late] es demasiado tarde para responder ahí
    [outdated] el servidor de la plataforma es demasiado antiguo para eso
    [refused] la plataforma rechaza el mensaje
   *[other] { $reason }
}
error-TooManyNotes = { $limit } de tus grabaciones están en espera. Envía esta otra vez cuando terminen algunas, por favor.
error-AdminsConfirm = Esto lo paga el grupo: solo sus administradores pueden confirmarlo.
error-MessageGone = Ese mensaje se borró.
error-PageRefused = Ese mensaje es demasiado grande o está mal formado.
error-MediaDown = La plataforma no entrega este archivo ahora mismo: envíalo más tarde, por favor. No se cobró nada.
