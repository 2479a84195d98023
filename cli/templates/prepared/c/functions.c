// The resource of wit/world.wit, by the canonical ABI: a method gets the representation that the constructor returned,
// here an address; a string is passed as pointer and length. PL/Wasm keeps what the constructor makes, and begins each
// call of a method with it, so a method need not free what it allocates.
#include <stddef.h>
#include <stdint.h>

#define INTERFACE "local:@name@/texts@1.0.0#"
#define EXPORT(name) __attribute__((export_name(name)))

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

typedef struct {
    const char *words;
    size_t length;
} wordlist;

// Returns the end of the word that begins at `at`.
static size_t end_of_word(const char *text, size_t at, size_t length) {
    while (at < length && text[at] != ' ')
        at++;
    return at;
}

static _Bool contains(const wordlist *list, const char *word, size_t length) {
    for (size_t at = 0; at < list->length; at++) {
        size_t end = end_of_word(list->words, at, list->length);
        size_t same = 0;
        while (same < length && same < end - at && list->words[at + same] == word[same])
            same++;
        if (same == length && same == end - at)
            return 1;
        at = end;
    }
    return 0;
}

EXPORT(INTERFACE "[constructor]wordlist")
wordlist *wordlist_new(const char *words, size_t length) {
    wordlist *list = cabi_realloc(NULL, 0, sizeof(void *), sizeof(wordlist));
    *list = (wordlist){words, length};
    return list;
}

EXPORT(INTERFACE "[method]wordlist.hits")
int32_t wordlist_hits(const wordlist *list, const char *text, size_t length) {
    int32_t hits = 0;
    for (size_t at = 0; at < length; at++) {
        size_t end = end_of_word(text, at, length);
        hits += end > at && contains(list, text + at, end - at);
        at = end;
    }
    return hits;
}
