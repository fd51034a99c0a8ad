#!/bin/sh
# Prints the interpreter to build .venv with: the one that .venv has; else the first that is new enough, can make
# virtual environments and was built with its optimizer; else the first that is new enough; else python3, which then says
# what to install. A CPython compiled without profile-guided optimization (pyenv's, unless told otherwise) takes a quarter
# more time for everything than a distribution's, python.org's or uv's of the same version.
set -u

# 0: new enough, with venv and optimized; 1: too old; 2: new enough only. Debian's profile flags are not in its configure
# line: its build empties PGO_PROF_USE_FLAG instead.
PROBE='
import sys
if sys.version_info < (3, 11): sys.exit(1)
import importlib.util, sysconfig
told = sysconfig.get_config_var("CONFIG_ARGS") or ""
plain = sysconfig.get_config_var("PGO_PROF_USE_FLAG") and "--enable-optimizations" not in told
sys.exit(2 if plain or importlib.util.find_spec("ensurepip") is None else 0)
'

second=
for python in .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
  "$python" -c "$PROBE" 2>/dev/null
  kind=$?
  case "$kind" in
    0) echo "$python"; exit ;;
    2) if [ "$python" = .venv/bin/python ]; then echo "$python"; exit; fi
       second=${second:-$python} ;;
  esac
done
echo "${second:-python3}"
