# Completion of `doit` and `lineage` in bash. To have it always:
#     echo 'eval "$(lineage completion bash)"' >> ~/.bashrc
_lineage_completion() {
    local asked=lineage
    # The one beside the command that is being completed (.venv/bin/doit) goes before the one on PATH.
    [[ $1 == */* && -x ${1%/*}/lineage ]] && asked=${1%/*}/lineage
    local IFS=$'\n'
    COMPREPLY=($("$asked" __complete bash "$COMP_WORDBREAKS" "${COMP_LINE:0:$COMP_POINT}" 2>/dev/null))
    if [[ ${#COMPREPLY[@]} -gt 0 && ${COMPREPLY[0]} == *[=:] ]]; then
        compopt -o nospace
    fi
}
complete -o default -F _lineage_completion doit lineage
