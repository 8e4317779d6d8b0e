"""What the bash of a step's script reads before the script, so that no failure in it is silent. Runs nothing."""

from lfsmake.engine.chains import chains
from lfsmake.engine.place import CONTROL
from lfsmake.model.step import SCRIPTS, ScriptFile

# By BASH_ENV, and by no bash below it.
_REPORT = """\
unset BASH_ENV
__lfsmake_report() {{
    local status=$?
    printf '%s\\0' "$status" "$BASH_SUBSHELL" "$@" >> {control}/script-report
}}
set -E
trap '__lfsmake_report "$LINENO" "${{PIPESTATUS[*]}}" "${{BASH_SOURCE[0]-}}" "$BASH_COMMAND"' ERR
"""

# Bash neither ends nor reports where a command fails that has `&&` behind it. Before each command, this looks at how
# the one before it ended: did it fail in one of the chains, and is this one behind that chain, then the rest was passed
# over. What only asks (`[ -f x ] && rm x`) may say no. The redirection keeps `set -x` quiet; "$_" stays as it was.
_CHAINS = """\
__lfsmake_at=(0) __lfsmake_what=(true) __lfsmake_depth=0  # by depth of calls
__lfsmake_asks() {{
    case $1 in
        '[ '* | '[[ '* | '(('* | true | false) ;;
        test\\ * | let\\ * | grep\\ * | command\\ * | type\\ * | which\\ * | hash\\ * | cmp\\ * | diff\\ *) ;;
        getent\\ * | id\\ * | pgrep\\ * | pidof\\ * | mountpoint\\ *) ;;
        *) return 1 ;;
    esac
}}
__lfsmake_seen() {{
    local status=$1 line=$2 source=$3 what=$4 depth=$5 at range
    if ((depth > __lfsmake_depth)); then __lfsmake_at[depth]=0; fi
    at=${{__lfsmake_at[depth]:-0}}
    if [[ $status != 0 ]] && ! __lfsmake_asks "${{__lfsmake_what[depth]-}}"; then
        for range in {ranges}; do
            if ((at < ${{range%-*}} || at > ${{range#*-}})); then continue; fi
            if [[ $source == {script} ]] && ((line >= ${{range%-*}} && line <= ${{range#*-}})); then continue; fi
            printf '%s\\0' "$status" "$BASH_SUBSHELL" "$at" "$status" {script} "${{__lfsmake_what[depth]}}" \\
                >> {control}/script-report
            {act}
        done
    fi
    __lfsmake_at[depth]=0 __lfsmake_what[depth]=$what __lfsmake_depth=$depth
    if [[ $source == {script} ]]; then __lfsmake_at[depth]=$line; fi
}}
set -T
trap '{{ __lfsmake_seen {seen}; }} 2> /dev/null' DEBUG
"""
_SEEN = '"$?" "$LINENO" "${BASH_SOURCE[0]-}" "$BASH_COMMAND" "${#BASH_SOURCE[@]}" "$_"'


def script_env(script: ScriptFile) -> str:
    """Shell that has a script of bash report, into `script-report`, each command that fails without ending it.

    A report is six fields, each ended by NUL: status, depth of subshells, line, the statuses of the pipeline, file,
    command. A strict script ends where a chain of `&&` breaks, as it does everywhere else.
    """
    text = _REPORT.format(control=CONTROL)
    found = chains(script.text.encode()) if script.shell == "bash" else ()
    if not found:
        return text
    ranges = " ".join(f"{first}-{last}" for first, last in found)
    path = "'" + f"{SCRIPTS}/{script.path}".replace("'", "'\\''") + "'"  # always quoted: no pattern
    act = 'exit "$status"' if script.strict else "break"
    return text + _CHAINS.format(control=CONTROL, ranges=ranges, script=path, act=act, seen=_SEEN)
