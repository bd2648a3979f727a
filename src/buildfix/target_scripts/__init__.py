"""What runs under the target's own Python: questions to it, and the steps that plans show."""
