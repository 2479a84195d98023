//! The interface `sums` of ../wit/resources.wit. A state is represented by its address. It outlives the call that makes
//! it, so it is not in the arena.

const std = @import("std");
const abi = @import("abi.zig");

pub const panic = std.debug.FullPanic(abi.panic);

const interface = "plwasm:examples/sums@1.0.0#";

comptime {
    for (.{ "step", "unstep", "finish", "save", "merge" }) |name| {
        @export(&@field(Total, name), .{ .name = interface ++ "[method]total." ++ name });
    }
    @export(&Total.create, .{ .name = interface ++ "[constructor]total" });
    abi.exportPostReturn(&.{
        interface ++ "[method]total.finish",
        interface ++ "[method]total.save",
        interface ++ "[method]total.merge",
    });
}

/// The host makes a handle of the address.
const handles = struct {
    extern "[export]plwasm:examples/sums@1.0.0" fn @"[resource-new]total"(*Total) u32;
};

const Total = struct {
    /// The sum of many integers cannot leave an i128.
    sum: i128,

    fn create() callconv(.c) u32 {
        const total = std.heap.wasm_allocator.create(Total) catch @panic("out of memory");
        total.sum = 0;
        return handles.@"[resource-new]total"(total);
    }

    fn step(total: *Total, value: i64) callconv(.c) void {
        total.sum += value;
    }

    fn unstep(total: *Total, value: i64) callconv(.c) bool {
        total.sum -= value;
        return true;
    }

    fn finish(total: *const Total) callconv(.c) *const abi.Result(i64, abi.String) {
        const Sum = abi.Result(i64, abi.String);
        const sum = std.math.cast(i64, total.sum) orelse
            return abi.returned(Sum.err(.of("bigint out of range")));
        return abi.returned(Sum.ok(sum));
    }

    /// A byte with the version, and the sum.
    const Saved = extern struct { version: u8, sum: [16]u8 };

    fn save(total: *const Total) callconv(.c) *const abi.List(u8) {
        const saved = abi.returned(Saved{ .version = 1, .sum = @bitCast(total.sum) });
        return abi.returned(abi.List(u8).of(std.mem.asBytes(saved)));
    }

    fn merge(total: *Total, bytes: [*]const u8, length: usize) callconv(.c) *const abi.Result(u8, abi.String) {
        const Merged = abi.Result(u8, abi.String);
        const malformed = Merged.err(.of("malformed saved state"));
        if (length != @sizeOf(Saved) or bytes[0] != 1) return abi.returned(malformed);
        const sum: i128 = @bitCast(bytes[1..@sizeOf(Saved)].*);
        total.sum = std.math.add(i128, total.sum, sum) catch return abi.returned(malformed);
        return abi.returned(Merged.ok(0));
    }
};
