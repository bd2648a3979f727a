"""Where things run: the one door to a machine, and how processes are started and stopped there."""
