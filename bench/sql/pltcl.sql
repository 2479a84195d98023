-- PL/Tcl, trusted. Expressions are braced, so that Tcl compiles them to byte code.
CREATE EXTENSION IF NOT EXISTS pltcl;

CREATE FUNCTION pltcl_add(int4, int4) RETURNS int4
    LANGUAGE pltcl IMMUTABLE STRICT PARALLEL SAFE AS $$
    return [expr {$1 + $2}]
$$;

CREATE FUNCTION pltcl_upper(text) RETURNS text
    LANGUAGE pltcl IMMUTABLE STRICT PARALLEL SAFE AS $$
    return [string toupper $1]
$$;

CREATE FUNCTION pltcl_levenshtein(text, text) RETURNS int4
    LANGUAGE pltcl IMMUTABLE STRICT PARALLEL SAFE AS $$
    set n [string length $2]
    set prev {}
    for {set j 0} {$j <= $n} {incr j} {
        lappend prev $j
    }
    set i 0
    foreach ca [split $1 {}] {
        set left [incr i]
        set cur [list $left]
        set j 0
        foreach cb [split $2 {}] {
            set best [expr {[lindex $prev $j] + ($ca ne $cb)}]
            incr j
            set up [expr {[lindex $prev $j] + 1}]
            incr left
            if {$up < $best} {set best $up}
            if {$left < $best} {set best $left}
            lappend cur $best
            set left $best
        }
        set prev $cur
    }
    return [lindex $prev end]
$$;
