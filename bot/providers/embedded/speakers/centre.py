"""The mean of many voices as vectors of the included model: without it all voices are alike.

It is of 38 recordings of letters and syllables in 20 languages (KLettres), at most twelve windows of 1.5 s of each. The
means of two recordings have a cosine of 0.64 in the median before it is taken away, and of 0.16 after.
"""

import base64

import numpy as np
from numpy.typing import NDArray

_HALVES = (
    "ECVAKDEp0iQgK5QrsyiVKUUknybJJZAsKSkaJKEqKSf4KMcm0iUjKewoYR8OKpopGymAJaUhUifBJqwngSG9JOYrPiCEKjMmIiH3IKkrKC0T"
    "J5ImoCTkKS4p5yQpKQcoTijJK9gshyCEK+0otylzKC8qZSgEJ8MoyypKLfgolyxJKI0ovCzHLP8pfiEVKUsrLCVILTcmnisULxMs0Sw7KC4l"
    "eS18KxYnRiitLJgqjSzhJiUqLCt6JHgpxSpeJ90rjC2oIPMtvijSLZsqXyzZKEgqECv+IUcpry8QJ84meyaKKUEssCixKhooByztK/AqsSxE"
    "Jg8qFimlJOArcycIJwsr8CbVKLgkKy30KFIh0StIH1QhJClHKG0sUypsIdcsISu2JjosnShKJXskzh1+JiEs8StOHG8q5SgCKRkn0yi3IYwl"
    "+irMIYYpsyw9KYosdyQ0JmMsyyM3LpUpsCVhJWQqPyS4LFopmSfdKgsp9ShhL6UiaSjYIzQpPCgqJ/Ih"
)


def centre() -> NDArray[np.float32]:
    """Return the mean of the included model's vectors."""
    return np.frombuffer(base64.b64decode(_HALVES), "<f2").astype(np.float32)
