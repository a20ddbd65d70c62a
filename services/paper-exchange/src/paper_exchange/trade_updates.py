"""`/stream`: what happens to the orders of an account, as it happens."""

from collections.abc import Callable, Iterable

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from exchange.turn import Event
from paper_exchange import wire
from paper_exchange.access import Access
from paper_exchange.faults.faults import Target
from paper_exchange.faults.frames import send
from paper_exchange.faults.table import Place, at
from paper_exchange.floor import Floor
from paper_exchange.outbox import Frames, Outbox
from paper_exchange.wire import Json

STREAM = "trade_updates"
OF_A_HANDSHAKE = at(Place.HANDSHAKE)
OF_A_FRAME = at(Place.FRAME)

_json = msgspec.json.Encoder().encode
_msgpack = msgspec.msgpack.Encoder().encode


class Listener:
    """One socket: whose it is, whether it listens, and how it is spoken to."""

    def __init__(self, outbox: Outbox, frames: Frames, *, packed: bool) -> None:
        self.outbox = outbox
        self.packed = packed
        self.account = ""
        self.listens = False
        self.encode: Callable[[Json], bytes | str] = _msgpack if packed else _json
        if frames is Frames.TEXT and not packed:
            self.encode = _text

    def reply(self, stream: str, **data: Json) -> None:
        self.outbox.put(self.encode({"stream": stream, "data": data}))


class TradeUpdates:
    """The listeners of every account."""

    def __init__(self, floor: Floor, access: Access, frames: Frames, per_account: int, heartbeat: float) -> None:
        self._floor = floor
        self._access = access
        self._faults = floor.mishaps.faults
        self._frames = frames
        self._per_account = per_account
        self._heartbeat = heartbeat
        self._sockets: dict[Listener, web.WebSocketResponse] = {}

    def tell(self, events: Iterable[Event]) -> None:
        listeners = [one for one in self._sockets if one.listens]
        if not listeners:
            return
        for event in events:
            hearing = [one for one in listeners if one.account == event.account]
            if hearing:
                self._tell(hearing, event)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if self._is_full(self._access.account_of(request.headers)):
            raise web.HTTPTooManyRequests
        socket = web.WebSocketResponse(heartbeat=self._heartbeat)
        await socket.prepare(request)
        packed = "msgpack" in request.headers.get("Content-Type", "")
        listener = Listener(Outbox(socket), self._frames, packed=packed)
        self._sockets[listener] = socket
        try:
            async for message in socket:
                if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    self._hear(listener, message.data)
        finally:
            del self._sockets[listener]
            listener.outbox.stop()
        return socket

    async def stop(self) -> None:
        for socket in tuple(self._sockets.values()):
            await socket.close()

    def _tell(self, listeners: list[Listener], event: Event) -> None:
        update = wire.trade_update(self._floor.state.accounts[event.account], event)
        on = Target(event.account, event.order.symbol, event.order.client_order_id)
        for one in listeners:
            struck = self._faults.strike(OF_A_FRAME, on)
            if struck is None:
                one.outbox.put(one.encode(update))
            else:
                send(one.outbox, one.encode, update, struck)

    def _is_full(self, account: str | None) -> bool:
        return sum(one.account == account for one in self._sockets) >= self._per_account

    def _hear(self, listener: Listener, data: str | bytes) -> None:
        said = _read(data, packed=listener.packed)
        if said is None:
            listener.reply("authorization", status="unauthorized", action="unknown")
        elif said.action != "listen":
            self._admit(listener, said)
        elif not listener.account:
            listener.reply("authorization", status="unauthorized", action="listen")
        else:
            listener.listens = STREAM in said.data.streams
            listener.reply("listening", streams=[STREAM] if listener.listens else [])

    def _admit(self, listener: Listener, said: "_Said") -> None:
        account = self._access.account(said.key or said.data.key_id, said.secret or said.data.secret_key)
        if account is None or self._faults.strike(OF_A_HANDSHAKE, Target(account, path="/stream")) is not None:
            listener.reply("authorization", status="unauthorized", action=said.action)
        elif account != listener.account and self._is_full(account):
            # alpaca-py names its account only here, too late for the 429 of the HTTP handshake.
            listener.outbox.stop(WSCloseCode.POLICY_VIOLATION)
        else:
            listener.account = account
            listener.reply("authorization", status="authorized", action=said.action)


class _Data(msgspec.Struct, frozen=True):
    key_id: str = ""
    secret_key: str = ""
    streams: tuple[str, ...] = ()


class _Said(msgspec.Struct, frozen=True):
    action: str
    key: str = ""
    secret: str = ""
    data: _Data = _Data()


def _read(data: str | bytes, *, packed: bool) -> _Said | None:
    try:
        if packed and isinstance(data, bytes):
            return msgspec.msgpack.decode(data, type=_Said)
        return msgspec.json.decode(data, type=_Said)
    except wire.UNREADABLE:
        return None


def _text(message: Json) -> str:
    return _json(message).decode()
