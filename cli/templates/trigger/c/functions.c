// The trigger function of wit/world.wit, by the canonical ABI: the fields of a record are passed one after another, a string as
// pointer and length, and a result is returned as a pointer to it. Every call begins with the module's pristine state, so it need
// not free what it allocates.
#include <stddef.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))

// A result<person, string>. Both cases begin with a string.
typedef struct {
    _Bool is_error;
    const char *bytes;
    size_t length;
    int32_t edits;
} result;

extern unsigned char __heap_base;
static uintptr_t next = (uintptr_t)&__heap_base;

EXPORT("cabi_realloc")
void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
    uintptr_t at = (next + align - 1) & -(uintptr_t)align, end = at + size;
    uintptr_t have = __builtin_wasm_memory_size(0) * 65536;
    if (end < at || (end > have && __builtin_wasm_memory_grow(0, (end - have + 65535) / 65536) == SIZE_MAX))
        __builtin_trap(); // an SQL error
    next = end;
    if (old)
        __builtin_memcpy((void *)at, old, old_size < size ? old_size : size);
    return (void *)at;
}

EXPORT("tidy")
result *tidy(const char *email, size_t length, int32_t edits) {
    static const char error[] = "this is no e-mail address";
    result *returned = cabi_realloc(NULL, 0, sizeof(void *), sizeof(result));
    char *lower = cabi_realloc(NULL, 0, 1, length);
    _Bool has_at = 0;
    for (size_t i = 0; i < length; i++) {
        has_at |= email[i] == '@';
        lower[i] = email[i] >= 'A' && email[i] <= 'Z' ? email[i] + ('a' - 'A') : email[i];
    }
    *returned = has_at ? (result){0, lower, length, edits + 1} : (result){1, error, sizeof(error) - 1, 0};
    return returned;
}
