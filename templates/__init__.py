"""Report layouts, messages, schemas and fonts: data, no logic."""
