# What only Discord needs: a text that is longer than a message, and an answer that comes later than Discord allows.
ticket-moved-own = This takes longer than Discord lets me answer here. You get the text in our own chat and with /jobs.
ticket-moved-channel = This takes longer than Discord lets me answer here. The text comes as a new message in this channel, and with /jobs.
ticket-over = This takes longer than Discord lets me answer here, and I may not write to you. Get the text with /jobs in a while.
button-recording = To the recording
