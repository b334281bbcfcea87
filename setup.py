"""Finds the packages, since ``profiles/`` is one that lies beside ``modeswitch/``; all else stands in setup.cfg."""

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(include=["modeswitch", "modeswitch.*"]),
        *("modeswitch." + name for name in find_packages(include=["profiles", "profiles.*"])),
    ]
)
