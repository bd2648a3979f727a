"""buildfix and other programs, started on this machine: no network, no root."""
