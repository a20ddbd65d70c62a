"""Where protection rests: its levels and forms, stops that follow, and how long shares stood without it."""
