"""The door for people: REST and a live stream."""
