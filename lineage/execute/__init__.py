"""Settle calls from memory and history, and run the steps that are left."""
