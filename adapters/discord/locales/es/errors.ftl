# Lo que Discord no permite, por el código del error.
error-TicketOver = Es demasiado tarde para responder. Pregunta otra vez, por favor.
error-AnsweredAlready = Esto ya fue respondido.
error-MayNotWrite = No puedo escribir ahí.
error-NothingSeen = No puedo leer ahí.
error-MayNotReply = No puedo responder a ese mensaje.
error-AttachmentGone = Discord ya no tiene el archivo { $name }: envíalo otra vez, por favor. No se cobró nada.
error-AttachmentDown = Discord no entrega este archivo ahora mismo: envíalo más tarde, por favor. No se cobró nada.
error-DiscordDown = Discord no responde. Inténtalo otra vez dentro de un minuto.
