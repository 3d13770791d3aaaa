"""The protocol of bench/contest.ts for a peer in Python: one JSON object a line in, one out."""
import json
import resource
import sys
import time


def versions():
    """Of the packages that were used."""
    known = ["torch", "torchvision", "pytorch_metric_learning", "numpy", "sklearn", "faiss", "usearch"]
    used = {name: str(sys.modules[name].__version__) for name in known if name in sys.modules}
    return {"python": sys.version.split()[0], **used}


def answer(cases, limit_gb=18):
    """cases(name) gives a step. Only the last case is kept. A case that runs out of memory says so instead of taking the machine down."""
    resource.setrlimit(resource.RLIMIT_AS, (limit_gb << 30, limit_gb << 30))
    held = (None, None)
    for line in sys.stdin:
        request = json.loads(line)
        if request.get("versions"):
            print(json.dumps({"versions": versions()}), flush=True)
            continue
        try:
            if held[0] != request["case"]:
                held = (None, None)
                held = (request["case"], cases(request["case"]))
            times = []
            for _ in range(request["repeat"]):
                start = time.perf_counter()
                held[1]()
                times.append(1000 * (time.perf_counter() - start))
            # A function may tell how many numbers it trains.
            print(json.dumps({"milliseconds": times, "parameters": getattr(held[1], "parameters", None)}), flush=True)
        except ImportError as error:
            print(json.dumps({"absent": str(error)}), flush=True)
        except KeyError as error:
            print(json.dumps({"absent": f"no case {error}"}), flush=True)
        except (MemoryError, RuntimeError) as error:
            reason = str(error)
            if "memory" in reason or isinstance(error, MemoryError):
                reason = f"needs more than {limit_gb} GB"
            print(json.dumps({"absent": reason[:200]}), flush=True)
