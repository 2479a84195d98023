/* A module with source lines, for the tests of backtraces: functions that trap, also inlined into others. */

#include "share.h"

/* Traps if the number is too large. */
__attribute__((noinline)) static int checked(int number)
{
    if (number > 100)
        __builtin_trap();
    return number;
}

/* Traps in a function of another file, which is inlined twice. */
__attribute__((export_name("portion"))) int portion(int total, int parts)
{
    return share(total, parts) * 2;
}

/* Traps in a function that it calls. */
__attribute__((export_name("check"))) int check(int number)
{
    return checked(number) + checked(number / 2);
}
