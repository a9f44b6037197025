"""Floor 4: the door: HTTP, WebSocket, accounts and the wire's shapes."""
