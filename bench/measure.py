"""What both Python benchmarks measure of their own process."""

import resource
import statistics
import time


def peak_memory():
    """Most bytes of memory this program ever held."""
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def timed(work, n):
    """Call `work` once to warm up, then `n` times; returns wall and CPU milliseconds of each call."""
    work()
    wall, cpu = [], []
    for _ in range(n):
        wall_start, cpu_start = time.perf_counter(), time.process_time()
        work()
        wall.append(1000 * (time.perf_counter() - wall_start))
        cpu.append(1000 * (time.process_time() - cpu_start))
    return wall, cpu


median = statistics.median
