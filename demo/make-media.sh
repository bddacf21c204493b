#!/usr/bin/env bash
# Makes the demo station's sounds and pictures in media/ from media.tsv, spoken/, scores/ and the titles in station.json.
# Safe to run again: every file is made aside, checked, and only then moved into place. Name files to remake only those.
# Needs: ffmpeg (with flite and libx264), jq, awk, fonts-dejavu-core.
set -euo pipefail
cd "$(dirname "$0")"

rate=24000                     # samples per second; one channel of 16 bits, so 48 bytes are a millisecond
aside=$(mktemp -d)
trap 'rm -rf "$aside"' EXIT

for tool in ffmpeg ffprobe jq awk; do
  command -v "$tool" >/dev/null || { echo "make-media: $tool is missing; try: apt-get install ffmpeg jq gawk" >&2; exit 1; }
done
[[ $(ffmpeg -hide_banner -filters 2>/dev/null) == *" flite "* ]] || { echo "make-media: this ffmpeg has no flite voice" >&2; exit 1; }

quiet() { ffmpeg -nostdin -hide_banner -loglevel error -y "$@"; }
raw() { quiet "$@" -ar "$rate" -ac 1 -f s16le -; }
silence() { head -c $(($(awk -v s="$1" 'BEGIN { print int(s * 1000) }') * 48)) /dev/zero; }
stamp() { awk -v b="$1" 'BEGIN { ms = int(b / 48); printf "%02d:%02d:%02d,%03d", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000 }'; }

# Reads spoken/NAME.txt aloud: a line is a breath, an empty line a rest, "pause N" N seconds. Writes captions beside it.
speak() { # name voice sound captions start
  local name=$1 voice=$2 sound=$3 captions=$4 start=$5 line from number=0
  : >"$sound"; : >"$captions"
  while IFS= read -r line; do
    case $line in
      "") silence 0.5 >>"$sound" ;;
      "pause "*) silence "${line#pause }" >>"$sound" ;;
      *)
        from=$(($(stat -c %s "$sound") + start))
        printf '%s\n' "$line" >"$aside/line.txt"
        raw -f lavfi -i "flite=textfile=$aside/line.txt:voice=$voice" >>"$sound"
        number=$((number + 1))
        printf '%d\n%s --> %s\n%s\n\n' "$number" "$(stamp "$from")" "$(stamp $(($(stat -c %s "$sound") + start)))" "$line" >>"$captions"
        silence 0.25 >>"$sound" ;;
    esac
  done <"spoken/$name.txt"
}

