"""`/stream`: what happens to the orders of an account, as it happens."""

from collections.abc import Iterable

import msgspec
from aiohttp import WSMsgType, web

from exchange.turn import Event
from paper_exchange import wire
from paper_exchange.access import Access
from paper_exchange.floor import Floor
from paper_exchange.outbox import Outbox
from paper_exchange.wire import Json

STREAM = "trade_updates"

_encode = msgspec.json.Encoder().encode


class TradeUpdates:
    """The listeners of every account."""

    def __init__(self, floor: Floor, access: Access) -> None:
        self._floor = floor
        self._access = access
        self._listeners: dict[str, set[Outbox]] = {}
        self._sockets: set[web.WebSocketResponse] = set()

    def tell(self, events: Iterable[Event]) -> None:
        for event in events:
            listeners = self._listeners.get(event.account)
            if listeners:
                frame = _encode(wire.trade_update(self._floor.state.accounts[event.account], event))
                for outbox in listeners:
                    outbox.put(frame)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        self._sockets.add(socket)
        outbox = Outbox(socket)
        account: str | None = None
        try:
            async for message in socket:
                if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    continue
                account = self._hear(outbox, account, message.data)
        finally:
            self._sockets.discard(socket)
            self._leave(outbox, account)
            outbox.stop()
        return socket

    async def stop(self) -> None:
        for socket in tuple(self._sockets):
            await socket.close()

    def _hear(self, outbox: Outbox, account: str | None, data: str | bytes) -> str | None:
        """Answer one message; the result is the account that the socket speaks for from now on."""
        try:
            said = msgspec.json.decode(data, type=_Said)
        except msgspec.DecodeError:
            outbox.put(_encode(_reply("authorization", {"status": "unauthorized", "action": "unknown"})))
            return account
        if said.action == "listen":
            self._listen(outbox, account, said.data.streams)
            return account
        key, secret = said.key or said.data.key_id, said.secret or said.data.secret_key
        named = self._access.account(key, secret)
        status = "unauthorized" if named is None else "authorized"
        outbox.put(_encode(_reply("authorization", {"status": status, "action": said.action})))
        if named is None:
            return account
        self._leave(outbox, account)
        return named

    def _listen(self, outbox: Outbox, account: str | None, streams: tuple[str, ...]) -> None:
        if account is None:
            outbox.put(_encode(_reply("authorization", {"status": "unauthorized", "action": "listen"})))
            return
        self._leave(outbox, account)
        if STREAM in streams:
            self._listeners.setdefault(account, set()).add(outbox)
        outbox.put(_encode(_reply("listening", {"streams": [STREAM] if STREAM in streams else []})))

    def _leave(self, outbox: Outbox, account: str | None) -> None:
        if account is not None:
            self._listeners.get(account, set()).discard(outbox)


class _Data(msgspec.Struct, frozen=True):
    key_id: str = ""
    secret_key: str = ""
    streams: tuple[str, ...] = ()


class _Said(msgspec.Struct, frozen=True):
    action: str
    key: str = ""
    secret: str = ""
    data: _Data = _Data()


def _reply(stream: str, data: dict[str, Json]) -> dict[str, Json]:
    return {"stream": stream, "data": data}
