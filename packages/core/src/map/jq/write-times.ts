import { writtenLetters } from "./time-letters.ts";

/**
 * `strftime`, `strflocaltime`, `gmtime`, `localtime`, `mktime` and `todate` as jq 1.8.2 has them on Linux, in one
 * line of jq. What the compiled jq answers the same is left to it: it is twenty times as quick. Names that begin
 * with `_p` are for these alone.
 */
export const writeTimes = String.raw`
def _pcf(f): strftime(f);
def _pcl(f): strflocaltime(f);
def _pfill($text; $width; $pad):
  ($width - ($text | length)) as $lack
  | if $lack > 0 then (if $pad == "0" then "0" else " " end) * $lack + $text else $text end;
def _pnumber($value; $least; $width; $pad):
  (if $value < 0 then "-" else "" end) as $sign
  | ($value | fabs | tostring) as $digits
  | ([$least, $width] | max) as $wanted
  | ($wanted - ($digits | length) - ($sign | length)) as $lack
  | _pfill(
      if $pad == "-" or $lack <= 0 then $sign + $digits
      elif $pad == "_" then " " * $lack + $sign + $digits
      else $sign + "0" * $lack + $digits end;
      $width; $pad);
def _piso:
  def fix: ((. % 7) + 7) % 7;
  def leap: . % 4 == 0 and (. % 100 != 0 or . % 400 == 0);
  def days($yday): ($yday - ($yday - .[6] + 382) % 7 + 3);
  . as $tm
  | (if $tm[0] - 1 | leap then 366 else 365 end) as $before
  | (if $tm[0] | leap then 366 else 365 end) as $this
  | days($tm[7]) as $days
  | if $days < 0 then [$tm[0] - 1, days($tm[7] + $before)]
    else days($tm[7] - $this) as $next
      | if $next >= 0 then [$tm[0] + 1, $next] else [$tm[0], $days] end
    end;
def _pparts: [match("%(?:([-_0^#]*)([0-9]*)([EO]?)([\\s\\S]?))|[^%]+"; "g") | [.string, (.captures | map(.string // ""))]];
def _pwrite($tm; $format; $upper; $zone):
  def text($given; $width; $pad; $case):
    (if $case == "up" then $given | ascii_upcase elif $case == "down" then $given | ascii_downcase else $given end)
    | _pfill(.; $width; $pad);
  def day: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"][$tm[6]];
  def month: ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"][$tm[1]];
  def hour12: $tm[3] % 12 | if . == 0 then 12 else . end;
  def positive($n): ((. % $n) + $n) % $n;
  reduce ($format | _pparts[]) as [$whole, [$flags, $digits, $modifier, $letter]] ("";
    . + if $whole[0:1] != "%" then $whole else
      (if $digits == "" then -1 else [$digits | tonumber, 65536] | min end) as $width
      | ($flags | gsub("[\\^#]"; "") | .[-1:]) as $pad
      | ($flags | contains("#")) as $change
      | (if ($flags | contains("^")) or $upper then "up" else "" end) as $case
      | (if $change then "up" else $case end) as $name
      | (if $change then "down" else $case end) as $small
      | (if $pad == "0" or $pad == "-" then $pad else "_" end) as $spaced
      | def number($value; $least): _pnumber($value; $least; $width; $pad);
        def spaced($value; $least): _pnumber($value; $least; $width; $spaced);
        def nested($inner): text(_pwrite($tm; $inner; $case == "up"; $zone); $width; $pad; $case);
        if $letter == "" or ((if $modifier == "" then "${writtenLetters.plain}" elif $modifier == "E" then "${writtenLetters.E}" else "${writtenLetters.O}" end) | contains($letter) | not)
        then text($whole; $width; $pad; $case)
        elif $letter == "%" then text("%"; $width; $pad; "")
        elif $letter == "a" then text(day[0:3]; $width; $pad; $name)
        elif $letter == "A" then text(day; $width; $pad; $name)
        elif $letter == "b" or $letter == "h" then text(month[0:3]; $width; $pad; $name)
        elif $letter == "B" then text(month; $width; $pad; $name)
        elif $letter == "c" then nested("%a %b %e %H:%M:%S %Y")
        elif $letter == "C" then number($tm[0] / 100 | floor; 1)
        elif $letter == "D" or $letter == "x" then nested("%m/%d/%y")
        elif $letter == "d" then number($tm[2]; 2)
        elif $letter == "e" then spaced($tm[2]; 2)
        elif $letter == "F" then nested("%Y-%m-%d")
        elif $letter == "g" then number($tm | _piso[0] | positive(100); 2)
        elif $letter == "G" then number($tm | _piso[0]; 1)
        elif $letter == "H" then number($tm[3]; 2)
        elif $letter == "I" then number(hour12; 2)
        elif $letter == "j" then number($tm[7] + 1; 3)
        elif $letter == "k" then spaced($tm[3]; 2)
        elif $letter == "l" then spaced(hour12; 2)
        elif $letter == "m" then number($tm[1] + 1; 2)
        elif $letter == "M" then number($tm[4]; 2)
        elif $letter == "n" then text("\n"; $width; $pad; "")
        elif $letter == "p" then text(if $tm[3] > 11 then "PM" else "AM" end; $width; $pad; $small)
        elif $letter == "P" then text(if $tm[3] > 11 then "pm" else "am" end; $width; $pad; "")
        elif $letter == "r" then nested("%I:%M:%S %p")
        elif $letter == "R" then nested("%H:%M")
        elif $letter == "s" then _pfill(_pnumber($tm[8]; 1; -1; $pad); $width; $pad)
        elif $letter == "S" then number($tm[5]; 2)
        elif $letter == "t" then text("\t"; $width; $pad; "")
        elif $letter == "T" or $letter == "X" then nested("%H:%M:%S")
        elif $letter == "u" then number(($tm[6] + 6) % 7 + 1; 1)
        elif $letter == "U" then number(($tm[7] - $tm[6] + 7) / 7 | floor; 2)
        elif $letter == "V" then number(($tm | _piso[1]) / 7 | floor + 1; 2)
        elif $letter == "w" then number($tm[6]; 1)
        elif $letter == "W" then number(($tm[7] - ($tm[6] + 6) % 7 + 7) / 7 | floor; 2)
        elif $letter == "y" then number($tm[0] | positive(100); 2)
        elif $letter == "Y" then number($tm[0]; 1)
        elif $letter == "z" then text("+"; $width; $pad; "") + number(0; 4)
        else text($zone; $width; $pad; $small) end
    end);
def _pint: if . < -2147483648 then -2147483648 elif . > 2147483647 then 2147483647 else trunc end;
def _pseconds:
  ([((.[0] // 1900) - 1900, .[1:8][]) | _pint] | .[0] += 1900 | . + [0, 0, 0, 0, 0, 0, 0, 0]) as [$year, $month, $day, $hour, $minute, $second]
  | ($year + ($month / 12 | floor)) as $y
  | ($month - 12 * ($month / 12 | floor)) as $m
  | (if $m < 2 then $y - 1 else $y end) as $c
  | ($c / 400 | floor) as $era
  | ($c - $era * 400) as $of
  | ((153 * (if $m > 1 then $m - 2 else $m + 10 end) + 2) / 5 | floor) as $before
  | ($era * 146097 + $of * 365 + ($of / 4 | floor) - ($of / 100 | floor) + $before + $day - 1 - 719468) * 86400
    + $hour * 3600 + $minute * 60 + $second;
def _pbroken:
  trunc as $whole
  | ($whole / 86400 | floor) as $days
  | ($whole - $days * 86400) as $rest
  | ($days + 719468) as $z
  | ($z / 146097 | floor) as $era
  | ($z - $era * 146097) as $doe
  | (($doe - ($doe / 1460 | floor) + ($doe / 36524 | floor) - ($doe / 146096 | floor)) / 365 | floor) as $of
  | ($doe - ($of * 365 + ($of / 4 | floor) - ($of / 100 | floor))) as $doy
  | ((5 * $doy + 2) / 153 | floor) as $mp
  | (if $mp < 10 then $mp + 2 else $mp - 10 end) as $m
  | ($era * 400 + $of + (if $m < 2 then 1 else 0 end)) as $y
  | (($y % 4 == 0 and ($y % 100 != 0 or $y % 400 == 0)) | if . then 1 else 0 end) as $leap
  | [ $y, $m, $doy - ((153 * $mp + 2) / 5 | floor) + 1,
      ($rest / 3600 | floor), ($rest / 60 | floor) % 60, $rest % 60 + (. - floor),
      (($days + 4) - 7 * (($days + 4) / 7 | floor)),
      (if $m < 2 then $doy - 306 else $doy + 59 + $leap end) ];
def _pgmtime: gmtime;
def gmtime:
  if type != "number" or (. > -62135596800 and . < 253402300800) then _pgmtime
  elif isnan or . > 67768036191676799 or . < -67768040609740800
  then error("error converting number of seconds since epoch to datetime") else _pbroken end;
def localtime: if type == "number" then gmtime else error("localtime() requires numeric inputs") end;
def _parray: type == "array" and all(.[0:8][]; type == "number" and (isnan | not));
def _pusual:
  if type == "number" then . > -30610224000 and . < 253402300800
  else length > 2 and .[0] > 1000 and .[0] < 9000 and all(.[1:8][]; . > -1000 and . < 1000) end;
def _pmktime: mktime;
def mktime:
  if (_parray and (_pusual | not)) | not then _pmktime
  else _pseconds | if . == -1 then error("invalid gmtime representation") else . end end;
def _pftime($format; $seconds; $name; $zone):
  ($seconds | _pbroken | .[8] = $seconds) as $tm
  | _pwrite($tm; $format | split("\u0000")[0] // ""; false; $zone)
  | if utf8bytelength >= ($format | utf8bytelength) + 100 or (. == "" and $format != "")
    then error($name + "/1: unknown system failure") else . end;
def _pinstead($letter; text):
  if contains("%" + $letter) then split("%" + $letter) | join(text) else . end;
def _pstrftime($format; builtin; $name; $zone):
  if ((type == "number" or _parray) and ($format | type) == "string") | not then builtin
  elif _pusual and ($format | contains("%%") | not) and ($format | contains("\u0000") | not)
    and ($format | split("%") | all(.[1:][]; .[0:1] as $letter | $letter != "" and ("aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ" | contains($letter))))
  then (if type == "number" then . else _pseconds end) as $at
    | ($format
    | _pinstead("Z"; $zone)
    | _pinstead("P"; $at | _pcf("%p") | ascii_downcase)
    | _pinstead("k"; $at | _pcf("%H") | if .[0:1] == "0" then " " + .[1:] else . end)
    | _pinstead("l"; $at | _pcf("%I") | if .[0:1] == "0" then " " + .[1:] else . end)) as $short
    | $at | try _pcf($short) catch error($name + "/1: unknown system failure")
  else (if type == "number" then gmtime else . end | _pseconds) as $seconds
    | _pftime($format; $seconds; $name; $zone)
  end;
def strftime($format): _pstrftime($format; _pcf($format); "strftime"; "GMT");
def strflocaltime($format): _pstrftime($format; _pcl($format); "strflocaltime"; "UTC");
def todateiso8601: strftime("%Y-%m-%dT%H:%M:%SZ");
def todate: todateiso8601;
`.replaceAll("\n", " ");
