//! The resource of wit/world.wit, by the canonical ABI: a method gets the representation that the constructor returned,
//! here an address; a string is passed as pointer and length. PL/Wasm keeps what the constructor makes, and begins each
//! call of a method with it, so a method need not free what it allocates.

const std = @import("std");
const allocator = std.heap.wasm_allocator;

const interface = "local:@name@/texts@1.0.0#";

comptime {
    @export(&Wordlist.create, .{ .name = interface ++ "[constructor]wordlist" });
    @export(&Wordlist.hits, .{ .name = interface ++ "[method]wordlist.hits" });
}

export fn cabi_realloc(old: ?[*]u8, old_size: usize, alignment: usize, size: usize) [*]u8 {
    const log2: std.mem.Alignment = @enumFromInt(std.math.log2_int(usize, alignment));
    if (size == 0) return @ptrFromInt(alignment);
    // A panic is an SQL error.
    const new = allocator.rawAlloc(size, log2, 0) orelse @panic("out of memory");
    if (old) |bytes| @memcpy(new[0..@min(old_size, size)], bytes[0..@min(old_size, size)]);
    return new;
}

const Wordlist = struct {
    words: std.StringHashMapUnmanaged(void) = .empty,

    fn create(words: [*]const u8, length: usize) callconv(.c) *Wordlist {
        const list = allocator.create(Wordlist) catch @panic("out of memory");
        list.* = .{};
        var found = std.mem.tokenizeScalar(u8, words[0..length], ' ');
        while (found.next()) |word| list.words.put(allocator, word, {}) catch @panic("out of memory");
        return list;
    }

    fn hits(list: *const Wordlist, text: [*]const u8, length: usize) callconv(.c) i32 {
        var count: i32 = 0;
        var found = std.mem.tokenizeScalar(u8, text[0..length], ' ');
        while (found.next()) |word| count += @intFromBool(list.words.contains(word));
        return count;
    }
};
