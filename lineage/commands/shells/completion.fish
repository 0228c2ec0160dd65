# Completion of `doit` and `lineage` in fish. To have it always:
#     lineage completion fish > ~/.config/fish/completions/lineage.fish
#     lineage completion fish > ~/.config/fish/completions/doit.fish
function __lineage_completion
    set -l asked lineage
    set -l typed (commandline -opc)
    # The one beside the command that is being completed (.venv/bin/doit) goes before the one on PATH.
    if string match -q '*/*' -- $typed[1]; and test -x (dirname -- $typed[1])/lineage
        set asked (dirname -- $typed[1])/lineage
    end
    set -l found ($asked __complete fish "" (commandline -cp) 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c doit -f -a '(__lineage_completion)'
complete -c lineage -f -a '(__lineage_completion)'
