"""What a team shares: records of what steps gave, signed, in a place that all can reach, and the bytes they name."""
