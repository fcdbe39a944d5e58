#!/usr/bin/env bash
# ./dev check docker: proves the container files without an engine and without a registry of images.
#
# The Dockerfile is built by buildah in a chroot. Its base images are stood in for by Debian's bookworm (debootstrap) with this machine's
# .NET and Node laid in, under the same names. The image's root then runs the product as its own user, read-only, and answers its own
# health check; compose.yaml is read by docker-compose.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "$(id -u)" != 0 ]; then
  echo "./dev check docker changes roots and mounts: run it as root." >&2
  exit 1
fi

cache=${LIVECOMMERCE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/livecommerce}/docker
mkdir -p "$cache"
exec 9>"$cache/lock"
flock -n 9 || { echo "Another check runs on $cache." >&2; exit 1; }

say() { printf '── %s\n' "$*"; }
image=localhost/livecommerce:check
buildah() { command buildah --root "$cache/storage" --runroot "$cache/run" --storage-driver "$driver" "$@" 9>&-; }

# Layers by overlay where the kernel lets us, else as copies.
driver=overlay
if ! command buildah --root "$cache/storage" --runroot "$cache/run" --storage-driver overlay info >/dev/null 2>&1; then driver=vfs; fi

stand_in() { # name, how to lay in what it needs, settings of the image
  local name=$1 lay=$2
  shift 2
  local stamp="$cache/$(echo "$name" | tr '/:' '__').stamp" key
  key="$(dotnet --version) $(node --version) 3"
  if [ "$(cat "$stamp" 2>/dev/null)" = "$key" ] && buildah inspect --type image "$name" >/dev/null 2>&1; then return; fi
  say "standing in for $name"
  local container root
  container=$(buildah from scratch)
  root=$(buildah mount "$container")
  cp -a "$cache/bookworm/." "$root/"
  # The certificates that this machine trusts.
  mkdir -p "$root/etc/ssl/certs"
  cp -aL /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  "$lay" "$root"
  buildah umount "$container" >/dev/null
  buildah config --env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
    --env NUGET_CERT_REVOCATION_MODE=offline "$@" "$container"
  buildah commit --quiet --rm "$container" "$name" >/dev/null
  echo "$key" > "$stamp"
}

lay_node() {
  mkdir -p "$1/usr/local/bin" "$1/usr/local/lib/node_modules"
  cp -aL "$(readlink -f "$(command -v node)")" "$1/usr/local/bin/node"
  local modules
  modules=$(readlink -f "$(npm root -g)")
  cp -a "$modules/npm" "$1/usr/local/lib/node_modules/"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$1/usr/local/bin/npx"
}

dotnet_root() { dirname "$(readlink -f "$(command -v dotnet)")"; }

lay_sdk() {
  mkdir -p "$1/usr/share" "$1/usr/bin"
  cp -a "$(dotnet_root)" "$1/usr/share/dotnet"
  ln -s /usr/share/dotnet/dotnet "$1/usr/bin/dotnet"
}

lay_runtime() {
  mkdir -p "$1/usr/share/dotnet/shared" "$1/usr/bin"
  local from
  from=$(dotnet_root)
  cp -a "$from/dotnet" "$from/host" "$1/usr/share/dotnet/"
  cp -a "$from/shared/Microsoft.NETCore.App" "$from/shared/Microsoft.AspNetCore.App" "$1/usr/share/dotnet/shared/"
  ln -s /usr/share/dotnet/dotnet "$1/usr/bin/dotnet"
  # As Microsoft's image has it.
  echo 'app:x:1654:1654::/home/app:/bin/sh' >> "$1/etc/passwd"
  echo 'app:x:1654:' >> "$1/etc/group"
  mkdir -p "$1/home/app" && chown 1654:1654 "$1/home/app"
}

if [ ! -f "$cache/bookworm/.whole" ]; then
  say "debootstrap bookworm"
  rm -rf "$cache/bookworm"
  debootstrap --variant=minbase --include=ca-certificates,libssl3,libstdc++6,zlib1g,libgssapi-krb5-2 bookworm "$cache/bookworm" > "$cache/debootstrap.log" 2>&1 \
    || { tail -5 "$cache/debootstrap.log" >&2; exit 1; }
  rm -rf "$cache/bookworm/var/cache/apt/archives" && mkdir -p "$cache/bookworm/var/cache/apt/archives/partial"
  touch "$cache/bookworm/.whole"
fi

stand_in docker.io/library/node:20-bookworm-slim lay_node
stand_in mcr.microsoft.com/dotnet/sdk:10.0 lay_sdk --env DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 --env DOTNET_CLI_TELEMETRY_OPTOUT=1 --env DOTNET_NOLOGO=1
stand_in mcr.microsoft.com/dotnet/aspnet:10.0 lay_runtime --env APP_UID=1654

say "building docker/Dockerfile"
buildah bud --quiet --isolation chroot --network host --pull-never --layers --format docker -f docker/Dockerfile -t "$image" . > "$cache/build.log" 2>&1 \
  || { tail -40 "$cache/build.log" >&2; exit 1; }

