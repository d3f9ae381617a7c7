"""What a receiver asks: the grammar of policies, the purposes to choose from, and the texts that ship."""
