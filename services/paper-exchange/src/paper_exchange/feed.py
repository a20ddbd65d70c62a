"""`/v2/iex`, `/v2/sip` and `/v2/test`: trades, quotes, bars and more, as they happen."""

import asyncio
from math import inf

from aiohttp import WSMsgType, web
from msgspec import Struct

from exchange.state import Halted, Resumed
from paper_exchange import told
from paper_exchange.access import Access
from paper_exchange.floor import Floor
from paper_exchange.listener import Listener, Said, read
from paper_exchange.market import Beat
from paper_exchange.plan import Plan
from paper_exchange.told import CHANNELS, Message, Teller, wants


class Terms(Struct, frozen=True):
    """What every account may have of the stream."""

    plan: Plan
    connections: int = 1  # of an account at once
    heartbeat: float = 30  # seconds between pings
    patience: float = 10  # seconds until the keys must have come

    @property
    def symbols(self) -> float:
        """Symbols whose trades and quotes one connection may hear."""
        return 30 if self.plan is Plan.IEX else inf


class Feed:
    """The listeners of one market."""

    def __init__(self, floor: Floor, access: Access, terms: Terms) -> None:
        self._floor = floor
        self._access = access
        self._terms = terms
        self._teller = Teller(floor)
        self._listeners: dict[Listener, web.WebSocketResponse] = {}

    def tell(self, beat: Beat) -> None:
        if self._listeners:
            wanted = {
                channel: frozenset[str]().union(*(listener.channels[channel] for listener in self._listeners))
                for channel in CHANNELS
            }
            self._spread(tuple(self._teller.tell(beat, wanted)))

    def tell_status(self, change: Halted | Resumed) -> None:
        self._spread((told.status(change, self._floor.moment().now),))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=self._terms.heartbeat)
        await socket.prepare(request)
        packed = "msgpack" in request.headers.get("Content-Type", "")
        listener = Listener(socket, packed=packed)
        self._listeners[listener] = socket
        late = asyncio.get_running_loop().call_later(self._terms.patience, self._expect_keys, listener)
        try:
            listener.reply({"T": "success", "msg": "connected"})
            async for message in socket:
                if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    self._hear(listener, message.data, request.path)
        finally:
            late.cancel()
            del self._listeners[listener]
            listener.stop()
        return socket

    async def stop(self) -> None:
        for socket in tuple(self._listeners.values()):
            await socket.close()

    def _spread(self, messages: tuple[Message, ...]) -> None:
        encoded = {
            packed: [message.encoded(packed=packed) for message in messages]
            for packed in {listener.packed for listener in self._listeners}
        }
        for listener in self._listeners:
            pairs = zip(messages, encoded[listener.packed], strict=True)
            heard = [text for one, text in pairs if wants(listener.channels, one.channel, one.symbol)]
            if heard:
                listener.send(heard)

    def _expect_keys(self, listener: Listener) -> None:
        if listener.account is None:
            listener.part(404)

    def _hear(self, listener: Listener, data: str | bytes, path: str) -> None:
        said = read(data)
        if said is None:
            listener.fail(400)
        elif said.action == "auth":
            self._admit(listener, said, path)
        elif listener.account is None:
            listener.fail(401)
        elif said.orderbooks or said.news:
            listener.fail(410)
        elif said.action in {"subscribe", "unsubscribe"} and any(said.named(channel) for channel in CHANNELS):
            listener.subscribe(said, self._terms.symbols)
        else:
            listener.fail(400)

    def _admit(self, listener: Listener, said: Said, path: str) -> None:
        account = self._access.account(said.key, said.secret)
        if listener.account is not None:
            listener.fail(403)
        elif account is None:
            listener.fail(402)
        elif path.endswith(Plan.SIP) and self._terms.plan is Plan.IEX:
            listener.part(409)
        elif sum(other.account == account for other in self._listeners) >= self._terms.connections:
            listener.part(406)
        else:
            listener.account = account
            listener.reply({"T": "success", "msg": "authenticated"})
