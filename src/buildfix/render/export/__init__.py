"""Exports: a plan, or the steps that worked, as a shell script, a Dockerfile or a playbook.

Each starts from a bare machine and ends by importing what was requested. Every format quotes each
word, so that no name is ever read as syntax.
"""
