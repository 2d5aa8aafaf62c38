# Qué está mal en una petición a la API HTTP. La propia API responde en inglés.
error-BadRequest = No se entiende esta petición: { $reason }.
error-KeyUnknown = Hace falta una clave de API (x-api-key o Authorization: Bearer); esta falta, es incorrecta o está revocada.
error-NowhereHere = En esta dirección no hay nada, o se pide con otro método ({ $reason }).
error-RunUnknown = No tienes ninguna ejecución con este runId.
error-LinkEnded = Ese archivo no existe, o su enlace ha caducado.
error-UploadTooLarge = La subida supera el límite de { NUMBER($limit_mb, useGrouping: 0) } MB. Envía una grabación mayor por su URL ({ $field }).
error-UploadTooSlow = La subida era demasiado lenta y se interrumpió.
error-TooOften = Más de { $limit } peticiones por segundo: ve más despacio, por favor.
error-TooMany = { $limit } grabaciones tuyas siguen en curso. Espera a que termine una de ellas, por favor.
error-IdempotencyKeyReused = Esta Idempotency-Key ya se usó con otra grabación u otras opciones. Envía la petición con una clave nueva.
error-NotInTime = El texto aún no está listo. Se cobra una sola vez: pregunta a /api/transcribe/status por { $run } en vez de reenviarlo.
error-RunWaits = La grabación debe esperar. Se cobra una sola vez: pregunta a /api/transcribe/status por { $run } o repite la misma Idempotency-Key.
