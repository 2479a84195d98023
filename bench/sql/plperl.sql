-- PL/Perl, trusted.
CREATE EXTENSION IF NOT EXISTS plperl;

CREATE FUNCTION plperl_add(int4, int4) RETURNS int4
    LANGUAGE plperl IMMUTABLE STRICT PARALLEL SAFE AS $$
    return $_[0] + $_[1];
$$;

CREATE FUNCTION plperl_upper(text) RETURNS text
    LANGUAGE plperl IMMUTABLE STRICT PARALLEL SAFE AS $$
    return uc $_[0];
$$;

CREATE FUNCTION plperl_levenshtein(text, text) RETURNS int4
    LANGUAGE plperl IMMUTABLE STRICT PARALLEL SAFE AS $$
    my @a = split //, $_[0];
    my @b = split //, $_[1];
    my @prev = (0 .. @b);
    for my $i (1 .. @a) {
        my @cur = ($i);
        for my $j (1 .. @b) {
            my $best = $prev[$j - 1] + ($a[$i - 1] eq $b[$j - 1] ? 0 : 1);
            $best = $prev[$j] + 1 if $prev[$j] + 1 < $best;
            $best = $cur[$j - 1] + 1 if $cur[$j - 1] + 1 < $best;
            $cur[$j] = $best;
        }
        @prev = @cur;
    }
    return $prev[-1];
$$;
