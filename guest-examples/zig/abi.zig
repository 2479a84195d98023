//! The canonical ABI of the Component Model: its types, and memory for a call.

const std = @import("std");

pub fn List(comptime T: type) type {
    return extern struct {
        items: [*]const T,
        length: usize,

        pub fn of(slice: []const T) @This() {
            return .{ .items = slice.ptr, .length = slice.len };
        }
    };
}

pub const String = List(u8);

pub fn Option(comptime T: type) type {
    return extern struct {
        some: bool,
        value: T = undefined,

        pub const none: @This() = .{ .some = false };

        pub fn of(value: T) @This() {
            return .{ .some = true, .value = value };
        }
    };
}

pub fn Result(comptime T: type, comptime E: type) type {
    return extern struct {
        is_err: bool,
        payload: extern union { ok: T, err: E },

        pub fn ok(value: T) @This() {
            return .{ .is_err = false, .payload = .{ .ok = value } };
        }

        pub fn err(value: E) @This() {
            return .{ .is_err = true, .payload = .{ .err = value } };
        }
    };
}

/// Everything that a call needs, from its arguments on; released at once.
var arena: std.heap.ArenaAllocator = .init(std.heap.wasm_allocator);
pub const allocator = arena.allocator();

pub fn release() void {
    _ = arena.reset(.retain_capacity);
}

/// The host calls cabi_post_<export> with the result's address when it has read it.
pub fn exportPostReturn(comptime exports: []const []const u8) void {
    const post = struct {
        fn post(_: *const anyopaque) callconv(.c) void {
            release();
        }
    }.post;
    for (exports) |name| @export(&post, .{ .name = "cabi_post_" ++ name });
}

/// All that is more than one scalar is returned by address.
pub fn returned(value: anytype) *const @TypeOf(value) {
    const result = allocator.create(@TypeOf(value)) catch @panic("out of memory");
    result.* = value;
    return result;
}

/// The host asks for memory, and gives back what it needs no longer. A list without elements has an address, too.
export fn cabi_realloc(old: ?[*]u8, old_size: usize, alignment: usize, new_size: usize) [*]u8 {
    const boundary: std.mem.Alignment = .fromByteUnits(alignment);
    const size = @max(new_size, 1);
    const block: []u8 = if (old) |items| items[0..old_size] else &.{};
    if (block.len > 0 and allocator.rawResize(block, boundary, size, 0)) return block.ptr;
    const items = allocator.rawAlloc(size, boundary, 0) orelse @panic("out of memory");
    const kept = @min(block.len, size);
    @memcpy(items[0..kept], block[0..kept]);
    return items;
}

/// What a panic says. Its address is exported as a global: PL/Wasm reads it after the trap.
export var plwasm_panic_message: String = .of("");

pub fn panic(text: []const u8, _: ?usize) noreturn {
    plwasm_panic_message = .of(text);
    @trap();
}
