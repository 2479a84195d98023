// The resource of wit/world.wit, by the canonical ABI: a method gets the representation that the constructor returned,
// here an address; a string is passed as pointer and length. Each group of a query has a state of its own, which stays
// from row to row: what step allocates has to be freed.
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
    uint64_t count, sum;
} average_length;

// The first byte of what is saved. Change it with the format.
enum { VERSION = 1, SAVED = 1 + sizeof(average_length) };

// Where memory begins that belongs to one call alone.
static uintptr_t kept;

// Frees what the call has allocated, its arguments included.
static void release(void) {
    next = kept;
}

EXPORT(INTERFACE "[constructor]average-length")
average_length *average_length_new(void) {
    average_length *state = cabi_realloc(NULL, 0, sizeof(uint64_t), sizeof(average_length));
    *state = (average_length){0, 0};
    kept = next;
    return state;
}

EXPORT(INTERFACE "[method]average-length.step")
void average_length_step(average_length *state, const char *text, size_t length) {
    state->count++;
    for (size_t i = 0; i < length; i++)
        state->sum += (text[i] & 0xc0) != 0x80; // the first byte of a character in UTF-8
    release();
}

typedef struct {
    uint8_t is_some;
    double value;
} option_f64;

EXPORT(INTERFACE "[method]average-length.finish")
option_f64 *average_length_finish(const average_length *state) {
    static option_f64 result;
    result.is_some = state->count > 0;
    result.value = state->count > 0 ? (double)state->sum / (double)state->count : 0;
    return &result;
}

typedef struct {
    const uint8_t *bytes;
    size_t length;
} list_u8;

EXPORT(INTERFACE "[method]average-length.save")
list_u8 *average_length_save(const average_length *state) {
    static uint8_t saved[SAVED];
    static list_u8 result = {saved, SAVED};
    saved[0] = VERSION;
    __builtin_memcpy(saved + 1, state, sizeof *state);
    return &result;
}

typedef struct {
    uint8_t is_error;
    const char *message;
    size_t length;
} result;

EXPORT(INTERFACE "[method]average-length.merge")
result *average_length_merge(average_length *state, const uint8_t *saved, size_t length) {
    static const char malformed[] = "malformed saved state";
    static result result;
    average_length other;
    if (length != SAVED || saved[0] != VERSION) {
        result.is_error = 1;
        result.message = malformed;
        result.length = sizeof malformed - 1;
        return &result;
    }
    __builtin_memcpy(&other, saved + 1, sizeof other);
    state->count += other.count;
    state->sum += other.sum;
    result.is_error = 0;
    release();
    return &result;
}
