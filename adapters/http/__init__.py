"""The parts that all HTTP adapters share: the server, bodies within limits, and the operator's routes."""
