# Lo que hace cada comando, tal como aparece en las listas de comandos de las plataformas.
command-start = Qué hago y cómo empezar
command-help = Qué puedo hacer
command-transcribe = Transcribir un mensaje de voz o un enlace
command-language = El idioma que se habla
command-model = El modelo de voz
command-speakers = Distinguir a los hablantes, o no
command-settings = Todos los ajustes
command-balance = Lo que queda por gastar
command-usage = Lo gastado, mes a mes
command-jobs = Tus últimas grabaciones
command-setup = Lo que hago en este canal o servidor
command-spend = Lo que se gastó, por cuenta
command-credit = Añadir saldo a alguien
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
forget-ask = Esto borra para siempre tus transcripciones y ajustes, y cancela lo que se está transcribiendo. Lo pagado queda en los libros. ¿Lo hago?
button-forget = Borrarlo todo
forget-done = { $notes ->
    [0] No había nada que borrar.
    [one] Borrado, con una grabación.
   *[other] Borrado, con { $notes } grabaciones.
}
forget-left = Borrado; { $left ->
    [one] una grabación aún se está
   *[other] { $left } grabaciones aún se están
} cancelando: envía /forget otra vez en un minuto.

# Botones.
press-unknown = Este botón es de otro momento: pídelo otra vez.
press-old = Este mensaje es demasiado antiguo para sus botones.
press-forgotten = Esta grabación se borró.
press-not-yours = Solo puede pulsarlo quien lo pidió.
press-admins-only = Solo quienes administran este grupo pueden cambiarlo.
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
value-mode-auto = todos
value-mode-ask = si se pide
value-mode-off = nunca
about-language = El idioma que se habla en las grabaciones. Otros, por su nombre en inglés: /language Danish
about-model = El modelo de voz. Otros, por su nombre: /model nombre
about-speakers = Si el texto dice quién habla. Puede requerir otro modelo, a otro precio.
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
spend-how = Escribe el mes así: /spend 2026-11
credit-how = Indica la cuenta y los dólares: /credit telegram:110201543 5.00
credit-done = { $amount } añadidos: { $account } puede gastar { $available }.
