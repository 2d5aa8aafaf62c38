"""The HTTP API on its server."""

from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI

from adapters.api.submissions import Desk
from adapters.http import server


def serve(app: FastAPI, host: str, port: int) -> AbstractAsyncContextManager[int]:
    """Serve the app of `make_app` as adapters.http.server does; before a stop, waiting clients get their answers."""
    desk: Desk = app.state.desk
    return server.serve(app, host, port, before_stop=desk.adapter.let_go)
