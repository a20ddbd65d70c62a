"""The Alpaca adapter: REST through alpaca-py, order events through a WebSocket client of its own."""
