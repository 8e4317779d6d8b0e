"""What patch, tar, the compressors and the digest tools say when they fail. Knows no other tool."""

from lfsmake.engine.evidence.pattern import ECHO, FAIR, WEAK, Family

patch = Family("patch")
patch(
    "patch-reversed",
    "Reversed (or previously applied)",
    r"Reversed \(or previously applied\) patch detected",
    advice="the sources have this change already: take the patch out",
)
patch(
    "patch-failed",
    "FAILED at ",
    r"^Hunk #\d+ FAILED at ",
    advice="the patch is for another version of the sources",
)
patch(
    "patch-no-file",
    "can't find file to patch",
    r"can't find file to patch",
    advice="see how many leading folders `strip` takes from the names in the patch",
)
patch("patch-no-file", "No file to patch", r"^No file to patch", FAIR)
patch(
    "patch-malformed",
    "malformed patch",
    r"patch: \*{4} malformed patch at line",
    advice="the patch was damaged: by an editor, by a mailer, or it is cut off",
)
patch(
    "patch-malformed",
    "Only garbage was found",
    r"Only garbage was found in the patch input",
    advice="the file is not a patch, perhaps an error page of the server",
)
patch("patch-malformed", "patch: ****", r"patch: \*{4}.*(?:unexpectedly ends|unexpected end of file)")
patch("missing-file", "patch: **** Can't open", r"^patch: \*{4} Can't (?:open|find) (?:patch )?file (?P<name>\S+)")
patch("patch-failed", "patch: ****", r"^patch: \*{4} ")
patch("patch-failed", " FAILED -- saving rejects", r"hunks? FAILED -- saving rejects", ECHO)
patch("patch-failed", "error: patch failed", r"^error: patch failed: (?P<file>[^:]+):(?P<line>\d+)", tool="git")

tar = Family("tar")
_TRUNCATED = "the archive is cut off: remove it from the store's sources and fetch it again"
_CORRUPT = "the archive is damaged or is no archive at all: look at it with `file`, and see where it came from"
tar(
    "truncated-archive",
    "nexpected end of ",
    r"^(?:\S*/)?(?P<tool>gzip|xz|bzip2|lzip|zstd|tar|unzip|lzma|plzip|bsdtar)\b.*[Uu]nexpected end of (?:file|"
    r"input|archive)",
    advice=_TRUNCATED,
)
tar("truncated-archive", "Unexpected EOF in archive", r"^tar: Unexpected EOF in archive", advice=_TRUNCATED)
tar(
    "truncated-archive",
    "ends unexpectedly",
    r"(?P<tool>bzip2).*file ends unexpectedly|Compressed file ends unexpectedly",
    advice=_TRUNCATED,
    tool="bzip2",
)
tar("truncated-archive", "premature end", r"^(?P<tool>zstd|lz4).*premature end", advice=_TRUNCATED)
tar("corrupt-archive", "not in gzip format", r"^(?P<tool>gzip): .*not in gzip format", advice=_CORRUPT)
tar("corrupt-archive", "invalid compressed data", r"^(?P<tool>gzip): .*invalid compressed data", advice=_CORRUPT)
tar("corrupt-archive", "crc error", r"^(?P<tool>gzip|lzip): .*crc error", advice=_CORRUPT)
tar("corrupt-archive", "ata is corrupt", r"^(?P<tool>xz|lzma): .*[Cc]ompressed data is corrupt", advice=_CORRUPT)
tar(
    "corrupt-archive",
    "File format not recognized",
    r"^(?P<tool>xz|lzma): .*File format not recognized",
    advice=_CORRUPT,
)
tar("corrupt-archive", "not a bzip2 file", r"(?P<tool>bzip2): .*is not a bzip2 file", advice=_CORRUPT)
tar("corrupt-archive", "Data integrity error", r"(?P<tool>bzip2): Data integrity error", advice=_CORRUPT)
tar("corrupt-archive", "unsupported format", r"(?P<tool>zstd): .*unsupported format", advice=_CORRUPT)
tar(
    "corrupt-archive",
    "does not look like a tar archive",
    r"^tar: This does not look like a tar archive",
    advice=_CORRUPT,
)
tar("corrupt-archive", "Skipping to next header", r"^tar: Skipping to next header", WEAK, advice=_CORRUPT)
tar(
    "corrupt-archive",
    "central directory",
    r"End-of-central-directory signature not found|cannot find zipfile directory",
    tool="unzip",
    advice=_CORRUPT,
)
tar(
    "missing-command",
    "Cannot exec: No such file",
    r"^tar(?: \(child\))?: (?P<name>[^:]+): Cannot exec: No such file",
)
tar("missing-file", "Not found in archive", r"^tar: (?P<name>.+): Not found in archive")
tar(
    "missing-file", "Cannot open: No such file", r"^tar(?: \(child\))?: (?P<name>[^:]+): Cannot open: No such file"
)
tar(
    "permission-denied",
    "Cannot open: Permission denied",
    r"^tar: (?P<name>[^:]+): Cannot open: Permission denied",
    FAIR,
)
tar("file-exists", "Cannot open: File exists", r"^tar: (?P<name>[^:]+): Cannot open: File exists", FAIR)
tar("command-failed", "Error is not recoverable", r"^tar(?: \(child\))?: Error is not recoverable", ECHO)
tar("command-failed", "Exiting with failure status", r"^tar: Exiting with failure status", ECHO)
tar("command-failed", "returned status", r"^tar: Child returned status", ECHO)

digest = Family("sha256sum")
digest(
    "bad-checksum",
    ": FAILED",
    r"^(?P<file>[^:\s][^:]*): FAILED$",
    FAIR,
    advice="the file is not what the digest says: look where it came from, then correct the one that is wrong",
)
digest(
    "bad-checksum",
    "did NOT match",
    r"^(?P<tool>\w+sum): WARNING: \d+ (?:of \d+ )?computed checksums? did NOT match",
    FAIR,
    advice="the file is not what the digest says: look where it came from, then correct the one that is wrong",
)
digest("missing-file", ": FAILED open or read", r"^(?P<name>[^:]+): FAILED open or read")

PATTERNS = (*patch.patterns, *tar.patterns, *digest.patterns)
