//! The exports of ../wit/examples.wit. A parameter that is a list is two, address and length; a record
//! is one per field.

const std = @import("std");
const abi = @import("abi.zig");
const List = abi.List;
const Option = abi.Option;
const Result = abi.Result;
const String = abi.String;

pub const panic = std.debug.FullPanic(abi.panic);

comptime {
    abi.exportPostReturn(&.{ "add", "slugify", "better", "reverse", "words", "counted", "scale", "fail" });
}

const Error = extern struct {
    sqlstate: String,
    message: String,
    detail: Option(String) = .none,
    hint: Option(String) = .none,
};

export fn add(a: i32, b: i32) *const Result(i32, Error) {
    const sum = std.math.add(i32, a, b) catch return abi.returned(Result(i32, Error).err(.{
        .sqlstate = .of("22003"),
        .message = .of("integer out of range"),
        .hint = .of(.of("Add them as bigint.")),
    }));
    return abi.returned(Result(i32, Error).ok(sum));
}

/// In place: the argument's bytes are the guest's own, and the result is not longer.
export fn slugify(text: [*]u8, length: usize) *const String {
    var out: usize = 0;
    var gap = false;
    for (text[0..length]) |c| {
        if (!std.ascii.isAlphanumeric(c)) {
            gap = true;
            continue;
        }
        if (gap and out > 0) {
            text[out] = '-';
            out += 1;
        }
        text[out] = std.ascii.toLower(c);
        out += 1;
        gap = false;
    }
    return abi.returned(String.of(text[0..out]));
}

export fn total(numbers: [*]const Option(i32), length: usize) i64 {
    // the host has nothing to read afterwards, and calls no cabi_post_total
    defer abi.release();
    var sum: i64 = 0;
    for (numbers[0..length]) |number| {
        if (number.some) sum += number.value;
    }
    return sum;
}

export fn distance(ax: f64, ay: f64, bx: f64, by: f64) f64 {
    const x = ax - bx;
    const y = ay - by;
    return @sqrt(x * x + y * y);
}

const Mood = enum(u8) { sad, ok, happy };

export fn better(now: Mood) *const Option(Mood) {
    return abi.returned(switch (now) {
        .sad => Option(Mood).of(.ok),
        .ok => Option(Mood).of(.happy),
        .happy => Option(Mood).none,
    });
}

export fn reverse(bytes: [*]u8, length: usize) *const List(u8) {
    std.mem.reverse(u8, bytes[0..length]);
    return abi.returned(List(u8).of(bytes[0..length]));
}

export fn words(text: [*]const u8, length: usize) *const List(String) {
    var list: std.ArrayList(String) = .empty;
    var parts = std.mem.tokenizeScalar(u8, text[0..length], ' ');
    while (parts.next()) |word| list.append(abi.allocator, .of(word)) catch @panic("out of memory");
    return abi.returned(List(String).of(list.items));
}

const OrderLine = extern struct {
    article: String,
    quantity: Option(i32),
    price: String,
};

export fn counted(lines: [*]OrderLine, length: usize) *const List(OrderLine) {
    var out: usize = 0;
    for (lines[0..length]) |line| {
        if (!line.quantity.some) continue;
        lines[out] = line;
        out += 1;
    }
    return abi.returned(List(OrderLine).of(lines[0..out]));
}

const Interval = extern struct { months: i32, days: i32, microseconds: i64 };

/// A product that does not fit is a panic.
export fn scale(months: i32, days: i32, microseconds: i64, n: i32) *const Interval {
    return abi.returned(Interval{
        .months = months * n,
        .days = days * n,
        .microseconds = microseconds * n,
    });
}

var count: u32 = 0;

export fn calls() u32 {
    count += 1;
    return count;
}

export fn fail(message: [*]const u8, length: usize) *const Result(String, String) {
    return abi.returned(Result(String, String).err(.of(message[0..length])));
}
