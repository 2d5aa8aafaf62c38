# Lo que hace cada comando, tal como aparece en las listas de comandos de las plataformas.
command-start = Qué hago y cómo empezar
command-help = Qué puedo hacer
command-transcribe = Transcribir un mensaje de voz o un enlace
command-language = El idioma que se habla
command-model = El modelo de voz
command-speakers = Distinguir a los hablantes, o no
command-format = Cómo llega el texto: como mensaje o como archivo
command-settings = Todos los ajustes
command-balance = Lo que queda por gastar
command-usage = Lo gastado, mes a mes
command-jobs = Tus últimas grabaciones
command-link = Compartir un saldo con tu otra plataforma
command-unlink = Separarte de tus otras plataformas
command-setup = Lo que hago en este canal o servidor
command-spend = Lo que se gastó, por cuenta
command-credit = Añadir saldo a alguien
command-refund = Devolver un cobro o pagar un saldo
command-allowance = Dar a alguien una asignación propia
command-allow = Dejar que alguien use este servicio
command-block = Bloquear a alguien
command-unblock = Tratar a alguien como a los demás
command-role = Hacer a alguien operador, o usuario
command-pause = No aceptar grabaciones nuevas por ahora
command-resume = Volver a aceptar grabaciones
command-queue = Las últimas grabaciones de todos
command-cancel = Cancelar lo que se está transcribiendo
command-export = Todo lo guardado sobre ti, en un archivo
command-forget = Borrar todo lo guardado sobre ti
command-topup = Recargar tu saldo
command-paysupport = Ayuda con un pago

# Lo que responden.
start =
    Hola, soy { $name }. Envíame o reenvíame un mensaje de voz, un vídeo o un archivo de audio, y recibes su texto.

    En un grupo, responde a un mensaje de voz con /transcribe. /help muestra todo lo que puedo hacer, /settings cómo lo hago.
help =
    Envíame o reenvíame un mensaje de voz, un videomensaje, un vídeo o un archivo de audio, y escribo lo que se dice. Bajo el texto hay botones para archivos (TXT, SRT, VTT, DOCX), hablantes y otros idiomas.

    En los grupos respondo cuando alguien contesta a una grabación con /transcribe; quienes administran el grupo pueden hacer que responda a cada mensaje de voz (/settings).
only-in-private = Eso queda entre tú y yo: pregúntame en nuestro chat, @{ $bot }.
balance-open = Aquí no hay que pagar nada; lo que se usa se cuenta.
balance-allowance = Quedan { $available } para este mes.
balance-prepaid = Quedan { $available }.
balance-held = Se han apartado { $held } para lo que se está transcribiendo.
balance-spent = Gastado: { $month } este mes, { $ever } en total.
balance-recent = Tus últimas grabaciones:
balance-group = La cuenta de este grupo:
state-accepted = en espera
state-working = en curso
state-done = lista
state-failed = fallida
state-cancelled = cancelada
usage-month = { $month }: { $notes ->
    [one] { $notes } grabación
   *[other] { $notes } grabaciones
}, { $length }, { $charged }
usage-none = Nada todavía.
cancelling = { $notes ->
    [0] No hay nada que cancelar.
    [one] Cancelando una grabación.
   *[other] Cancelando { $notes } grabaciones.
}
export-done = { $notes ->
    [one] Todo lo guardado sobre ti, con una grabación.
   *[other] Todo lo guardado sobre ti, con { $notes } grabaciones.
}
export-too-large = Hay más sobre ti de lo que cabe aquí en un archivo: pídeselo al operador.
forget-ask = Esto borra para siempre tus transcripciones y ajustes, en todas las plataformas que enlazaste, y cancela lo que se está transcribiendo. Lo pagado queda en los libros, sin tu nombre. ¿Lo hago?
button-forget = Borrarlo todo
forget-done = { $notes ->
    [0] No había nada que borrar.
    [one] Borrado, con una grabación.
   *[other] Borrado, con { $notes } grabaciones.
}
forget-left = Borrado; { $left ->
    [one] una grabación aún se está
   *[other] { $left } grabaciones aún se están
} cancelando y se borrará después.
link-code = Envíame /link { $code } en tu otra plataforma antes de diez minutos: desde entonces ambas comparten un saldo. No des este código a nadie: quien lo envíe comparte tu saldo, ve lo que gastaste y puede leer y borrar tus grabaciones.
link-ask = Esto hace una sola cuenta de esta y de una en { $platforms }. { $micros ->
    [0] Ambas
   *[other] Tus { $balance } pasan a aquella cuenta, y allí se quedan si te separas. Ambas
} comparten un saldo, y cada una puede leer y obtener las grabaciones de las dos; /forget en cualquiera vale para las dos. Di que sí solo si el código es tuyo. ¿Lo hago?
link-done = Ahora comparten una cuenta: { $platforms }.
link-in-private = Los códigos se me envían en nuestro chat, nunca donde otros los leen. Este ya no vale: pide uno nuevo allí con /link.
unlink-leave = Esto separa { $leaving } de { $staying }. El saldo se queda en { $staying }; aquí empiezas de nuevo. ¿Lo hago?
unlink-stay = Esto separa { $leaving } de { $staying }. El saldo se queda aquí; allí empiezas de nuevo. ¿Lo hago?
unlink-done = Separados. Desde ahora tiene cuenta propia: { $platforms }.
button-link = Ambas son mías
button-unlink = Separar

