#compdef doit lineage
# Completion of `doit` and `lineage` in zsh. To have it always:
#     echo 'eval "$(lineage completion zsh)"' >> ~/.zshrc      # after compinit
_lineage_completion() {
    local asked=lineage
    # The one beside the command that is being completed (.venv/bin/doit) goes before the one on PATH.
    [[ $words[1] == */* && -x ${words[1]:h}/lineage ]] && asked=${words[1]:h}/lineage
    local -a found open
    found=("${(@f)$("$asked" __complete zsh "" "${(j: :)${(@)words[1,CURRENT]}}" 2>/dev/null)}")
    found=(${found:#})
    if (( ! $#found )); then
        _files
        return
    fi
    open=(${(M)found:#*[=:]})
    found=(${found:#*[=:]})
    (( $#open )) && compadd -S '' -- $open
    (( $#found )) && compadd -- $found
}
if (( $+functions[compdef] )); then
    compdef _lineage_completion doit lineage
fi
