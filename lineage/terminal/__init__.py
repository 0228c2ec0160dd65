"""What is said to a person, or to a log that one reads: lines, colours, bars; and streams that never stop the work."""
