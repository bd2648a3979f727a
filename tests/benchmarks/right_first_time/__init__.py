"""How often, how fast and with how much buildfix is right the first time, beside other ways."""
