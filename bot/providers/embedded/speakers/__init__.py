"""Who said what, on this machine: speakers told apart by their voices.

    model       the file of the voice model, verified before it is loaded      fetching   the full-size one
    embedding   what a voice is like, as a vector (sherpa-onnx)                windows    where to listen for that
    clustering  the tree of what is alike                                      telling    which of it is one speaker
    voices      all of that over a recording, chunk by chunk                   turns      who speaks when
    saying      words and segments get their speakers

Sound passes once; what is kept of it is one vector for each 0.75 s of speech.
"""
