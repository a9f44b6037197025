"""Every instrument, with its unit and its meaning. Names follow Prometheus: base units; counters get `_total` added."""

from cluster.telemetry.instruments import Counter, Gauge, Histogram, Instrument

ACTORS_AWAKE = Gauge("apex_actors_awake", "Actors in memory.", ("kind",))
MAILBOX_DEPTH = Gauge("apex_mailbox_depth", "Messages that wait in mailboxes.", ("kind",))
MESSAGES = Counter("apex_messages", "Messages sent to actors; the way is ask, tell or stream.", ("way", "kind"))
WAKES = Counter("apex_wakes", "Actors that were woken.", ("kind",))
WAKE_SECONDS = Histogram("apex_wake_seconds", "From the first message to an actor that is awake (seconds).", ("kind",))
MOVES = Counter("apex_moves", "Messages that met a host which does not have the actor any more.", ("kind",))
EPOCHS_REFUSED = Counter("apex_epochs_refused", "Writes of an old incarnation that the fence refused.", ("kind",))
LOOP_LAG_SECONDS = Gauge("apex_event_loop_lag_seconds", "How late the event loop ran at most, of late (seconds).")

TURNS = Counter("apex_turns", "Turns that ended: completed, stopped or failed.", ("outcome",))
TURN_PHASE_SECONDS = Histogram(
    "apex_turn_phase_seconds",
    "Time in a phase of a turn (seconds): queue, prepare, first_token, model, tools, commit. first_token is the part "
    "of model before the model said anything.",
    ("phase",),
)
RECOVERIES = Counter("apex_recoveries", "Turns taken up that another incarnation had left.")
TOKENS = Counter("apex_tokens", "Tokens: input, output, cache_read, cache_write.", ("token", "model"))
COST_USD = Counter("apex_cost_usd", "What models have cost (US dollars).", ("model",))

SOCKETS_OPEN = Gauge("apex_sockets_open", "Open WebSockets.")
EVENTS_PUBLISHED = Counter("apex_events_published", "Events appended to the event log.")
EVENTS_RELAYED = Counter("apex_events_relayed", "Events handed to those who follow a channel, each one counted.")

INSTRUMENTS: tuple[Instrument, ...] = tuple(
    instrument for instrument in list(globals().values()) if isinstance(instrument, Instrument)
)
