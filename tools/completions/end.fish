
# A stick may stand where a command does.
complete -c modeswitch -f -n _shtab_modeswitch_at_first -a '(_modeswitch_devices)'

function _shtab_modeswitch_at_first
  _shtab_modeswitch_scan
  test -z "$_shtab_modeswitch_cmdpath" -a "$_shtab_modeswitch_npos" -eq 0
end
