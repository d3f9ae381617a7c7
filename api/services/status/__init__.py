"""Status of documents: changes, published lists, late rows."""
