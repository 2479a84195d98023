# What a build.sh ends with; to be sourced. In $scratch is what it built: the files that $built names. $made_by
# says with what, and $mode is its argument: nothing keeps the files and writes a checksum for each, --check
# compares them with that.

for file in $built; do
    case $mode in
    --check)
        for path in "$scratch/$file" "$file"; do
            if [ "$(sha256sum < "$path" | cut -d ' ' -f 1)" != "$(cut -d ' ' -f 1 "$file.sha256")" ]; then
                echo "$0: $path is not what $file.sha256 says; this is $made_by" >&2
                exit 1
            fi
        done
        echo "$file is what this source and $made_by give"
        ;;
    '')
        install -m 644 "$scratch/$file" "$file"
        sha256sum "$file" | tee "$file.sha256"
        ;;
    *)
        echo "usage: $0 [--check]" >&2
        exit 2
        ;;
    esac
done
