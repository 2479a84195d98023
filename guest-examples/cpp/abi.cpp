#include "abi.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>

constinit abi::call_memory abi::arena;

void abi::call_memory::begin()
{
    next = reinterpret_cast<std::byte *>(last + 1);
    end = reinterpret_cast<std::byte *>(last) + last->size;
}

void *abi::call_memory::do_allocate(size_t size, size_t alignment)
{
    void *block = next;
    size_t room = end - next;

    if (!std::align(alignment, size, block, room)) {
        // each piece is twice as large as the one before, so that there are few
        size_t needed;
        if (__builtin_add_overflow(size, sizeof(piece) + alignment, &needed))
            needed = SIZE_MAX;
        size_t bytes = std::max(last ? 2 * last->size : 4096, needed);
        last = new (::operator new(bytes)) piece{last, bytes};
        begin();
        block = next;
        room = end - next;
        std::align(alignment, size, block, room);
    }
    next = static_cast<std::byte *>(block) + size;
    return block;
}

void abi::call_memory::do_deallocate(void *block, size_t size, size_t)
{
    if (static_cast<std::byte *>(block) + size == next)
        next = static_cast<std::byte *>(block);
}

void *abi::call_memory::resize(void *block, size_t old_size, size_t alignment, size_t size)
{
    auto begin = static_cast<std::byte *>(block);

    if (begin + old_size == next && size <= size_t(end - begin)) {
        next = begin + size;
        return block;
    }
    if (size <= old_size)
        return block;
    return std::memcpy(allocate(size, alignment), block, old_size);
}

void abi::call_memory::release()
{
    if (!last)
        return;
    while (auto previous = last->previous) {
        last->previous = previous->previous;
        ::operator delete(previous);
    }
    begin();
}

/// The host asks for memory, and gives back what it needs no longer.
EXPORT("cabi_realloc")
void *cabi_realloc(void *block, size_t old_size, size_t alignment, size_t size)
{
    return block ? abi::arena.resize(block, old_size, alignment, size) : abi::arena.allocate(size, alignment);
}

/// What went wrong. Its address is exported as a global: PL/Wasm reads it after the trap.
extern "C" abi::string plwasm_panic_message;
abi::string plwasm_panic_message;

/// The format with its strings put in. printf would do more, and name WASI.
[[noreturn]] static void panic(const char *format, va_list arguments)
{
    static char room[256];
    char *end = room;

    auto append = [&end](std::string_view text) {
        end = std::ranges::copy(text.substr(0, std::end(room) - end), end).out;
    };
    for (; *format; ++format) {
        if (format[0] == '%' && format[1] == 's') {
            append(va_arg(arguments, const char *));
            ++format;
        } else {
            append({format, 1});
        }
    }
    plwasm_panic_message = std::string_view(room, end);
    __builtin_trap();
}

/// Where libc++ ends, as it is built without exceptions here: what would be thrown is said in words. Its own functions
/// write them to the standard error, for which they name WASI.
void std::__libcpp_verbose_abort(const char *format, ...) noexcept
{
    va_list arguments;

    va_start(arguments, format);
    panic(format, arguments);
}

/// The same of libc++abi.
extern "C" void __abort_message(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    panic(format, arguments);
}

/// The same of libc.
extern "C" void abort()
{
    __builtin_trap();
}
