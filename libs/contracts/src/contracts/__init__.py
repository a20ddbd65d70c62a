"""The vocabulary: messages, subjects, the order lifecycle."""
