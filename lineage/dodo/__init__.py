"""doit's side: the only room (with ``commands``) that knows doit."""
