# Lo que hace cada comando, tal como aparece en las listas de comandos de las plataformas.
command-start = Qué hago y cómo empezar
command-help = Qué puedo hacer
command-transcribe = Transcribir un mensaje de voz o un enlace
command-language = El idioma que se habla
command-model = El modelo de voz
command-speakers = Distinguir a los hablantes, o no
command-format = La forma del texto: mensaje o archivo
command-settings = Todos los ajustes
command-balance = Lo que queda por gastar
command-usage = Lo gastado, mes a mes
command-jobs = Tus últimas grabaciones
command-link = Compartir un saldo con tu otra plataforma
command-unlink = Separar tus otras plataformas
command-voice = Poner nombre a tu propia voz en tus textos
command-setup = Lo que hago en este canal o servidor
command-spend = Lo que se gastó, por cuenta
command-credit = Añadir saldo a una cuenta
command-refund = Devolver un cobro o pagar un saldo
command-allowance = Dar a una cuenta su propia asignación
command-allow = Admitir a un usuario
command-block = Bloquear a un usuario
command-unblock = Tratar a un usuario como a los demás
command-role = Hacer operador a un usuario, o al revés
command-pause = No aceptar grabaciones nuevas por ahora
command-resume = Volver a aceptar grabaciones
command-queue = Las últimas grabaciones de todos los usuarios
command-cancel = Cancelar lo que se está transcribiendo
command-export = Todos tus datos, en un archivo
command-forget = Borrar todos tus datos
command-privacy = Qué se guarda sobre ti
command-topup = Recargar tu saldo
command-paysupport = Ayuda con un pago

# Lo que responden.
start =
    Hola, soy { $name }. Envíame o reenvíame un mensaje de voz, un vídeo o un archivo de audio, y recibes su texto.

    En un grupo, responde a un mensaje de voz con /transcribe. /help muestra todo lo que puedo hacer, /settings cómo lo hago.
help =
    Envíame o reenvíame un mensaje de voz, un videomensaje, un vídeo o un archivo de audio, y recibes su texto. Bajo el texto hay botones para archivos (TXT, SRT, VTT, DOCX), hablantes y otros idiomas.

    En los grupos, responde a una grabación con /transcribe. Los administradores pueden hacer que transcriba cada mensaje de voz (/settings).
only-in-private = Eso es privado. Pregúntame en nuestro chat: @{ $bot }.
unknown-command = No conozco { $command }. /help muestra todo lo que sé hacer.
balance-open = Aquí no hay que pagar nada. El uso se cuenta.
balance-allowance = Quedan { $available } para este mes.
balance-prepaid = Quedan { $available }.
balance-held = { $held } están reservados para grabaciones en curso.
balance-spent = Gastado: { $month } este mes, { $ever } en total.
balance-recent = Tus últimas grabaciones:
balance-more = … y { $left } más.
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
    [one] Cancelando { $notes } grabación.
   *[other] Cancelando { $notes } grabaciones.
}
cancelling-owed = Ya está pagado, también sin el texto: { $price }. /jobs te lo muestra solo a ti.
export-done = { $notes ->
    [one] Todos tus datos, con { $notes } grabación.
   *[other] Todos tus datos, con { $notes } grabaciones.
}
export-too-large = Tus datos no caben en un archivo de { $megabytes } MB, el mayor que puedo enviar aquí. Pídelos al operador.
forget-ask = Esto borra tus transcripciones y ajustes en todas las plataformas enlazadas y cancela lo que está en curso. Los pagos quedan sin tu nombre. ¿Borrarlo todo?
button-forget = Borrarlo todo
forget-done = { $notes ->
    [0] No había nada que borrar.
    [one] Borrado, con { $notes } grabación.
   *[other] Borrado, con { $notes } grabaciones.
}
forget-left = Borrado. { $left ->
    [one] { $left } grabación se está
   *[other] { $left } grabaciones se están
} cancelando y se borrará después.
privacy-kept = Se guarda sobre ti: tu identificador, tus ajustes, tus textos y lo que costaron. Las grabaciones se borran en cuanto tienen su texto.
privacy-texts = { $days ->
    [0] Los textos se guardan hasta que los borres.
    [one] Los textos se borran después de { $days } día.
   *[other] Los textos se borran después de { $days } días.
}
privacy-accounts = { $days ->
    [0] Tu cuenta se guarda hasta que la borres.
    [one] Una cuenta vacía y sin uso pierde tu nombre después de { $days } día.
   *[other] Una cuenta vacía y sin uso pierde tu nombre después de { $days } días.
}
privacy-providers = { $providers ->
    [none] Este servicio transcribe las grabaciones por sí mismo y no las envía a nadie.
   *[other] Las grabaciones pueden enviarse a { $providers } para transcribirlas.
}
privacy-voices = Si registraste tu voz (/voice), se guardan números que la describen hasta que los borres.
privacy-erase = /export te lo envía todo, /forget lo borra al instante. Los pagos quedan en los libros sin tu nombre.
link-code = Envíame /link { $code } en tu otra plataforma antes de diez minutos. No des el código a nadie: abre tu saldo y tus grabaciones.
link-ask = ¿Unir esta cuenta con una en { $platforms }? { $micros ->
    [0] Compartirán
   *[other] Tus { $balance } pasan allí para siempre. Compartirán
} saldo, grabaciones y /forget. Confirma solo si creaste tú el código.
link-done = Una sola cuenta: { $platforms }.
link-in-private = No envíes un código donde otros lo lean. Este ya no vale: pide uno nuevo con /link en nuestro chat.
unlink-leave = ¿Separar { $leaving } de { $staying }? El saldo se queda en { $staying }; aquí empiezas de nuevo.
unlink-stay = ¿Separar { $leaving } de { $staying }? El saldo se queda aquí; allí empiezas de nuevo.
unlink-done = Separado. Ahora tiene cuenta propia: { $platforms }.
button-link = Ambas son mías
button-unlink = Separar

