"""HTTP: pages for people and an interface for machines; both only translate, services decide."""
