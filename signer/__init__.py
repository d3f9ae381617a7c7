"""Makes the document: lays the page out, attaches the log proof, signs; never decides what counts."""
