// The functions of wit/world.wit, by the canonical ABI: a string is passed as pointer and length, and returned as a
// pointer to both. Every call begins with the module's first state: what it allocates need not be freed.
package main

import "unsafe"

type slice struct {
	bytes  unsafe.Pointer
	length uint32
}

// What was given out: the collector must not take it.
var given [][]byte

//go:wasmexport cabi_realloc
func cabiRealloc(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	memory := make([]byte, size+align)
	given = append(given, memory)
	address := uintptr(unsafe.Pointer(unsafe.SliceData(memory)))
	start := (uintptr(align) - address%uintptr(align)) % uintptr(align)
	if old != nil {
		copy(memory[start:start+uintptr(size)], unsafe.Slice((*byte)(old), oldSize))
	}
	return unsafe.Pointer(&memory[start])
}

//go:wasmexport slugify
func slugify(text unsafe.Pointer, length uint32) unsafe.Pointer {
	slug := make([]byte, 0, length+1)
	between := false
	for _, c := range unsafe.Slice((*byte)(text), length) {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			between = true
			continue
		}
		if between && len(slug) > 0 {
			slug = append(slug, '-')
		}
		between = false
		slug = append(slug, c)
	}
	given = append(given, slug)
	return unsafe.Pointer(&slice{unsafe.Pointer(unsafe.SliceData(slug)), uint32(len(slug))})
}

func main() {}
