"""How values become bytes and come back, one small class for each kind of value; `registry` chooses."""
