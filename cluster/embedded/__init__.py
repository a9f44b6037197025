"""The parts that `apex up` brings along: PostgreSQL, Valkey, secrets and the data folder."""
