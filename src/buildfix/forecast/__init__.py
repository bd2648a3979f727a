"""What a request will need, as far as it is known before anything is built."""
