"""Owns every open position."""