voice-about = En las conversaciones que envías puedes aparecer con tu nombre en vez de "Speaker 1". Envía /voice y tu nombre, por ejemplo: /voice Ada
voice-ask = Para llamarte { $name } en tus grabaciones, tu voz se guarda como números, no como sonido. Registra solo tu propia voz. /voice la borra.
button-voice-agree = De acuerdo
voice-record = Graba ahora aquí un mensaje de voz: 15 segundos, solo tu propia voz. El mensaje no se guarda.
voice-kept = Tu voz es conocida. En las conversaciones que envíes con hablantes separados (/speakers on), eres { $name }.
voice-outdated = Tu voz se aprendió con otro modelo y { $name } ya no aparece. Envía /voice { $name } para grabarla de nuevo.
button-voice-delete = Borrar mi voz
voice-deleted = Tu voz está borrada. Los textos conservan el nombre que tienen.

# Botones.
press-unknown = Este botón ha caducado. Pídelo otra vez.
press-old = Este mensaje es demasiado antiguo para sus botones.
press-forgotten = Esta grabación se borró.
press-not-yours = Solo puede pulsarlo quien lo pidió.
press-admins-only = Solo los administradores de este grupo pueden cambiarlo.
press-no-text = No hay texto de esta grabación.
file-too-large = Aquí puedo enviar archivos de hasta { $megabytes } MB; este es mayor.
press-cancelling = Cancelando…
press-owed = El servicio de voz ya la tiene: se pagan { $price } aun sin el texto. Pulsa otra vez para descartar el texto.
press-discarding = De acuerdo. El texto no se publica; solo tú lo ves, con /jobs.
press-too-late = Demasiado tarde: ya ha terminado.
press-agreed = Bien, transcribiendo.
press-not-here = En este chat no. Envíame la grabación en el nuestro.
press-one-voice = En esta grabación hay una sola voz.
press-file-sent = Te envié el archivo en nuestro chat.
press-choose-language = ¿Qué idioma se habla en la grabación? No traduzco.
press-choose-speaker = ¿Qué hablante recibe un nombre?
press-running = Transcribiendo otra vez.
press-start-me = Escríbeme primero, @{ $bot }, para que pueda enviarte la respuesta.
press-ran = Eso ya lo pediste. Busca la respuesta más arriba.
press-removed = Borrado aquí. Aún puedes leerlo con /jobs.
press-perhaps = Puede que haya funcionado: se perdió la confirmación. Mira primero y pulsa otra vez si no hay nada.
press-later = { $name } no lo acepta ahora mismo. Pulsa otra vez en un minuto.
press-refused = { $name } no me deja enviar esto aquí. Prueba en nuestro propio chat.
name-ask = ¿Cómo se llama { $speaker }? Responde a este mensaje con el nombre.

# Ajustes.
settings-own = Tus ajustes
settings-chat = Ajustes de este chat
setting-language = Idioma
setting-model = Modelo
setting-speakers = Hablantes
setting-format = Texto como
setting-ask-above = Confirmar gastos
setting-mode = Mensajes de voz aquí
setting-mode-business = Mensajes de voz en tus chats
setting-tongue = Mi idioma
source-chat = elegido para este chat
source-server = elegido para este servidor
source-user = tu elección
source-default = por defecto
value-auto = automático
value-never = nunca
value-above = más de { $price }
value-like-app = como en tu aplicación
value-speakers-on = distinguir
value-speakers-off = no distinguir
value-format-text = mensaje
value-format-times = mensaje con tiempos
value-format-txt = archivo TXT
value-format-srt = archivo SRT
value-format-vtt = archivo VTT
value-format-docx = archivo DOCX
value-mode-auto = todos
value-mode-ask = si se pide
value-mode-off = ninguno
about-language = El idioma de las grabaciones. Cualquier otro, por su nombre: /language danés
about-model = El modelo de voz. Cualquier otro, por su nombre: /model nombre
about-speakers = Mostrar en el texto quién habla. Puede requerir otro modelo, a otro precio.
about-format = La forma del texto: mensaje, mensaje con el tiempo de cada línea, o archivo.
about-ask-above = Preguntarme antes de que una grabación cueste más que esto.
about-mode = Qué mensajes de voz se transcriben en este chat.
about-tongue = El idioma de mis mensajes para ti.
button-reset = Por defecto

