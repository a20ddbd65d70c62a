"""What people plan in files of their own: sessions, sectors, the days when companies report."""
