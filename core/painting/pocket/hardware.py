"""What this machine trains on best."""

import ctypes
import time
from contextlib import AbstractContextManager, nullcontext

import torch

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4  # of glibc's malloc.h


def choose_device(wanted: str) -> torch.device:
    """The device for "auto", "cpu" or "cuda"; auto takes the graphics card where there is one."""
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(wanted)


def bf16_is_faster(device: torch.device) -> bool:
    """Whether a measured matrix product is faster in bf16 than in fp32: on many processors it is not."""
    return _matmul_s(device, torch.bfloat16) < 0.8 * _matmul_s(device, torch.float32)


def autocast(device: torch.device, bf16: bool) -> AbstractContextManager[object]:
    """A context that computes in bf16, or one that does nothing."""
    return torch.autocast(device.type, torch.bfloat16) if bf16 else nullcontext()


def _matmul_s(device: torch.device, dtype: torch.dtype) -> float:
    """Seconds for a product of 768 x 768 matrices, the best of three after one to warm up."""
    matrix = torch.randn(768, 768, device=device).to(dtype)
    times = []
    for _ in range(4):
        started_at = time.perf_counter()
        (matrix @ matrix).sum().item()  # .item() waits for the device
        times.append(time.perf_counter() - started_at)
    return min(times[1:])


def keep_freed_memory() -> None:
    """Has the C library keep memory that tensors gave back, where it can (glibc).

    Training asks for the same large blocks again and again; fetching each anew from the system took as
    long as the arithmetic itself on the machine where this was measured.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return
    for option, value in ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, 2**31 - 1), (_M_TOP_PAD, 2**28)):
        mallopt(option, value)