# Plays scores/NAME.score: every note is a decaying tone with three harmonics; a token is an eighth, "-" a rest, "+" a chord.
# ffmpeg takes some hundred terms in one expression, so the notes are dealt out to several sources.
play() { # name sound
  local graph
  graph=$(awk -v rate="$rate" '
    function pitch(note,   step) {
      step = index("C D EF G A B", substr(note, 1, 1)) - 1 + (note ~ /#/)
      return 440 * 2 ^ (substr(note, length(note)) - 4 + (step - 9) / 12)
    }
    function tone(at, seconds, gain, decay, note,   turn) {
      turn = sprintf("%.4f*(t-%.4f)", 2 * 3.14159265 * pitch(note), at)
      return sprintf("if(between(t,%.4f,%.4f),%.3f*exp(-%.2f*(t-%.4f))*min(1,60*(t-%.4f))*min(1,8*(%.4f-t))*(sin(%s)+0.3*sin(2*%s)+0.08*sin(3*%s)),0)",
        at, at + seconds, 0.3 * gain, decay, at, at, at + seconds, turn, turn, turn)
    }
    /^#/ || NF == 0 { next }
    $1 == "tempo" { unit = 30 / $2; next }
    $1 == "voice" { gain[$2 ":"] = $3; decay[$2 ":"] = $4; seconds[$2 ":"] = $5; next }
    {
      for (i = 2; i <= NF; i++) {
        at = position[$1]++ * unit
        if (at + unit > total) total = at + unit
        if ($i == "-") continue
        count = split($i, chord, "+")
        for (n = 1; n <= count; n++) {
          dealt = int(notes / 40); notes += 1
          source[dealt] = source[dealt] "+" tone(at, seconds[$1], gain[$1], decay[$1], chord[n])
        }
      }
    }
    END {
      sources = int((notes - 1) / 40) + 1
      for (n = 0; n < sources; n++) printf "aevalsrc=\0470%s\047:s=%d:d=%.3f[s%d];", source[n], rate, total, n
      for (n = 0; n < sources; n++) printf "[s%d]", n
      printf "amix=inputs=%d:normalize=0", sources
    }' "scores/$1.score")
  raw -f lavfi -i "$graph" >"$2"
}

# One file: the sound first, then the picture around it when there is one.
make() { # file kbit voice music picture
  local file=$1 kbit=$2 voice=$3 music=$4 picture=$5 name=${1%.*} sound=$aside/sound.raw title length
  title=$(jq -er --arg name "$file" '.[].items[] | select(.name == $name) | .title' station.json)
  : >"$sound"; : >"$aside/music.raw"; : >"$aside/voice.raw"
  [ "$music" = - ] || play "${music#*:}" "$aside/music.raw"
  case $music in before:*) length=$(stat -c %s "$aside/music.raw") ;; *) length=0 ;; esac
  [ "$voice" = - ] || speak "$name" "$voice" "$aside/voice.raw" "$aside/captions.srt" "$length"
  case $music in
    under:*) raw -f s16le -ar "$rate" -ac 1 -i "$aside/voice.raw" -f s16le -ar "$rate" -ac 1 -i "$aside/music.raw" \
      -filter_complex "[1]volume=0.35[low];[0]apad=pad_dur=2[high];[high][low]amix=inputs=2:duration=first:normalize=0" >"$sound" ;;
    *) cat "$aside/music.raw" "$aside/voice.raw" >"$sound" ;;
  esac
  silence 0.5 >>"$sound"

  local tags=(-map_metadata -1 -fflags +bitexact -flags:a +bitexact -flags:v +bitexact
    -metadata "title=$title" -metadata "artist=Demo Station" -metadata "album=Demo Station")
  local level="loudnorm=I=-18:TP=-3.5:LRA=11,aresample=$rate,aformat=channel_layouts=mono" input=(-f s16le -ar "$rate" -ac 1 -channel_layout mono -i "$sound")
  case $file in
    *.mp3) quiet "${input[@]}" -af "$level" -c:a libmp3lame -b:a "${kbit}k" -id3v2_version 3 "${tags[@]}" "$aside/$file" ;;
    *.m4a) quiet "${input[@]}" -af "$level" -c:a aac -b:a "${kbit}k" -movflags +faststart "${tags[@]}" "$aside/$file" ;;
    *.ogg) quiet "${input[@]}" -af "$level" -c:a libvorbis -b:a "${kbit}k" "${tags[@]}" "$aside/$file" ;;
    *.opus) quiet "${input[@]}" -af "$level" -c:a libopus -vbr constrained -b:a "${kbit}k" "${tags[@]}" "$aside/$file" ;;
    *.mp4)
      [ "$voice" = - ] || picture+="[drawn];[drawn]subtitles=$aside/captions.srt:force_style='FontName=DejaVu Sans,FontSize=17,BorderStyle=3,Outline=1,MarginV=12'"
      length=$(awk -v b="$(stat -c %s "$sound")" 'BEGIN { print b / 48000 }')
      quiet "${input[@]}" -f lavfi -i "$picture" -map 1:v -map 0:a -t "$length" -af "$level" -c:a aac -b:a "${kbit}k" \
        -c:v libx264 -threads 1 -preset slow -crf 30 -g 100 -pix_fmt yuv420p -movflags +faststart "${tags[@]}" "$aside/$file" ;;
  esac
  mv "$aside/$file" "media/$file"
}

# The durations in station.json are what players show, so they must be what the files are.
agree() { # file
  local heard written
  heard=$(ffprobe -v error -show_entries format=duration -of csv=p=0 "media/$1" | awk '{ printf "%.0f", $1 }')
  written=$(jq -r --arg name "$1" '.[].items[] | select(.name == $name) | .duration' station.json)
  printf '%-32s %8d bytes %5d s\n' "$1" "$(stat -c %s "media/$1")" "$heard"
  [ "$heard" = "$written" ] || { echo "make-media: station.json says $written s for $1" >&2; return 1; }
}

mkdir -p media
wrong=0
while IFS=$'\t' read -r file kbit voice music picture; do
  case $file in "#"* | "") continue ;; esac
  [ $# -eq 0 ] || [[ " $* " == *" $file "* ]] || continue
  make "$file" "$kbit" "$voice" "$music" "$picture"
  agree "$file" || wrong=1
done <media.tsv
echo "all of demo/: $(du -sb . | cut -f1) bytes"
exit "$wrong"
