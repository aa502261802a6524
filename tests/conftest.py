"""Fixtures that every folder of tests shares."""

pytest_plugins = ["tests.databases"]
