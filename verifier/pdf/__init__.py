"""What PDF and picture libraries say of a file; all but :mod:`verifier.pdf.facts` runs inside the sandbox."""