# Pagos.
topup-ask = ¿Cuánto quieres añadir a tu saldo?
topup-off = Aquí no se puede pagar.
topup-refused = Esta factura ha caducado. Envía /topup otra vez, por favor.
topup-done = Gracias. Se han añadido { $value }. Tienes { $available } para gastar.
topup-refunded = Se te devolvieron las estrellas: se han descontado { $value }. Tienes { $available } para gastar.
button-topup = ⭐ { $stars } → { $value }
invoice-title = De voz a texto
invoice-text = { $stars ->
    [one] { $stars } estrella añade
   *[other] { $stars } estrellas añaden
} { $value } a tu saldo.
paysupport = Si necesitas ayuda con un pago, escribe a { $support }.
paysupport-nobody = Si necesitas ayuda con un pago, escribe al operador de este bot.
press-aside = Te pregunto en nuestro chat.
run-costs = Transcribirlo otra vez costaría { $price }. ¿Sigo?

# Those who run the service.
operators-only = Eso solo pueden hacerlo los operadores, en un chat privado conmigo.
operators-away = No estaba cuando enviaste { $command }. Si no se ha hecho, envíalo otra vez.
spend-whole = { $month }: { $charged } cobrado, { $cost } pagado a proveedores, { $lost } perdido
spend-line = { $account }: { $notes ->
    [one] { $notes } grabación
   *[other] { $notes } grabaciones
}, { $charged }
spend-how = Envía un mes, y csv para un archivo: /spend 2026-11 csv
credit-how = Envía la cuenta y los dólares: /credit platform:id 5.00
credit-done = { $amount } añadidos: { $account } puede gastar { $available }.
refund-how = Envía el id de una grabación de /queue, o cuenta y dólares: /refund 3f2a9c1e, o /refund platform:id 5.00
refund-nothing = No se cobró nada por una grabación con ese id, o ya se devolvió.
refund-note = { $amount } devueltos.
refund-done = { $amount } pagados, de lo que ingresó { $account }.
allowance-how = Envía la cuenta y los dólares al mes (y al día), o «default»: /allowance platform:id 10.00 1.00
allowance-default = { $account } vuelve a tener la asignación por defecto.
allowance-done = { $account } tiene { $amount } al mes, desde la próxima asignación.
access-how = Envía la cuenta o el grupo: /{ $command } platform:id
owners-only = Eso solo pueden hacerlo los dueños que figuran en los ajustes; y no se les puede bloquear.
allow-done = { $account } puede usar este servicio.
block-done = { $account } y quienes comparten esa cuenta ya no pueden usar este servicio.
unblock-done = { $account } vuelve a tratarse como los demás.
role-how = Envía la cuenta y «operator» o «user»: /role platform:id operator
role-user = { $account } es un usuario.
role-operator = { $account } es operador.
pause-done = En pausa: no se aceptan grabaciones nuevas. { $notes ->
    [0] Ninguna está en curso.
    [one] { $notes } grabación está en curso y tendrá su texto.
   *[other] { $notes } grabaciones están en curso y tendrán su texto.
}
resume-done = Se vuelven a aceptar grabaciones.
resume-nothing = Las grabaciones ya se aceptaban.
platform-api = HTTP API
platform-console = Terminal

# Strangers of a service that is closed to them.
closed = Este bot es para las personas que su dueño admitió. Puedes pedírselo.
closed-no-owner = Este bot es para personas admitidas. Su operador puede admitirte con: earmark allow { $account }
button-ask-in = Pedir acceso
let-in = Ya tienes acceso. Envíame un mensaje de voz.
request-sent = Lo he pedido. Aquí leerás la decisión.
request-waiting = Ya lo pediste. Aquí leerás la decisión.
request-declined = Tu petición fue rechazada.
request-too-many = Ahora hay demasiadas peticiones. Inténtalo mañana.
request = { $name } pide acceso.
request-gone = Esta petición ya no existe.
request-approved-by = { $name } fue admitido por { $by }.
request-declined-by = { $name } fue rechazado por { $by }.
button-let-in = Admitir
button-turn-down = Rechazar
claim-done = Ahora eres el dueño de { $name }. Envía un mensaje de voz, o /help.
