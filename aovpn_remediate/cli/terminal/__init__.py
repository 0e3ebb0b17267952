"""Output, progress and prompts on the terminal."""
