"""What turns text into dense vectors: the local model, a provider, or nothing."""
