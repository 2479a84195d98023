// A function of an ordinary C program: it writes to standard output and standard error, and checks its argument with assert().

#include <assert.h>
#include <stdio.h>

/// Returns how many boxes of this size are full, and says so.
__attribute__((export_name("boxes"))) int boxes(int pieces, int size) {
    assert(size > 0);
    if (pieces % size != 0) {
        fprintf(stderr, "%d pieces are left\n", pieces % size);
    }
    printf("%d boxes\n", pieces / size);
    fflush(stdout);
    return pieces / size;
}
