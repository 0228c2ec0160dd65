# stand-in for wiring; to be replaced by the real room
import pickle, json, sys, io
class E:
    def __init__(self, buffers, type, summary): self.buffers, self.type, self.summary = buffers, type, summary; self.file=self.tree=None; self.move=False; self.digest=None
class Npy:
    name="npy"; extension=".npy"
    def encode(self, v):
        import numpy as np
        b = io.BytesIO(); np.save(b, v, allow_pickle=False); return E([b.getvalue()], "numpy.ndarray", {"shape": list(v.shape), "dtype": str(v.dtype)})
    def decode(self, path, summary):
        import numpy as np
        return np.load(path)
class Json:
    name="json"; extension=".json"
    def encode(self, v): return E([json.dumps(v).encode()], type(v).__name__, {"value": v} if isinstance(v, (int,float,str)) else {})
    def decode(self, path, summary): return json.load(open(path))
class Pkl:
    name="pickle"; extension=".pkl"
    def encode(self, v): return E([pickle.dumps(v, protocol=5)], type(v).__name__, {"class": type(v).__name__})
    def decode(self, path, summary): return pickle.load(open(path, "rb"))
F={"npy":Npy(),"json":Json(),"pickle":Pkl()}
def by_name(n): return F[n]
def choose(v):
    if type(v).__name__ == "ndarray": return F["npy"]
    if isinstance(v, (int,float,str,list,dict,type(None))): return F["json"]
    return F["pickle"]
def extension_for(a): return {"np.ndarray": ".npy", "float": ".json", "int": ".json"}.get(a, ".pkl")
