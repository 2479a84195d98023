// The canonical ABI of the Component Model: its types as they lie in memory, and memory for a call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string_view>

#define EXPORT(name) extern "C" [[clang::export_name(name)]]

/// The host calls cabi_post_<export> when it has read the result: nothing of a call outlives it.
#define POST_RETURN(function) \
    EXPORT("cabi_post_" #function) void post_##function(const void *) { abi::arena.release(); }

namespace abi {

/// The memory of a call: blocks that follow each other in pieces of malloc's, and are released at once. What a container
/// held is there after the container's end, until then.
class call_memory final : public std::pmr::memory_resource {
public:
    /// Changes the size of a block, in place if it can. Keeps what the block holds, as far as it fits.
    void *resize(void *block, size_t old_size, size_t alignment, size_t size);
    /// Releases all blocks. Keeps the last piece for the next call.
    void release();

private:
    struct piece {
        piece *previous;
        size_t size;
    };
    piece *last = nullptr;
    /// What is free of the last piece.
    std::byte *next = nullptr, *end = nullptr;

    /// Makes all of the last piece free.
    void begin();
    void *do_allocate(size_t size, size_t alignment) override;
    /// Takes back the last block; the others wait for `release`.
    void do_deallocate(void *block, size_t size, size_t alignment) override;
    bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override { return this == &other; }
};

extern call_memory arena;

template <class T>
struct list {
    T *items;
    size_t length;

    list() = default;
    list(T *items, size_t length) : items(items), length(length) {}
    list(std::span<T> items) : list(items.data(), items.size()) {}
};

struct string : list<const char> {
    using list::list;
    string() = default;
    string(std::string_view text) : list(text.data(), text.size()) {}
    string(const char *text) : string(std::string_view(text)) {}
};

template <class T>
struct option {
    bool some;
    T value;

    option() = default;
    option(T value) : some(true), value(value) {}
};

template <class T, class E>
struct result {
    bool is_error;
    union {
        T value;
        E error;
    };

    static result ok(T value) { return {.is_error = false, .value = value}; }
    static result err(E error) { return {.is_error = true, .error = error}; }
};

/// All that is more than one scalar is returned by address.
template <class T>
const T *returned(T value)
{
    return new (arena.allocate(sizeof(T), alignof(T))) T(value);
}

} // namespace abi
