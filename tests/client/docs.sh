#!/usr/bin/env bash
# Tests the documentation: every block of every page runs, in a reader's order, each page on a server of its own (see
# tests/lib/page.py), and the site builds (docs/build). Also tests that both detect errors. DOCS="docs/NAME.md ..."
# restricts it to some pages. It takes at most 1800 s. Each page has a limit of its own.
. "$(dirname "$0")/../lib/client.sh"
# Users build guests with a Rust of their own, not with the one that builds PL/Wasm.
PATH=${PATH//"$target/rust:"/}

built=0
said=$("$root/docs/build" 2>&1) || built=$?
if ((built == 77)); then
    echo "skipped docs: $(tail -n 1 <<<"$said")"
    exit
fi
work=$(scratch docs)
trap 'rm -rf "$work"; cluster_cleanup' EXIT
export XDG_CACHE_HOME=$target/docs/cache # downloads of pages are kept for the next run

# page FILE NAME: prints the runner's verdict
page() {
    local place status=0
    place=$(mktemp -d "$work/XXXXXX")
    cluster_start
    "$target/docs/bin/python" "$root/tests/lib/page.py" "$1" "$2" "$place" || status=$?
    cluster_stop
    CLUSTER=
    return "$status"
}

# refused NAME REGEX: the page on standard input fails, and the runner reports why
refused() {
    local said
    cat >"$work/page.md"
    said=$(page "$work/page.md" "a page" 2>&1) && said="passed: $said"
    like "$1" "$said" "$2"
}

runner() {
    refused "another output is found" 'FAILED a page.*line 3: SELECT 1 AS n.*-  *2.*\+  *1' <<'PAGE'
The text follows.

```sql
SELECT 1 AS n;
```

```text
 n
---
 2
(1 row)
```
PAGE
    refused "a block that fails is found" 'FAILED a page.*line 1: false.*exit status 1' <<'PAGE'
```sh
false
```
PAGE
    refused "SQL that fails is found" 'FAILED a page.*exit status 3.*ERROR:  division by zero' <<'PAGE'
```sql
SELECT 1 / 0;
SELECT 2;
```
PAGE
    refused "a block that should fail is found" 'FAILED a page.*it should fail' <<'PAGE'
```sh fails
true
```
PAGE
    refused "an error that does not come is found" 'FAILED a page.*it should fail' <<'PAGE'
```sql
SELECT 1;
```

```text
ERROR:  ...
```
PAGE
    refused "a block that is not run is found" 'FAILED a page.*no such block is known' <<'PAGE'
```python
print("nobody runs this")
```
PAGE
    refused "so is an indented one" 'FAILED a page.*what is not fenced is not run' <<'PAGE'
    SELECT 1
PAGE
    refused "and one that the site would not show" 'FAILED a page.*no block within a list' <<'PAGE'
* Thus:

  ```sql
  SELECT 1;
  ```
PAGE
    refused "and an output of nothing" 'FAILED a page.*no sql or sh block directly before it' <<'PAGE'
```sql
SELECT 1;
```

Words.

```text
 1
```
PAGE
    PAGE_SECONDS=1 refused "a page without an end is ended" 'FAILED a page.*more than 1 s' <<'PAGE'
```sh
sleep 60
```
PAGE
    refused "dots stand for no other words" 'FAILED a page.*-two ... four.*\+two three five' <<'PAGE'
```sh
echo one two; echo two three five; seq 3
```

```text
one ...
two ... four
...
3
```
PAGE
    refused "a session goes on" 'FAILED a page.*line 25.*7 of 6MB in inner' <<'PAGE'
```sh
export SEVEN=7
```

```c title="outer/inner/a.c"
int a;
```

```sh
cd outer/inner
```

```sh
ls
```

```text
a.c
```

```ini title="postgresql.conf"
work_mem = 6MB
```

```sh fails
echo "$SEVEN of $(psql -XAtc 'SHOW work_mem') in ${PWD##*/}"
```
PAGE
}

site() {
    local copy=$work/copy status=0
    is "the site builds, and its links lead somewhere" "$built $said" "0 "
    is "no page is over 8 kB" "$(find README.md docs -name '*.md' -size +8191c)" ""
    mkdir "$copy" "$work/target"
    ln -s "$target/docs" "$work/target/docs"
    cp -r "$root"/{docs,pgrx-config,mkdocs.yml,*.md} "$copy"
    echo '[x](nowhere.md)' >>"$copy/docs/limits.md"
    said=$(CARGO_TARGET_DIR=$work/target "$copy/docs/build") || status=$?
    like "a link that leads nowhere is found" "$status $said" "^1 .*'limits.md' contains a link 'nowhere.md'"
}

cd "$root"
if [[ -n ${DOCS:-} ]]; then
    read -ra pages <<<"$DOCS"
else
    site
    runner
    mapfile -t pages < <(find README.md docs -name '*.md' | LC_ALL=C sort)
fi
for file in "${pages[@]}"; do
    page "$file" "$file" || failures=$((failures + 1))
done
finish
