"""ggml's own C interface, as far as the bindings leave it out: devices, and heads of GGUF files."""

import ctypes
from typing import Any

from llama_cpp._ctypes_extensions import load_shared_library
from llama_cpp._ggml import libggml, libggml_base_path

LIBRARIES = libggml_base_path  # the folder with the libraries of llama.cpp

_base = load_shared_library("ggml-base", libggml_base_path)
_POINTER, _TEXT, _SIZE = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t
_SIZES, _INT64 = ctypes.POINTER(_SIZE), ctypes.c_int64


class GgufParameters(ctypes.Structure):
    """``gguf_init_params``: leave the weights alone."""

    _fields_ = (("no_alloc", ctypes.c_bool), ("context", _POINTER))


def _function(library: Any, name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(library, name)
    function.restype, function.argtypes = result, list(arguments)
    return function


device_count = _function(libggml, "ggml_backend_dev_count", _SIZE)
device_get = _function(libggml, "ggml_backend_dev_get", _POINTER, _SIZE)
device_register = _function(libggml, "ggml_backend_register", None, _POINTER)
device_name = _function(_base, "ggml_backend_dev_name", _TEXT, _POINTER)
device_description = _function(_base, "ggml_backend_dev_description", _TEXT, _POINTER)
device_type = _function(_base, "ggml_backend_dev_type", ctypes.c_int, _POINTER)
device_memory = _function(_base, "ggml_backend_dev_memory", None, _POINTER, _SIZES, _SIZES)

load_backends = _function(libggml, "ggml_backend_load_all_from_path", None, _TEXT)

gguf_open = _function(_base, "gguf_init_from_file", _POINTER, _TEXT, GgufParameters)
gguf_close = _function(_base, "gguf_free", None, _POINTER)
gguf_find_key = _function(_base, "gguf_find_key", _INT64, _POINTER, _TEXT)
gguf_kind = _function(_base, "gguf_get_kv_type", ctypes.c_int, _POINTER, _INT64)
gguf_text = _function(_base, "gguf_get_val_str", _TEXT, _POINTER, _INT64)
gguf_uint32 = _function(_base, "gguf_get_val_u32", ctypes.c_uint32, _POINTER, _INT64)
gguf_length = _function(_base, "gguf_get_arr_n", _SIZE, _POINTER, _INT64)
gguf_tensors = _function(_base, "gguf_get_n_tensors", _INT64, _POINTER)
gguf_tensor_name = _function(_base, "gguf_get_tensor_name", _TEXT, _POINTER, _INT64)
gguf_tensor_size = _function(_base, "gguf_get_tensor_size", _SIZE, _POINTER, _INT64)
