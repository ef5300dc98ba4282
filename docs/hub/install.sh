#!/bin/sh
# Make the hub's environment from this checkout, as root on Debian or Ubuntu:
#   sudo sh docs/hub/install.sh /opt/backward-by-hand
# Students' programs run in it with their own rights, so it must be readable by everybody and
# below no private folder. Running it again brings it up to date.
set -eu
umask 022
place=${1:-/opt/backward-by-hand}
here=$(dirname "$(readlink -f "$0")")

packages=
/usr/bin/python3 -c 'import ensurepip' 2>/dev/null || packages="python3 python3-venv"
command -v npm >/dev/null || packages="$packages nodejs npm"
command -v git >/dev/null || packages="$packages git"
command -v bwrap >/dev/null || packages="$packages bubblewrap"
if [ -n "$packages" ]; then
    echo "Installing $packages."
    apt-get update -q
    # shellcheck disable=SC2086
    apt-get install -qy --no-install-recommends $packages
fi

[ -x "$place/bin/python" ] || /usr/bin/python3 -m venv "$place"
pip="$place/bin/pip --disable-pip-version-check install --no-input --progress-bar=off -q"
$pip --require-hashes --only-binary=:all: -r "$here/requirements.lock"
# course_utils alone: no solution and no grading is in the wheel. And what the hub has of its own.
$pip --no-index --no-deps --no-build-isolation --force-reinstall "$here/../.." "$here"
cp "$here/kernel.json" "$place/share/jupyter/kernels/python3/kernel.json"

mkdir -p "$place/proxy" "$place/hub"
cp "$here/package.json" "$here/package-lock.json" "$place/proxy"
npm ci --prefix "$place/proxy" --no-audit --no-fund --loglevel=error
cp -R "$here/jupyterhub_config.py" "$here/templates" "$place/hub"
cp -R "$here/students" "$here/assistants" "$here/course" "$place/hub"
echo "Ready: $place/bin/jupyterhub -f $place/hub/jupyterhub_config.py"
