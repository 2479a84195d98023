/* What lines.c inlines. */

static inline int divided(int total, int parts)
{
    return total / parts;
}

static inline int share(int total, int parts)
{
    return divided(total, parts) + 1;
}
