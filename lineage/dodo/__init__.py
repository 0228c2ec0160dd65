"""doit's side: with `watch`, which starts it in forks, and one file of `commands` the only room that knows doit."""
