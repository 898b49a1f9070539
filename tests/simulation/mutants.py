"""Deliberately broken engines. Each must be caught by some seed."""
MUTANTS = {}