# Botones.
press-unknown = Este botón es de otro momento: pídelo otra vez.
press-old = Este mensaje es demasiado antiguo para sus botones.
press-forgotten = Esta grabación se borró.
press-not-yours = Solo puede pulsarlo quien lo pidió.
press-admins-only = Solo quienes administran este grupo pueden cambiarlo.
press-admins-pay = Esto lo paga el grupo: solo quienes lo administran pueden decir que sí.
press-no-text = No hay texto de esta grabación.
press-cancelling = Cancelando…
press-too-late = Demasiado tarde: ya ha terminado.
press-agreed = Bien, sigo adelante.
press-not-here = En este chat no: envíame la grabación en el nuestro.
press-choose-language = ¿Qué idioma se habla?
press-choose-speaker = ¿A quién le ponemos nombre?
press-running = Ha empezado otra pasada.
press-start-me = Escríbeme primero, @{ $bot }: así la respuesta tendrá adónde llegar.
press-ran = Eso ya se pidió: busca su respuesta.
name-ask = ¿Cómo se llama { $speaker }? Responde a este mensaje con el nombre.

# Ajustes.
settings-own = Tus ajustes
settings-chat = Los ajustes de este chat
setting-language = Idioma
setting-model = Modelo
setting-speakers = Hablantes
setting-format = El texto llega
setting-ask-above = Confirmar gastos
setting-mode = Mensajes de voz aquí
setting-mode-business = Mensajes de voz en tus chats
setting-tongue = Yo hablo
source-chat = elegido para este chat
source-server = elegido para este servidor
source-user = tu elección
source-default = por defecto
value-auto = automático
value-never = nunca
value-above = más de { $price }
value-like-app = como tu aplicación
value-speakers-on = distinguir
value-speakers-off = no distinguir
value-format-text = como mensaje
value-format-times = como mensaje con tiempos
value-format-txt = como archivo TXT
value-format-srt = como archivo SRT
value-format-vtt = como archivo VTT
value-format-docx = como archivo DOCX
value-mode-auto = todos
value-mode-ask = si se pide
value-mode-off = nunca
about-language = El idioma que se habla en las grabaciones. Otros, por su nombre en inglés: /language Danish
about-model = El modelo de voz. Otros, por su nombre: /model nombre
about-speakers = Si el texto dice quién habla. Puede requerir otro modelo, a otro precio.
about-format = Cómo llega el texto: como mensaje, también con el tiempo de cada línea, o como archivo.
about-ask-above = Si una grabación cuesta más que esto, pregunto antes.
about-mode = Qué pasa con los mensajes de voz en este chat.
about-tongue = El idioma en el que te hablo.
button-reset = Por defecto

# Pagos.
topup-ask = ¿Cuánto quieres añadir a tu saldo?
topup-off = Aquí no se puede pagar nada.
topup-refused = Esta factura ya no se puede pagar: envía /topup otra vez.
topup-done = Gracias: se han añadido { $value }. Tienes { $available } para gastar.
button-topup = ⭐ { $stars } → { $value }
invoice-title = De voz a texto
invoice-text = { $stars ->
    [one] { $stars } estrella añade
   *[other] { $stars } estrellas añaden
} { $value } a tu saldo.
paysupport = Si necesitas ayuda con un pago, escribe a { $support }.
paysupport-nobody = Si necesitas ayuda con un pago, escribe al operador de este bot.
press-aside = Te pregunto en nuestro propio chat.
run-costs = Otra pasada costaría { $price }. ¿La hago?

# Those who run the service.
operators-only = Eso es para quienes administran este servicio, en su propio chat conmigo.
spend-whole = { $month }: { $charged } cobrado, { $cost } pagado a proveedores, { $lost } perdido
spend-line = { $account }: { $notes ->
    [one] { $notes } grabación
   *[other] { $notes } grabaciones
}, { $charged }
spend-how = Escribe el mes así, y csv para un archivo: /spend 2026-11 csv
credit-how = Indica la cuenta y los dólares: /credit platform:id 5.00
credit-done = { $amount } añadidos: { $account } puede gastar { $available }.
refund-how = Indica una grabación por su id de /queue, o una cuenta y los dólares: /refund 3f2a9c1e, o /refund platform:id 5.00
refund-nothing = No se cobró nada por una grabación con ese id, o ya se devolvió.
refund-note = { $amount } devueltos.
refund-done = { $amount } pagados: salieron de lo que ingresó { $account }.
allowance-how = Indica la cuenta y los dólares al mes, y quizá los diarios: /allowance platform:id 10.00 1.00. «default» en lugar de los dólares: como todos.
allowance-default = { $account } vuelve a tener la misma asignación que todos.
allowance-done = { $account } tiene { $amount } al mes: cuenta desde la próxima asignación.
access-how = Indica la cuenta o el grupo: /{ $command } platform:id
owners-only = Eso es para los dueños de este servicio, a quienes nombran sus ajustes; tampoco se les puede bloquear.
allow-done = { $account } puede usar este servicio.
block-done = { $account } ya no puede usar este servicio, ni quien comparta esa cuenta.
unblock-done = { $account } vuelve a tratarse como los demás.
role-how = Indica la cuenta y «operator» o «user»: /role platform:id operator
role-user = { $account } es un usuario como los demás.
role-operator = { $account } es operador desde ahora.
pause-done = En pausa: no se acepta nada nuevo. { $notes ->
    [0] No hay nada en curso.
    [one] Queda una grabación en curso, y tendrá su texto.
   *[other] Quedan { $notes } grabaciones en curso, y tendrán su texto.
}
resume-done = Se vuelven a aceptar grabaciones.
resume-nothing = Las grabaciones se aceptaban todo el tiempo.

platform-api = HTTP API
platform-console = Terminal
