// The window function of wit/world.wit, by the canonical ABI: a list is passed as pointer and length, and returned as a
// pointer to both. Every call begins with the module's pristine state, so it need not free what it allocates.
package main

import (
	"structs"
	"unsafe"
)

// A list in memory, where addresses have 32 bits. A pointer in Go has 64.
type list struct {
	_               structs.HostLayout
	address, length uint32
}

// Memory whose address the host has. It must not be on a stack, and the collector must not free it.
var given []unsafe.Pointer

func give(memory unsafe.Pointer) uint32 {
	given = append(given, memory)
	return uint32(uintptr(memory))
}

func listOf[T any](items []T) list {
	return list{address: give(unsafe.Pointer(unsafe.SliceData(items))), length: uint32(len(items))}
}

// A result of more than one number is returned by address.
func returned[T any](value T) unsafe.Pointer {
	return unsafe.Pointer(&value)
}

// The host allocates memory for the arguments.
//
//go:wasmexport cabi_realloc
func cabiRealloc(_ unsafe.Pointer, _, _, size uint32) unsafe.Pointer {
	memory := unsafe.Pointer(unsafe.SliceData(make([]uint64, size/8+1))) // aligned for every type
	give(memory)
	return memory
}

//go:wasmexport smooth
func smooth(rows unsafe.Pointer, length uint32, width int32) unsafe.Pointer {
	values := unsafe.Slice((*float64)(rows), length)
	averages := make([]float64, length)
	for i := range values {
		first := max(0, i+1-max(1, int(width)))
		sum := 0.0
		for _, value := range values[first : i+1] {
			sum += value
		}
		averages[i] = sum / float64(i+1-first)
	}
	return returned(listOf(averages))
}

func main() {}
