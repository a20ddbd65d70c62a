"""The imperative shell of every service: the log, run(decider), settings, telemetry, health."""
