"""What programs say when the machine lacks something: disk, memory, processes. Knows no tool in particular.

These stick: what runs afterwards fails because of them, however far below (`reader.py`).
"""

from lfsmake.engine.evidence.pattern import FAIR, Family

machine = Family("kernel")
_BY = r"(?:^|(?P<tool>[\w.+-]+)(?:\[\d+\])?: .*)"

machine("disk-full", "No space left on device", _BY + r".*No space left on device")
machine("disk-full", "Disk quota exceeded", _BY + r".*Disk quota exceeded")
machine("disk-full", "not enough space", r"not enough (?:disk )?space", FAIR)
machine("out-of-memory", "virtual memory exhausted", _BY + r".*virtual memory exhausted")
machine("out-of-memory", "annot allocate memory", _BY + r".*[Cc]annot allocate memory")
machine("out-of-memory", "emory exhausted", _BY + r".*[Mm]emory exhausted")
machine("out-of-memory", "std::bad_alloc", r"std::bad_alloc")
machine("out-of-memory", "MemoryError", r"^\s*MemoryError")
machine("out-of-memory", "ut of memory", r"^(?:\S+: )?[Oo]ut of memory[!.:]?")
machine("read-only", "Read-only file system", _BY + r".*Read-only file system")
machine("disk-error", "Input/output error", _BY + r".*Input/output error", FAIR)
machine("resource-limit", "Too many open files", _BY + r".*Too many open files")
machine(
    "resource-limit",
    "Resource temporarily unavailable",
    _BY + r".*(?:fork|vfork|clone|pthread_create|thread).*Resource temporarily unavailable",
)
machine("resource-limit", "File size limit exceeded", r"File size limit exceeded")
machine("resource-limit", "File too large", _BY + r".*File too large")
machine("resource-limit", "Argument list too long", _BY + r".*Argument list too long")
machine("resource-limit", "CPU time limit exceeded", r"CPU time limit exceeded|Cputime limit exceeded")

STICKY = frozenset(("disk-full", "out-of-memory", "read-only"))
PATTERNS = machine.patterns
