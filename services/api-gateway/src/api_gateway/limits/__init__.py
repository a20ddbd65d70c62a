"""The gate's numbers as people set them: defaults, a file, the environment, a word through the API."""
