import { readLetters } from "./time-letters.ts";

/** `strptime` and `fromdate` as jq 1.8.2 has them on Linux, in one line of jq; they need {@link writeTimes} before them. */
export const readTimes = String.raw`
def _pcp(f): strptime(f);
def _pdays($year): [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365]
  | if $year % 4 == 0 and ($year % 100 != 0 or $year % 400 == 0) then [.[0:2][], (.[2:][] + 1)] else . end;
def _pweekday:
  (.y + 1900 - (if .mon < 2 then 1 else 0 end)) as $year
  | ($year / 4 | trunc) as $four
  | ($four / 25 | trunc) as $hundred
  | (-473 + 365 * (.y - 70) + $four - $hundred + (if $four - 25 * $hundred < 0 then 1 else 0 end) + ($hundred / 4 | trunc) + _pdays(1)[.mon] + .mday - 1) as $w
  | .wday = (($w % 7) + 7) % 7;
def _pmonth: _pdays(.y + 1900) as $list | .yday as $day | first(range(1; 13) | select($list[.] > $day)) // 13 | . - 1;
def _pspace: .r |= until((.[0:1] as $c | $c == "" or (" \t\n\u000b\f\r" | contains($c) | not)); .[1:]);
def _pget($from; $to; $most):
  _pspace
  | . as $state
  | [.r | .[0:$most] | explode[]] as $codes
  | if ($codes[0] // 0 | . < 48 or . > 57) then null
    else {v: $codes[0] - 48, n: 1}
      | until(.n >= ($codes | length) or .v * 10 > $to or ($codes[.n] | . < 48 or . > 57); .v = .v * 10 + $codes[.n] - 48 | .n += 1)
      | if .v < $from or .v > $to then null else . as $got | $state | .r |= .[$got.n:] | .v = $got.v end
    end;
def _pname($names; $short):
  (.r | ascii_downcase) as $rest
  | . as $state
  | first($names | to_entries[] | .key as $key | (.value | ascii_downcase | (., (if $short then .[0:3] else empty end))) | select(. as $name | $rest | startswith($name)) | {key: $key, length: length})
      // null
  | if . == null then null else . as $got | $state | .r |= .[$got.length:] | .v = $got.key end;
def _pread($format):
  def day: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
  def month: ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
  def set(update): if . == null then null else update end;
  reduce ($format | match("%[-_0^#]*([EO]?)([\\s\\S]?)|[\\s\\S]"; "g") | [.string, .captures[0].string // "", .captures[1].string // ""]) as [$whole, $modifier, $letter] (.;
    if . == null then null
    elif $whole[0:1] != "%" then
      if " \t\n\u000b\f\r" | contains($whole) then _pspace
      elif .r[0:1] == $whole then .r |= .[1:] else null end
    elif $letter == "" then null
    elif ((if $modifier == "" then "${readLetters.plain}" elif $modifier == "E" then "${readLetters.E}" else "${readLetters.O}" end) | contains($letter) | not) then null
    elif $letter == "%" then if .r[0:1] == "%" then .r |= .[1:] else null end
    elif $letter == "a" or $letter == "A" then _pname(day; true) | set(.wday = .v | .hw = true)
    elif $letter == "b" or $letter == "B" or $letter == "h" then _pname(month; true) | set(.mon = .v | .hm = true | .want = true)
    elif $letter == "c" then _pread("%a %b %e %H:%M:%S %Y") | set(.want = true)
    elif $letter == "C" then _pget(0; 99; 2) | set(.century = .v | .want = true)
    elif $letter == "d" or $letter == "e" then _pget(1; 31; 2) | set(.mday = .v | .hd = true | .want = true)
    elif $letter == "D" or $letter == "x" then _pread("%m/%d/%y") | set(.want = true)
    elif $letter == "F" then _pread("%Y-%m-%d") | set(.want = true)
    elif $letter == "H" or $letter == "k" then _pget(0; 23; 2) | set(.hour = .v | .hi = false)
    elif $letter == "I" or $letter == "l" then _pget(1; 12; 2) | set(.hour = .v % 12 | .hi = true)
    elif $letter == "j" then _pget(1; 366; 3) | set(.yday = .v - 1 | .hy = true)
    elif $letter == "m" then _pget(1; 12; 2) | set(.mon = .v - 1 | .hm = true | .want = true)
    elif $letter == "M" then _pget(0; 59; 2) | set(.min = .v)
    elif $letter == "n" or $letter == "t" then _pspace
    elif $letter == "p" then _pname(["AM", "PM"]; false) | set(.pm = .v == 1)
    elif $letter == "r" then _pread("%I:%M:%S %p")
    elif $letter == "R" then _pread("%H:%M")
    elif $letter == "s" then
      (.r | [match("^[0-9]+") | .string][0]) as $digits
      | if $digits == null then null
        else ($digits | tonumber | try _pbroken catch null) as $tm
          | .r |= .[$digits | length:]
          | .y = $tm[0] - 1900 | .mon = $tm[1] | .mday = $tm[2] | .hour = $tm[3] | .min = $tm[4] | .sec = $tm[5] | .wday = $tm[6] | .yday = $tm[7]
        end
    elif $letter == "S" then _pget(0; 61; 2) | set(.sec = .v)
    elif $letter == "T" or $letter == "X" then _pread("%H:%M:%S")
    elif $letter == "u" then _pget(1; 7; 1) | set(.wday = .v % 7 | .hw = true)
    elif $letter == "g" then _pget(0; 99; 2)
    elif $letter == "G" then if .r | test("^[0-9]") then .r |= sub("^[0-9]+"; "") else null end
    elif $letter == "U" then _pget(0; 53; 2) | set(.week = .v | .hu = true)
    elif $letter == "W" then _pget(0; 53; 2) | set(.week = .v | .hv = true)
    elif $letter == "V" then _pget(0; 53; 2)
    elif $letter == "w" then _pget(0; 6; 1) | set(.wday = .v | .hw = true)
    elif $letter == "y" then (if $modifier == "E" then _pget(0; 9999; 4) else . end) | set(_pget(0; 99; 2)) | set(.y = (if .v >= 69 then .v else .v + 100 end) | .wantc = true | .want = true)
    elif $letter == "Y" then _pget(0; 9999; 4) | set(.y = .v - 1900 | .wantc = false | .want = true)
    elif $letter == "Z" then _pspace | .r |= sub("^[^ \\t\\n\\x0b\\f\\r]+"; "")
    else _pspace
      | if .r[0:1] == "Z" then .r |= .[1:]
        else (.r | [match("^[+-][0-9]{2}(?::?[0-9]{2})?") | .string][0]) as $zone
          | if $zone == null or ($zone | length > 3 and (.[-2:] | tonumber) >= 60) then null
            else .r |= .[$zone | length:] end
        end
    end);
def _pfinish:
  if .hi and .pm then .hour += 12 else . end
  | if .century >= 0 then .y = (if .wantc then (.y - 100 * (.y / 100 | trunc)) else 0 end) + (.century - 19) * 100 else . end
  | if .want and (.hw | not) then
      (if ((.hm and .hd) | not) and .hy then
        _pmonth as $month
        | (if .hm then . else .mon = $month end)
        | (if .hd then . else .mday = .yday - _pdays(.y + 1900)[$month] + 1 end)
        | .hm = true | .hd = true
      else . end)
      | _pweekday
    else . end
  | if .want and (.hy | not) then .yday = _pdays(.y + 1900)[.mon] + .mday - 1 else . end
  | if (.hu or .hv) and .hw then
      .wday as $wday | .mday as $mday | .mon as $mon
      | (if .hu then 0 else 1 end) as $offset
      | .mday = 1 | .mon = 0 | _pweekday
      | (if .hd then .mday = $mday else . end) | (if .hm then .mon = $mon else . end)
      | (if .hy then . else .yday = (7 - (.wday - $offset)) % 7 + (.week - 1) * 7 + ($wday - $offset + 7) % 7 end)
      | (if .hd and .hm then . else
          _pmonth as $month
          | (if .hm then . else .mon = $month end)
          | (if .hd then . else .mday = .yday - _pdays(.y + 1900)[$month] + 1 end)
        end)
      | .wday = $wday
    else . end;
def _pstrptime($format):
  . as $text
  | ({r: $text, y: 0, mon: 0, mday: 0, hour: 0, min: 0, sec: 0, wday: 8, yday: 367, century: -1} | _pread($format)) as $state
  | if $state == null or ($state.r | test("^[^ \\t\\n\\x0b\\f\\r]"))
    then error("date \"" + $text + "\" does not match format \"" + $format + "\"")
    else $state | _pfinish
      | [.y + 1900, .mon, .mday, .hour, .min, .sec, .wday, .yday] + (if .r == "" then [] else [.r] end)
    end;
def strptime($format):
  if type != "string" or ($format | type) != "string" then _pcp($format)
  elif ($format | (contains("%F") or contains("%Y") and contains("%m") and contains("%d"))
      and (split("%") | all(.[1:][]; .[0:1] as $letter | $letter != "" and ("YmdHMSFTR" | contains($letter)))))
  then . as $text
    | (try [_pcp($format)] catch []) as [$read]
    | if $read != null and ($read | length) == 8 and ($read | _pcf($format)) == $text then $read else _pstrptime($format) end
  else _pstrptime($format) end;
def fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%SZ") | mktime;
def fromdate: fromdateiso8601;
`.replaceAll("\n", " ");
