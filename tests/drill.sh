#!/usr/bin/env bash
# The whole life of a site in one go: make it, plan, approve, apply, verify, bring old files back, heal.
# Usage: tests/drill.sh [PERSONS] [DAYS]      needs a built gdpr4k and ssh-keygen; GDPR4K names another binary
set -euo pipefail

persons=${1:-3000}
days=${2:-730}
top=$(cd "$(dirname "$0")/.." && pwd)
gdpr4k=${GDPR4K:-}
for built in "$top/target/release/gdpr4k" "$top/target/debug/gdpr4k"; do
  [ -n "$gdpr4k" ] || { [ -x "$built" ] && gdpr4k=$built; }
done
[ -n "$gdpr4k" ] || { echo "build it first: cargo build --release -p gdpr4k" >&2; exit 7; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
as_of=2026-11-22
call() { "$gdpr4k" --site site/site.toml --as-of "$as_of" -q "$@"; }
# an ordinary end: 0, or 4 where somebody has to look
ordinary() { local code=0; "$@" || code=$?; case $code in 0 | 4 | 3) ;; *) echo "exit $code of: $*" >&2; exit 1 ;; esac; }
number() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); print(eval("d"+sys.argv[2]))' "$@"; }
same() { [ "$2" = "$3" ] || { echo "FAILED: $1: $2, expected $3" >&2; exit 1; }; }
step() { printf '%6ss  %s\n' "$SECONDS" "$*"; }

step "a site of $persons persons and $days days"
"$gdpr4k" demo site --persons "$persons" --days "$days" -q
sed -i 's/^max_share = .*/max_share = 1.0/' site/site.toml
cp -a site raw

step "an approver, keys, and the plan"
ssh-keygen -q -t ed25519 -N '' -C drill -f approver
sed -i 's/^\[retention\]/[approvals]\nsigners = "allowed_signers"\n\n[retention]/' site/site.toml
ordinary call approver add drill --key approver.pub
ordinary call retention plan -o plan.json --format json > planned.json
due=$(number planned.json '["totals"]["due"]')
same "records are due" "$([ "$due" -gt 0 ] && echo yes)" yes

step "$due records are due; without a signature nothing happens"
code=0; call retention apply plan.json > /dev/null 2>&1 || code=$?
same "an unsigned plan is refused" "$code" 6
ordinary call retention approve plan.json --as drill --key approver

step "carried out"
ordinary call retention apply plan.json --format json > applied.json
same "outcome" "$(number applied.json '["outcome"]')" done
same "what was due is treated" \
  "$(number applied.json '["totals"]["deleted"]+d["totals"]["pseudonymised"]+d["totals"]["cut"]+d["totals"]["generalised"]+d["totals"]["blanked"]')" "$due"

step "read afresh"
ordinary call retention verify --format json > verified.json
same "nothing due is left" "$(number verified.json '["verify"]["due_left"]')" 0
ordinary call retention plan --format json > second.json
same "the second plan is empty" "$(number second.json '["totals"]["due"]')" 0
call ledger verify > /dev/null

step "old files come back from a backup"
cp -a site treated
cp -a raw/cdr/. site/cdr/
ordinary call retention approve --standing --as drill --key approver
ordinary call retention run --format json > healed.json
same "outcome" "$(number healed.json '["outcome"]')" done
ordinary call retention verify --format json > verified.json
same "nothing due is left" "$(number verified.json '["verify"]["due_left"]')" 0
diff -r site/cdr treated/cdr > /dev/null || { echo "FAILED: the healed files differ from the treated ones" >&2; exit 1; }

step "proof"
call retention certificate last --out proof > /dev/null
(cd proof && ssh-keygen -Y verify -f certificate.signers -I site -n gdpr4k-certificate -s certificate.json.sig < certificate.json > /dev/null)
call ledger verify > /dev/null
step "done: planned, approved, applied, verified, restored and healed"
