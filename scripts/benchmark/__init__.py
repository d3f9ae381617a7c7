"""How fast the house works, each figure beside the same work done by the bare library in the same run."""
