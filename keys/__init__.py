"""Keys and trust: who may sign what, and how a stranger checks it.

Floors, from the bottom: :mod:`keys.roles` and :mod:`keys.trust` know public data
alone; :mod:`keys.custody` holds private keys and secrets; :mod:`keys.authority`,
:mod:`keys.stamping`, :mod:`keys.bundle_signing` and :mod:`keys.note_signing` use them.
A verifier installs and imports ``keys.trust`` and nothing above it.
"""
