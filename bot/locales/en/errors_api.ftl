# What is wrong with a request to the HTTP API, by the error's code. The API itself answers in English.
error-BadRequest = This request cannot be understood: { $reason }.
error-KeyUnknown = An API key is needed (x-api-key, or Authorization: Bearer), and this one is missing, wrong or revoked.
error-NowhereHere = There is nothing at this address, or it takes another method ({ $reason }).
error-RunUnknown = There is no run of yours with this runId.
error-LinkEnded = There is no such file, or its link has expired.
error-UploadTooLarge = This upload is larger than the limit of { NUMBER($limit_mb, useGrouping: 0) } MB. Send a larger recording by its URL ({ $field }).
error-UploadTooSlow = The upload was too slow and was dropped.
error-TooOften = More than { $limit } requests a second: please slow down.
error-TooMany = { $limit } recordings of yours are still being transcribed. Please wait until one of them is done.
error-IdempotencyKeyReused = This Idempotency-Key was used for another recording or other options. Send this request with a new key.
error-NotInTime = The text is not ready yet. It is charged once: ask /api/transcribe/status for the run { $run } instead of sending it again.
error-RunWaits = The recording has to wait. It is charged once: ask /api/transcribe/status for the run { $run }, or repeat the same Idempotency-Key.
