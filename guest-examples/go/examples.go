// The exports of ../wit/examples.wit. A parameter that is a list is two, address and length; a record is one per field.
// An export takes and returns numbers, bool, strings (as parameters alone) and pointers, nothing else.
package main

import (
	"math"
	"slices"
	"strings"
	"structs"
	"unsafe"
)

//go:wasmexport add
func add(a, b int32) unsafe.Pointer {
	sum := int64(a) + int64(b)
	if sum != int64(int32(sum)) {
		return err(sqlError{
			sqlstate: stringOf("22003"),
			message:  stringOf("integer out of range"),
			hint:     some(stringOf("Add them as bigint.")),
		})
	}
	return ok(int32(sum))
}

func isNeitherLetterNorDigit(r rune) bool {
	return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9')
}

//go:wasmexport slugify
func slugify(text string) unsafe.Pointer {
	words := strings.FieldsFunc(text, isNeitherLetterNorDigit)
	return returned(stringOf(strings.ToLower(strings.Join(words, "-"))))
}

//go:wasmexport total
func total(numbers *option[int32], length uint32) int64 {
	sum := int64(0)
	for _, number := range unsafe.Slice(numbers, length) {
		if number.some {
			sum += int64(number.value)
		}
	}
	isOver = true
	return sum
}

// Two records of two fields each.
//
//go:wasmexport distance
func distance(ax, ay, bx, by float64) float64 {
	x, y := ax-bx, ay-by
	return math.Sqrt(x*x + y*y)
}

type mood uint8

const (
	sad mood = iota
	okay
	happy
)

//go:wasmexport better
func better(now uint32) unsafe.Pointer {
	if mood(now) == happy {
		return returned(option[mood]{})
	}
	return returned(some(mood(now) + 1))
}

//go:wasmexport reverse
func reverse(bytes *uint8, length uint32) unsafe.Pointer {
	reversed := unsafe.Slice(bytes, length)
	slices.Reverse(reversed)
	return returned(listOf(reversed))
}

// The words' bytes stay where they are: what is made is a list of where.
//
//go:wasmexport words
func words(text string) unsafe.Pointer {
	var words []list
	for word := range strings.SplitSeq(text, " ") {
		if word != "" {
			words = append(words, stringOf(word))
		}
	}
	return returned(listOf(words))
}

type orderLine struct {
	_        structs.HostLayout
	article  list
	quantity option[int32]
	price    list
}

//go:wasmexport counted
func counted(lines unsafe.Pointer, length uint32) unsafe.Pointer {
	all := unsafe.Slice((*orderLine)(lines), length)
	return returned(listOf(slices.DeleteFunc(all, func(line orderLine) bool { return !line.quantity.some })))
}

type interval struct {
	_            structs.HostLayout
	months, days int32
	microseconds int64
}

//go:wasmexport scale
func scale(months, days int32, microseconds int64, n int32) unsafe.Pointer {
	return returned(interval{months: months * n, days: days * n, microseconds: microseconds * int64(n)})
}

var count uint32

//go:wasmexport calls
func calls() uint32 {
	count++
	return count
}

//go:wasmexport fail
func fail(message string) unsafe.Pointer {
	return err(stringOf(message))
}

func main() {}
