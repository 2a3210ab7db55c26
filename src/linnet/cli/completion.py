"""Scripts that let bash, zsh and fish complete, made from the table of verbs."""

from collections.abc import Iterable, Sequence

from linnet.cli.grammar import GLOBALS, Form, Kind, Option

SHELLS = ("bash", "zsh", "fish")

_WHERE = {
    "bash": "~/.local/share/bash-completion/completions/linnet",
    "zsh": "a folder of $fpath, as _linnet",
    "fish": "~/.config/fish/completions/linnet.fish",
}
_RELAY = ("relay", "run a relay")


def script(shell: str, forms: Sequence[Form]) -> str:
    """Return the script for one of the shells."""
    head = f"# Completes linnet in {shell}. Save as {_WHERE[shell]}.\n"
    makers = {"bash": _bash, "zsh": _zsh, "fish": _fish}
    return {"zsh": "#compdef linnet\n"}.get(shell, "") + head + makers[shell](forms)


def _tree(forms: Sequence[Form]) -> dict[str, list[Form]]:
    """Return the first words of verbs, with the verbs that begin so."""
    tree: dict[str, list[Form]] = {}
    for form in forms:
        tree.setdefault(form.name.split()[0], []).append(form)
    return tree


def _answers(form: Form) -> list[str]:
    """Return the words a verb can be given, as far as they are known."""
    kinds = {word.kind for word in form.words}
    answers = ["on", "off"] if Kind.SWITCH in kinds else []
    return answers + (list(SHELLS) if Kind.SHELL in kinds else [])


def _takes_files(form: Form) -> bool:
    return any(word.kind in {Kind.FILE, Kind.FOLDER} for word in form.words)


def _valued(forms: Iterable[Form], *kinds: Kind) -> list[str]:
    """Return the options whose value is of one of these kinds."""
    options: list[Option] = [*GLOBALS, *(o for form in forms for o in form.options)]
    found = {o.name for o in options if o.value and o.kind in kinds}
    return sorted(found)


def _bash(forms: Sequence[Form]) -> str:
    cases = []
    for first, family in _tree(forms).items():
        below = [f.name.split()[1] for f in family if " " in f.name]
        if below:
            cases.append(f'        "{first} ") words="{" ".join(below)}" ;;')
        for form in family:
            words = " ".join([*(o.name for o in form.options), *_answers(form)])
            files = "; files=yes" if _takes_files(form) else ""
            first_word, _, second = form.name.partition(" ")
            pattern = f"{first_word} {second or '*'}"
            quoted = pattern.replace(" *", ' "*') if not second else f'{pattern}"'
            cases.append(f'        "{quoted}) words="{words}"{files} ;;')
    verbs = " ".join([*_tree(forms), _RELAY[0]])
    return _BASH.format(
        values="|".join(_valued(forms, *Kind)),
        folders="|".join(_valued(forms, Kind.FOLDER)),
        file_options="|".join(_valued(forms, Kind.FILE)),
        texts="|".join(_valued(forms, Kind.TEXT)),
        families="|".join(_families(forms)),
        verbs=verbs,
        cases="\n".join(cases),
        globals=" ".join(option.name for option in GLOBALS),
    )


def _families(forms: Sequence[Form]) -> list[str]:
    return sorted({form.name.split()[0] for form in forms if " " in form.name})


_BASH = """\
_linnet() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}
    local verb= second= words= files= i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${{COMP_WORDS[i]}} in
            {values}) ((i++)) ;;
            -*) ;;
            *) if [[ -z $verb ]]; then verb=${{COMP_WORDS[i]}}
               elif [[ -z $second ]]; then second=${{COMP_WORDS[i]}}; fi ;;
        esac
    done
    case $prev in
        {folders}) COMPREPLY=($(compgen -d -- "$cur")); return ;;
        {file_options}) compopt -o filenames 2>/dev/null
            COMPREPLY=($(compgen -f -- "$cur")); return ;;
        {texts}) return ;;
    esac
    case $verb in {families}) ;; *) second=${{second:+x}} ;; esac
    case "$verb $second" in
        " ") words="{verbs}" ;;
{cases}
    esac
    COMPREPLY=($(compgen -W "$words {globals}" -- "$cur"))
    if [[ -n $files && $cur != -* ]]; then
        compopt -o filenames 2>/dev/null
        COMPREPLY+=($(compgen -f -- "$cur"))
    fi
}}
complete -F _linnet linnet
"""


