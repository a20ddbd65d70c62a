"""The log over NATS JetStream; nothing outside this folder imports nats."""

from chassis.jetstream.connection import Connection, connect
from chassis.jetstream.log import JetStreamLog

__all__ = ["Connection", "JetStreamLog", "connect"]