setting() {
  buildah inspect --type image "$image" | node -e '
    const config = JSON.parse(require("fs").readFileSync(0)).Docker.config;
    const value = process.argv[1].split(".").reduce((at, name) => at?.[name], config);
    console.log(typeof value === "string" ? value : JSON.stringify(value));' "$1"
}
user=$(setting User)
[ "$user" = app ] || { echo "The image runs as \"$user\"." >&2; exit 1; }
health=$(setting Healthcheck.Test)
case "$health" in *'"health"'*) ;; *) echo "The image has no health check: $health" >&2; exit 1 ;; esac
entry=$(setting Entrypoint)
command_line=$(setting Cmd)
say "runs as $user: $entry $command_line"

container=$(buildah from --pull-never "$image")
root=$(buildah mount "$container")
port=$((20000 + RANDOM % 10000))
own=$(du -sm --apparent-size "$root/app" | cut -f1)
whole=$(du -sm --apparent-size "$root" | cut -f1)
say "image: $whole MB, of which the product $own MB"

cleanup() {
  if [ -n "${product:-}" ]; then kill -TERM -- "-$product" 2>/dev/null || true; wait "$product" 2>/dev/null || true; fi
  buildah umount "$container" >/dev/null 2>&1 || true
  buildah rm "$container" >/dev/null 2>&1 || true
}
trap cleanup EXIT

say "running it as its own user on a read-only root"
# A mount namespace of its own: nothing of this is seen outside, and all of it goes with the process.
cat > "$cache/inside.sh" <<'INSIDE'
set -euo pipefail
root=$1 port=$2 cache=$3
mount --make-rprivate /
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
for writable in tmp data recordings; do mount -t tmpfs -o mode=1777 tmpfs "$root/$writable"; done
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
inside() {
  chroot --userspec=1654:1654 --groups=1654 "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin HOME=/home/app \
    LIVECOMMERCE__Player__Path=/app/player DOTNET_EnableDiagnostics=0 LIVECOMMERCE__Video__Rtmp__Port=0 /bin/sh -c "cd /app; $*"
}
if inside 'touch /app/written' 2>/dev/null; then echo "The root can be written to." >&2; exit 1; fi
if [ "$(inside 'id -u')" != 1654 ]; then echo "It runs as another user." >&2; exit 1; fi
inside "ffmpeg -version" | head -1
inside "exec dotnet livecommerce.dll run --data /data --urls http://127.0.0.1:$port" &
product=$!
for _ in $(seq 120); do
  kill -0 "$product" || exit 1
  # The image's own health command, in the image's own root.
  if inside "dotnet livecommerce.dll health --url http://127.0.0.1:$port" > "$cache/health.log" 2>&1; then
    touch "$cache/answered"
    break
  fi
  sleep 1
done
wait "$product"
INSIDE
rm -f "$cache/answered"
setsid unshare --mount --pid --fork --kill-child -- bash "$cache/inside.sh" "$root" "$port" "$cache" > "$cache/product.log" 2>&1 &
product=$!
while [ ! -f "$cache/answered" ]; do
  if ! kill -0 "$product" 2>/dev/null; then
    cat "$cache/product.log" "$cache/health.log" >&2 || true
    echo "The image does not answer its health check $health." >&2
    exit 1
  fi
  sleep 1
done
say "health: $(cat "$cache/health.log")"
page=$(node -e 'fetch(process.argv[1]).then(async r=>{console.log(r.status, (await r.text()).includes("<div id=\"app\"") )})' "http://127.0.0.1:$port/")
say "the page: $page"
case "$page" in 200*) ;; *) exit 1 ;; esac

say "the balancer's nginx.conf"
# Names that change are asked again ("resolve") since 1.27.3; the image's own nginx is Debian's older one, which reads all but that.
version=$(sed -n 's/.*image: nginx:\([0-9.]*\).*/\1/p' docker/compose.yaml)
[ "$(printf '%s\n' 1.27.3 "$version" | sort -V | head -1)" = 1.27.3 ] || { echo "nginx $version does not know server … resolve; 1.27.3 does." >&2; exit 1; }
sed -e 's/ resolve / /' -e 's/gateway-\([12]\):8080/127.0.0.\1:8080/' docker/nginx.conf > "$root/tmp/nginx.conf"
chroot --userspec=1654:1654 "$root" /usr/sbin/nginx -t -q -c /tmp/nginx.conf || exit 1
rm -f "$root/tmp/nginx.conf"
say "nginx $version of compose.yaml knows the rest"

say "compose.yaml"
composed() { env -i PATH="$PATH" HOME="$HOME" "$@" docker-compose -f docker/compose.yaml config; }
if composed > /dev/null 2> "$cache/compose.log"; then echo "compose.yaml is read without its secrets." >&2; exit 1; fi
say "without secrets it says: $(grep -o 'set [A-Z_]*' "$cache/compose.log" | head -1)"
composed LIVECOMMERCE_DB_PASSWORD=a LIVECOMMERCE_LINKS_SECRET=b LIVECOMMERCE_METRICS_KEY=c GRAFANA_PASSWORD=d > "$cache/compose.out"
say "services: $(sed -n '/^services:/,/^[a-rt-z]/p' "$cache/compose.out" | grep -E '^  [a-z0-9-]+:$' | tr -d ':\n')"
say "docker is fine"
