# stand-in for wiring; to be replaced by the real room
def describe_stored(name, stored):
    s = stored.summary
    if "shape" in s: return f"{name} {tuple(s['shape'])}"
    if "value" in s: return f"{name}={s['value']:.4g}" if isinstance(s["value"], float) else f"{name}={s['value']}"
    return f"{name} {stored.type}"
