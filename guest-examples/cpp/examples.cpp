// The exports of ../wit/examples.wit. A parameter that is a list is two, address and length; a record is one per field.

#include "abi.hpp"

#include <algorithm>
#include <cmath>
#include <memory_resource>
#include <ranges>
#include <span>
#include <string>
#include <vector>

using abi::arena;
using abi::list;
using abi::option;
using abi::result;
using abi::returned;
using abi::string;

struct error {
    string sqlstate, message;
    option<string> detail{}, hint{};
};

EXPORT("add")
const result<int32_t, error> *add(int32_t a, int32_t b)
{
    int32_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        return returned(result<int32_t, error>::err({
            .sqlstate = "22003",
            .message = "integer out of range",
            .hint = string("Add them as bigint."),
        }));
    return returned(result<int32_t, error>::ok(sum));
}
POST_RETURN(add)

static bool is_letter_or_digit(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

EXPORT("slugify")
const string *slugify(const char *text, size_t length)
{
    std::pmr::string slug(&arena);

    slug.reserve(length);
    bool gap = false;
    for (char c : std::string_view(text, length)) {
        if (is_letter_or_digit(c)) {
            if (gap && !slug.empty())
                slug += '-';
            slug += c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
        }
        gap = !is_letter_or_digit(c);
    }
    return returned(string(slug));
}
POST_RETURN(slugify)

EXPORT("total")
int64_t total(const option<int32_t> *numbers, size_t length)
{
    int64_t sum = 0;

    for (auto number : std::span(numbers, length))
        if (number.some)
            sum += number.value;
    // the host has nothing to read afterwards, and calls no cabi_post_total
    arena.release();
    return sum;
}

/// Two records of two fields each.
EXPORT("distance")
double distance(double ax, double ay, double bx, double by)
{
    double x = ax - bx, y = ay - by;

    return std::sqrt(x * x + y * y);
}

enum class mood : uint8_t { sad, ok, happy };

EXPORT("better")
const option<mood> *better(mood now)
{
    return returned(now == mood::happy ? option<mood>{} : mood(uint8_t(now) + 1));
}
POST_RETURN(better)

EXPORT("reverse")
const list<uint8_t> *reverse(uint8_t *bytes, size_t length)
{
    std::reverse(bytes, bytes + length);
    return returned(list(bytes, length));
}
POST_RETURN(reverse)

/// The words' bytes stay where they are: what is made is a list of where.
EXPORT("words")
const list<string> *words(const char *text, size_t length)
{
    std::pmr::vector<string> words(&arena);

    for (auto word : std::views::split(std::string_view(text, length), ' '))
        if (!word.empty())
            words.push_back(std::string_view(word));
    return returned(list<string>(words));
}
POST_RETURN(words)

struct order_line {
    string article;
    option<int32_t> quantity;
    string price;
};

EXPORT("counted")
const list<order_line> *counted(order_line *lines, size_t length)
{
    auto end = std::remove_if(lines, lines + length, [](const auto &line) { return !line.quantity.some; });

    return returned(list(lines, end - lines));
}
POST_RETURN(counted)

struct interval {
    int32_t months, days;
    int64_t microseconds;
};

EXPORT("scale")
const interval *scale(int32_t months, int32_t days, int64_t microseconds, int32_t n)
{
    return returned(interval{months * n, days * n, microseconds * n});
}
POST_RETURN(scale)

static uint32_t count;

EXPORT("calls")
uint32_t calls()
{
    return ++count;
}

EXPORT("fail")
const result<string, string> *fail(const char *message, size_t length)
{
    return returned(result<string, string>::err({message, length}));
}
POST_RETURN(fail)