def _zsh(forms: Sequence[Form]) -> str:
    cases = []
    for first, family in _tree(forms).items():
        below = [f for f in family if " " in f.name]
        if below:
            rows = [(f.name.split()[1], f.about) for f in below]
            cases.append(f"        '{first} ') about=({_described(rows)}) ;;")
        for form in family:
            first_word, _, second = form.name.partition(" ")
            pattern = f"'{first_word} {second}'" if second else f"'{first_word} '*"
            rows = [(o.name, o.about) for o in form.options]
            rows += [(answer, "") for answer in _answers(form)]
            files = "; files=yes" if _takes_files(form) else ""
            cases.append(f"        {pattern}) about=({_described(rows)}){files} ;;")
    verbs = [(first, family[0].about) for first, family in _tree(forms).items()]
    return _ZSH.format(
        values="|".join(_valued(forms, *Kind)),
        file_options="|".join(_valued(forms, Kind.FILE, Kind.FOLDER)),
        texts="|".join(_valued(forms, Kind.TEXT)),
        families="|".join(_families(forms)),
        verbs=_described([*verbs, _RELAY]),
        cases="\n".join(cases),
        globals=_described([(option.name, option.about) for option in GLOBALS]),
    )


def _described(rows: Iterable[tuple[str, str]]) -> str:
    quoted = [f"{name}:{about}".rstrip(":").replace("'", "") for name, about in rows]
    return " ".join(f"'{row}'" for row in quoted)


_ZSH = """\
_linnet() {{
    local verb= second= files= i
    local -a about everywhere
    for ((i = 2; i < CURRENT; i++)); do
        case ${{words[i]}} in
            {values}) ((i++)) ;;
            -*) ;;
            *) if [[ -z $verb ]]; then verb=${{words[i]}}
               elif [[ -z $second ]]; then second=${{words[i]}}; fi ;;
        esac
    done
    case ${{words[CURRENT-1]}} in
        {file_options}) _files; return ;;
        {texts}) return ;;
    esac
    case $verb in {families}) ;; *) second=${{second:+x}} ;; esac
    case "$verb $second" in
        ' ') about=({verbs}) ;;
{cases}
    esac
    everywhere=({globals})
    _describe -o 'option' everywhere
    (( $#about )) && _describe 'linnet' about
    [[ -n $files ]] && _files
}}
if [[ $funcstack[1] = _linnet ]]; then _linnet "$@"; else compdef _linnet linnet; fi
"""


def _fish(forms: Sequence[Form]) -> str:
    lines = [_FISH.format(values=" ".join(_valued(forms, *Kind)))]
    lines += [_fish_option("", option) for option in GLOBALS]
    tree = _tree(forms)
    firsts = [(first, family[0].about) for first, family in tree.items()]
    for first, about in [*firsts, _RELAY]:
        lines.append(_fish_word("__linnet_at ''", first, about))
    for form in forms:
        first, _, second = form.name.partition(" ")
        if second:
            lines.append(_fish_word(f"__linnet_at {first}", second, form.about))
        condition = f"__linnet_in {form.name}"
        lines += [_fish_option(condition, option) for option in form.options]
        lines += [_fish_word(condition, answer, "") for answer in _answers(form)]
        if _takes_files(form):
            lines.append(f"complete -c linnet -n '{condition}' -F")
    return "\n".join(lines) + "\n"


def _fish_word(condition: str, word: str, about: str) -> str:
    said = f" -d '{_fish_quoted(about)}'" if about else ""
    return f'complete -c linnet -n "{condition}" -a {word}{said}'


def _fish_option(condition: str, option: Option) -> str:
    where = f" -n '{condition}'" if condition else ""
    takes = ""
    if option.value:
        takes = " -rF" if option.kind in {Kind.FILE, Kind.FOLDER} else " -x"
    about = _fish_quoted(option.about)
    return f"complete -c linnet{where} -l {option.name[2:]}{takes} -d '{about}'"


def _fish_quoted(text: str) -> str:
    return text.replace("'", "")


_FISH = """\
function __linnet_words
    set -l skip no
    for token in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
        else if contains -- $token {values}
            set skip yes
        else if not string match -q -- '-*' $token
            echo $token
        end
    end
end
function __linnet_at
    set -l words (__linnet_words)
    test "$words" = "$argv"
end
function __linnet_in
    set -l words (__linnet_words)
    set -l wanted $argv
    set -l count (count $wanted)
    test (count $words) -ge $count
    and test "$words[1..$count]" = "$wanted"
end
complete -c linnet -f"""
