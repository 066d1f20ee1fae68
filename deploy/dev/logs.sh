#!/usr/bin/env bash
# logs: Shows the processes' logs.
#
# usage: ./dev logs [process] [-f] [-n LINES]
#   process   e.g. gateway-1, or gateway for all of them; without it, every process
#   -f        goes on showing new lines
#   -n LINES  how many lines of each (100 of one process, 10 of several)
source "$(dirname "${BASH_SOURCE[0]}")/lib/base.sh"

follow=
lines=
wanted=
while (($#)); do
  case $1 in
    -f) follow=1 ;;
    -n)
      lines=$(option_value "$@")
      shift
      ;;
    -*) refuse_option "$1" ;;
    *) wanted=$1 ;;
  esac
  shift
done

files=()
for file in "$logs_dir"/*.log; do
  name=$(basename "$file" .log)
  if [[ -f $file && (-z $wanted || $name == "$wanted" || $name == "$wanted"-[0-9]*) ]]; then
    files+=("$file")
  fi
done
if ((${#files[@]} == 0)); then
  die "there is no log of ${wanted:-any process} in $logs_dir" "./dev up"
fi
if [[ -z $lines ]]; then lines=$((${#files[@]} == 1 ? 100 : 10)); fi
if [[ ! $lines =~ ^[0-9]+$ ]]; then die "-n is $lines, but must be a number" "./dev logs --help"; fi
exec tail -n "$lines" ${follow:+-F} "${files[@]}"
