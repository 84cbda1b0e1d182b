"""The process of the contestant ``xllamacpp``: its server, with the defaults of llama-server."""

import json
import os
import sys

import xllamacpp

SLOTS = 4  # llama-server's own choice; they share one cache


def main(model: str, projector: str, context: str, threads: str, picture: str) -> None:
    """Serve until stdin is closed."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # native code prints
    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.mmproj.path = projector
    parameters.n_ctx = int(context)
    parameters.image_min_tokens, parameters.image_max_tokens = 1, int(picture)
    parameters.n_parallel, parameters.kv_unified = SLOTS, True
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = int(threads)
    parameters.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_ENABLED
    parameters.hostnames, parameters.port = ["127.0.0.1"], 0
    server = xllamacpp.Server(parameters)
    host, port = server.listening_address.removeprefix("http://").rsplit(":", 1)
    about = {
        "event": "ready",
        "host": host,
        "port": int(port),
        "version": f"xllamacpp {xllamacpp.__version__}",
        "system": xllamacpp.get_system_info(),
        "batch": [parameters.n_batch, parameters.n_ubatch],
        "slots": SLOTS,
    }
    out.write(json.dumps(about) + "\n")
    out.flush()
    sys.stdin.read()
    os._exit(0)  # its threads outlive it otherwise


if __name__ == "__main__":
    main(*sys.argv[1:])
