"""One repository per aggregate: session in the constructor, domain records in and out, never a commit."""
