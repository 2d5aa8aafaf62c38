# Por qué espera una grabación.
wait-provider-unfunded = El operador tiene que recargar la cuenta del servicio de voz.
wait-provider-day-limit = El servicio de voz no acepta más grabaciones hoy.
wait-provider-busy = El servicio de voz está saturado en este momento.
wait-provider-away = El servicio de voz no responde en este momento.
wait-provider-missing = El servicio de voz { $name } no está configurado aquí en este momento.
wait-no-link = La grabación necesita un enlace que no se puede crear en este momento.
wait-same-recording = Sigue en un momento.
wait-day-budget = El presupuesto de hoy se ha agotado; el servicio sigue mañana.
wait-day-share = Tu parte del presupuesto de hoy se ha agotado; mañana sigue.
wait-user-losses = Hoy demasiadas de tus grabaciones quedaron sin pagar; mañana sigue.
wait-undelivered = No se pudo entregar la respuesta.
wait-platform-down = { $name } no responde.
wait-platform-pause = { $name } pide una pausa.
wait-platform-login = { $name } no deja entrar a este bot en este momento.
wait-file-down = { $name } no entrega este archivo en este momento.
wait-other = La grabación tiene que esperar.
waiting-goes-on = Tu grabación se conserva y continúa sola.
