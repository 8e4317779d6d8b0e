"""Which package of a distribution brings a program, and which family the machine is of. Asks no package manager."""

from collections.abc import Iterable, Mapping

FAMILIES = ("debian", "fedora", "arch", "opensuse")
INSTALL = {
    "debian": "apt-get install",
    "fedora": "dnf install",
    "arch": "pacman -S",
    "opensuse": "zypper install",
}
# Where a package is not called as the tool is, for the families in the order above.
_NAMES = {
    "g++": ("g++", "gcc-c++", "gcc", "gcc-c++"),
    "perl": ("perl", "perl-interpreter", "perl", "perl"),
    "python": ("python3", "python3", "python", "python3"),
    "xz": ("xz-utils", "xz", "xz", "xz"),
    "yacc": ("bison", "bison", "bison", "bison"),
    "awk": ("gawk", "gawk", "gawk", "gawk"),
    "sh": ("bash", "bash", "bash", "bash"),
    "libc": ("libc6-dev", "glibc-devel", "glibc", "glibc-devel"),
    "libstdc++": ("g++", "libstdc++-devel", "gcc", "libstdc++-devel"),
    "newuidmap": ("uidmap", "shadow-utils", "shadow", "shadow"),
    "locales": ("locales", "glibc-langpack-en", "glibc", "glibc-locale"),
    "openssl": ("openssl", "openssl", "openssl", "openssl"),
    "certificates": ("ca-certificates", "ca-certificates", "ca-certificates", "ca-certificates-mozilla"),
    "gpgv": ("gpgv", "gnupg2", "gnupg", "gpg2"),
}


def packages_of(tool: str, declared: str = "") -> dict[str, str]:
    """Family → package. What recipes declare is Debian's name; a tool unknown here has its own name everywhere."""
    names = dict(zip(FAMILIES, _NAMES.get(tool, (declared or tool, tool, tool, tool)), strict=True))
    if declared:
        names["debian"] = declared
    return names


def family(release: Mapping[str, str]) -> str:
    """The family of a machine by its os-release; "" for one that is not known here."""
    words = [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
    for word in words:
        for known, names in (
            ("debian", ("debian", "ubuntu", "linuxmint", "raspbian", "devuan")),
            ("fedora", ("fedora", "rhel", "centos", "rocky", "almalinux")),
            ("arch", ("arch", "archlinux", "manjaro", "artix")),
            ("opensuse", ("suse", "opensuse", "opensuse-leap", "opensuse-tumbleweed", "sles")),
        ):
            if word in names:
                return known
    return ""


def os_release(paths: Iterable[str] = ("/etc/os-release", "/usr/lib/os-release")) -> dict[str, str]:
    """The fields of the first file that can be read."""
    import shlex

    for path in paths:
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                lines = file.read(65536).split("\n")
        except OSError:
            continue
        fields = {}
        for line in lines:
            name, found, value = line.strip().partition("=")
            if not found or name.startswith("#"):
                continue
            try:
                fields[name] = "".join(shlex.split(value))
            except ValueError:  # a quote that is not closed
                fields[name] = value
        return fields
    return {}


def install_command(distribution: str, names: Iterable[str]) -> str:
    """The command that installs these packages there; "" where the family is unknown or there is none to install."""
    wanted = sorted(dict.fromkeys(names))
    return f"{INSTALL[distribution]} {' '.join(wanted)}" if wanted and distribution in INSTALL else ""
