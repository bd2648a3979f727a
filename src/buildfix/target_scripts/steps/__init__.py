"""The steps that plans show and exports carry: each is one file that runs by itself."""
