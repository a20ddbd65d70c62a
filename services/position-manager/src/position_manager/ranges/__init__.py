"""How far prices range within a minute and within a day."""
