"""The servers that the platform runs, built from their modules once into the user's cache."""

from rise_local.build.build import binaries
from rise_local.build.progress import Progress
from rise_local.build.servers import Server
from rise_local.build.store import Store

__all__ = ["Progress", "Server", "Store", "binaries"]
