"""A hub on this machine, for tests: real sockets, real HTTP, and every trouble at will."""

from tests.hub.local_hub import Fault, LocalHub, Request
from tests.hub.local_proxy import LocalProxy

__all__ = ["Fault", "LocalHub", "LocalProxy", "Request"]
