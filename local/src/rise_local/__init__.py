"""The whole Rise platform on one machine."""
