"""Recorded programs: what the tools of other systems print, played back by stubs on PATH."""
