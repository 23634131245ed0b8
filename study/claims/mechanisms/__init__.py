"""Mechanisms: small experiments on single claims.

Each is a class in a module of this package, named in `study.claims` with its settings:

    class Masks:
        def __init__(self, settings: dict) -> None: ...      # build and trace once
        def measure(self, seed: int) -> dict: ...            # values as plain JSON: numbers, lists, tables

A worker makes one object and asks it for seed after seed. Equal settings and seed give equal values.
"""
