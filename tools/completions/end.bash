
_shtab_modeswitch_pos_0_COMPGEN=_modeswitch_devices

# bash splits words at colons, and an id has one: put them together again, and offer what follows the last colon.
_modeswitch() {
  local line=${COMP_LINE:0:COMP_POINT} before
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  local -a COMP_WORDS=("${words[@]}")
  local COMP_CWORD=$((${#words[@]} - 1))
  local word=${words[COMP_CWORD]}
  _shtab_modeswitch
  if [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then
    before=${word%"${word##*:}"}
    COMPREPLY=("${COMPREPLY[@]#"$before"}")
  fi
}

complete -o bashdefault -F _modeswitch modeswitch
