"""What a stranger may ask: is this file, picture, number or batch of files genuine, and what does it say."""
