"""The HTTP API: NanoGPT's speech-to-text, and OpenAI's, over the same notes as on every platform.

adapter      the API as a platform (ports.Adapter)
context      the parts of the service that the routes use; limits; names of models
app          make_app: all routes
routes       NanoGPT's document; schemas: its answers; usage
openai       OpenAI's routes and answers
submissions  requests become notes, and wait for them
errors       every failure and its HTTP status
access       API keys; openapi: documentation; server: the server of adapters.http
"""

from adapters.api.adapter import ApiAdapter
from adapters.api.app import make_app
from adapters.api.context import Alias, Context, Limits, Shelf
from adapters.api.server import serve

__all__ = ["Alias", "ApiAdapter", "Context", "Limits", "Shelf", "make_app", "serve"]
