// The functions of wit/world.wit, by the canonical ABI: a string is passed as pointer and length, and returned as a
// pointer to both. Every call begins with the module's pristine state, so it need not free what it allocates.
#include <stddef.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))

typedef struct {
    const char *bytes;
    size_t length;
} string;

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

// What a function says with this becomes a message of PostgreSQL (docs/messages.md of PL/Wasm): say(1, text, length); 1 is info.
// __attribute__((import_module("plwasm:host/log"), import_name("log"))) void say(int level, const char *text, size_t length);

EXPORT("slugify")
string *slugify(const char *text, size_t length) {
    char *slug = cabi_realloc(NULL, 0, 1, length);
    size_t end = 0;
    _Bool between = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c >= 'A' && c <= 'Z')
            c += 'a' - 'A';
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) {
            between = 1;
            continue;
        }
        if (between && end > 0)
            slug[end++] = '-';
        between = 0;
        slug[end++] = c;
    }
    string *result = cabi_realloc(NULL, 0, sizeof(void *), sizeof(string));
    *result = (string){slug, end};
    return result;
}

// A call that is made once, before any other. What it keeps, such as a table, is there in every call: docs/once.md of
// PL/Wasm. Rename it with the function, or remove it.
__asm__(".section \".custom_section.plwasm:warm\",\"\",@\n"
        ".ascii \"warm=slugify('')\"\n"
        ".text");
