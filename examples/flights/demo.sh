#!/usr/bin/env bash
# Runs delays.sql over 20,000 flights on this machine: a Kinesis server, a job, a producer and a
# consumer, all of them the same binary. Needs bash, coreutils and a built Penstock; no AWS account.
#
#   bash examples/flights/demo.sh [path of penstock, by default bin/penstock of this checkout]
set -euo pipefail
export LC_ALL=C # numbers have a point, and sort is the same everywhere

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=${here%/examples/flights}
penstock=${1:-$repository/bin/penstock}
expected_rows=4561 # pairs of origin and day with a delayed flight, see README.md
rate=2500          # flights per second
show_every=200     # of the rows as they arrive

work=$(mktemp -d)
server='' job='' watcher=''
cleanup() {
  trap - EXIT
  local pid
  for pid in $watcher $job $server; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

say() { printf '\n==> %s\n' "$*"; }

die() {
  printf '\ndemo: %s\n' "$1" >&2
  [[ -z ${2:-} ]] || cat "$2" >&2
  exit 1
}

# parse_row splits a result row. They are flat and come from our own query, so this is enough.
row_pattern='"window_start":"([0-9-]+)[^"]*","origin":"([A-Z0-9]+)","flights":([0-9]+),"avg_delay":([0-9.E]+),"max_delay":([0-9]+)'
parse_row() {
  [[ $1 =~ $row_pattern ]] || die "this row is not what the query should give: $1"
  day=${BASH_REMATCH[1]} origin=${BASH_REMATCH[2]} flights=${BASH_REMATCH[3]}
  average=${BASH_REMATCH[4]} worst=${BASH_REMATCH[5]}
}

table_format='    %-10s  %-6s  %7s  %12s  %12s\n'
print_heading() {
  # shellcheck disable=SC2059 # the format is ours
  printf "$table_format" day origin delayed 'average min' 'worst min'
}
print_row() {
  # shellcheck disable=SC2059
  printf "$table_format" "$day" "$origin" "$flights" "$(printf %.2f "$average")" "$worst"
}

show_rows() {
  local n=0 row
  while IFS= read -r row; do
    n=$((n + 1))
    if ((n % show_every == 0)); then
      parse_row "$row"
      print_row
    fi
  done
}

[[ -x $penstock ]] || die "there is no $penstock: run make build first"
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL

say 'Starting a Kinesis server with the streams flights (4 shards) and delays (1 shard)'
mkfifo "$work/environment"
"$penstock" kinesis --port 0 --stream flights:4 --stream delays >"$work/environment" 2>"$work/server.log" &
server=$!
ready=''
while IFS= read -r line; do # blocks until the server answers; ends early if it does not start
  eval "$line"
  [[ $line == *AWS_REGION=* ]] && ready=yes && break
done <"$work/environment"
[[ $ready ]] || die 'the server does not start:' "$work/server.log"
printf '    it answers on %s\n' "$AWS_ENDPOINT_URL_KINESIS"

say 'Starting the job: penstock run delays.sql. It reads flights and writes a row per airport and day to delays'
"$penstock" run "$here/delays.sql" --idle-exit 2s --status-interval 0 >"$work/job.log" 2>&1 &
job=$!

say "Replaying 20,000 flights of early 2001, $rate per second. Every ${show_every}th result row, as it arrives:"
print_heading
mkfifo "$work/rows"
show_rows <"$work/rows" &
"$penstock" tail delays --from trim-horizon >"$work/rows" 2>"$work/tail.log" &
watcher=$!
"$penstock" put flights --file "$here/flights.ndjson.gz" --partition-key-field origin --rate "$rate/s" 2>"$work/put.log" ||
  die 'the flights could not be written:' "$work/put.log"

wait "$job" || die 'the job failed:' "$work/job.log"
job=''
kill "$watcher" && wait "$watcher" || die 'the result could not be followed:' "$work/tail.log"
watcher=''

say 'All flights are read, so the job wrote the last windows and ended. What it says:'
while IFS= read -r line; do printf '    %s\n' "$line"; done <"$work/job.log"

"$penstock" tail delays --from trim-horizon --idle-exit 1s >"$work/rows.ndjson"
say 'The ten worst days of an airport with at least five delayed flights'
while IFS= read -r row; do
  parse_row "$row"
  ((flights < 5)) || printf '%s %s %s %s %s\n' "$average" "$day" "$origin" "$flights" "$worst"
done <"$work/rows.ndjson" | sort -k1,1gr -k2,2 -k3,3 >"$work/sorted"
print_heading
head -n 10 "$work/sorted" | while read -r average day origin flights worst; do print_row; done

rows=$(wc -l <"$work/rows.ndjson")
rows=$((rows)) # some wc pad
((rows == expected_rows)) || die "the stream delays holds $rows rows, but $expected_rows are right"
say "Checked: delays holds $rows rows, exactly as many as there are pairs of airport and day with a delayed flight"

bin=${penstock#"$PWD/"} files=${here#"$PWD/"}
cat <<TEXT

Next, by hand. The first one keeps running; use a second terminal for the others:

  $bin kinesis --stream flights:4 --stream delays
  $bin put flights --file $files/flights.ndjson.gz --partition-key-field origin --endpoint-url http://127.0.0.1:4567
  AWS_ENDPOINT_URL_KINESIS=http://127.0.0.1:4567 $bin run $files/delays.sql
TEXT
