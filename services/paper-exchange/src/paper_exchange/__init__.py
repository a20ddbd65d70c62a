"""The exchange core behind Alpaca's wire protocol."""
