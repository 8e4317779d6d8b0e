"""What meson, ninja and cmake say when they fail. Knows no other tool."""

from lfsmake.engine.evidence.pattern import ECHO, FAIR, WEAK, Family, Q

meson = Family("meson")
_MESON = r"^(?:(?P<file>[^\s:]*meson[\w.]*):(?P<line>\d+):\d+: )?ERROR: "

meson(
    "missing-package",
    "ERROR: ",
    _MESON
    + r'(?:Dependency|Native dependency|Subproject dependency)\D*?"?(?P<name>[\w.+-]+)"? (?:is required but '
    r")?not found",
    advice="meson does not find {name}: `needs build` what brings its .pc file",
)
meson(
    "missing-package",
    "ERROR: ",
    _MESON + rf"(?:C|C\+\+|.*) (?:shared or static library|library|header) {Q}(?P<name>[^'’]+){Q} not found",
)
meson("tool-too-old", "ERROR: ", _MESON + r"Meson version is .* but project requires")
meson(
    "missing-command",
    "ERROR: ",
    _MESON + rf"(?:Program|Dependency|Command) .*?{Q}(?P<name>[^'’]+?){Q}.* not found",
)
meson("missing-command", "ERROR: ", _MESON + r"Unknown compiler")
meson(
    "missing-command",
    "ERROR: ",
    _MESON + r"(?:Could not detect Ninja|Pkg-config .* not found|Did not find pkg-config)",
)
meson(
    "compiler-broken",
    "ERROR: ",
    _MESON + r"(?:Compiler .* can ?not compile programs|Executables created by|Unable to detect linker)",
)
meson(
    "configure-option",
    "ERROR: ",
    _MESON + r"(?:Unknown options?|Value .* (?:for|of) .*option|.*invalid (?:option|choice|value))",
)
meson(
    "build-files",
    "ERROR: ",
    _MESON
    + r"(?:Problem encountered|Expecting|Unexpected|Unknown (?:function|variable|method|statement)|Invalid|First "
    r"statement)",
)
meson("missing-file", "ERROR: ", _MESON + r"(?:File|Include dir|Nonexistent|.*does not exist).*")
meson(
    "configure",
    "ERROR: ",
    _MESON + r"(?!Build data file|Failed building|Could not (?:build|install)|No matching|Could not find a)",
    FAIR,
)
meson("configure", "ERROR: ", r"^(?P<file>[^\s:]*meson[\w.]*):(?P<line>\d+):\d+: ERROR: ")
meson("configure-option", "meson setup: error", r"^meson(?: setup)?: error: ", tool="meson")
meson("configure-option", "meson: error", r"^usage: meson|^meson: error: ", tool="meson")

ninja = Family("ninja")
ninja(
    "no-rule",
    "missing and no known rule",
    rf"ninja: error: {Q}(?P<name>[^'’]+){Q}.*missing and no known rule to make it",
)
ninja(
    "no-makefile",
    "loading 'build.ninja'",
    r"ninja: error: loading 'build\.ninja'",
    advice="the phase runs in another folder than it should, or the project was not configured",
)
ninja("no-rule", "unknown target", r"ninja: error: unknown target")
ninja("build-files", "ninja: ", r"^ninja: (?:error|fatal): ", FAIR)
ninja("command-failed", "subcommand", r"^ninja: build stopped: ", ECHO)

cmake = Family("cmake")
_CMAKE = r"^CMake Error at (?P<file>[^\s:]+):(?P<line>\d+) "
_PLAIN = r"^CMake Error: "
cmake(
    "missing-package",
    "CMake Error at ",
    r"^CMake Error at (?P<file>\S*(?:FindPackageHandleStandardArgs|FindPkgConfig)\S*):(?P<line>\d+)",
    advice="a library that cmake looks for is not in the root, or its headers are not: `needs build` what brings "
    "it",
)
cmake(
    "missing-package",
    "(find_package)",
    _CMAKE + r"\(find_package\)",
    advice="no file of that package for cmake is in the root: `needs build` what brings it",
)
cmake(
    "missing-package",
    "CMake Error at ",
    _CMAKE + r"\((?:pkg_check_modules|find_library|find_path|_pkg_check_modules_internal)\)",
)
cmake("missing-command", "(find_program)", _CMAKE + r"\(find_program\)")
cmake("tool-too-old", "(cmake_minimum_required)", _CMAKE + r"\(cmake_minimum_required\)")
cmake("compiler-broken", "CMakeTest", r"^CMake Error at (?P<file>\S*CMakeTest\w+Compiler\.cmake):(?P<line>\d+)")
cmake("missing-command", "(project)", _CMAKE + r"\((?:project|enable_language)\)")
cmake(
    "missing-command",
    "CMAKE_MAKE_PROGRAM is not set",
    _PLAIN + r".*(?:CMAKE_MAKE_PROGRAM is not set|Unable to find a build program)",
)
cmake(
    "missing-command",
    "unable to find a build program",
    r"CMake was unable to find a build program corresponding to \"(?P<name>[^\"]+)",
)
cmake(
    "missing-file",
    "CMake Error at ",
    _CMAKE + r"\((?:add_library|add_executable|target_sources|configure_file|add_subdirectory|include|file)\)",
)
cmake("missing-file", "does not exist", _PLAIN + r".*does not (?:exist|appear to contain)")
cmake("missing-file", "cmake_install.cmake", r"^CMake Error at \S*cmake_install\.cmake:\d+ \(file\)")
cmake("configure", "(message)", _CMAKE + r"\(message\)")
cmake("build-files", "CMake Error at ", r"^CMake Error at (?P<file>[^\s:]+):(?P<line>\d+)")
cmake("build-files", "CMake Error", r"^CMake Error(?: in (?P<file>[^\s:]+))?:")
cmake("build-files", "CMake Error: Error in cmake code", r"^CMake Error: Error in cmake code at")
cmake("no-makefile", "Error: could not load cache", r"^Error: could not load cache|Error: .* is not a directory")
cmake("command-failed", "Configuring incomplete", r"^-- Configuring incomplete", ECHO)
cmake("test-failed", "Errors while running CTest", r"Errors while running CTest", ECHO, tool="ctest")
cmake("command-failed", "generator", r"^CMake Generate step failed", WEAK)

PATTERNS = (*meson.patterns, *ninja.patterns, *cmake.patterns)
