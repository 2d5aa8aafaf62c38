# Was nur Discord braucht: ein Text, der länger als eine Nachricht ist, und eine Antwort, die später kommt, als Discord erlaubt.
ticket-moved-own = Das dauert länger, als Discord mich hier antworten lässt. Du bekommst den Text in unserem eigenen Chat und mit /jobs.
ticket-moved-channel = Das dauert länger, als Discord mich hier antworten lässt. Der Text kommt als neue Nachricht in diesem Kanal und mit /jobs.
ticket-over = Das dauert länger, als Discord mich hier antworten lässt, und schreiben darf ich dir nicht. Hol den Text später mit /jobs.
button-recording = Zur Aufnahme
