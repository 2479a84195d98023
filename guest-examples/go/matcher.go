// The interface patterns of ../wit/resources.wit: Go's own regular expressions. A matcher is represented by its index,
// as the collector moves or frees what only the host knows.
package main

import (
	"regexp"
	"unsafe"
)

var matchers []*regexp.Regexp

//go:wasmimport [export]plwasm:examples/patterns@1.0.0 [resource-new]matcher
func newMatcher(index uint32) uint32

//go:wasmexport plwasm:examples/patterns@1.0.0#[constructor]matcher
func matcher(pattern string) unsafe.Pointer {
	compiled, problem := regexp.Compile(pattern)
	if problem != nil {
		return err(stringOf(problem.Error()))
	}
	matchers = append(matchers, compiled)
	return ok(newMatcher(uint32(len(matchers) - 1)))
}

//go:wasmexport plwasm:examples/patterns@1.0.0#[method]matcher.is-match
func isMatch(index uint32, text string) bool {
	isOver = true
	return matchers[index].MatchString(text)
}

//go:wasmexport plwasm:examples/patterns@1.0.0#[method]matcher.replace
func replace(index uint32, text, replacement string) unsafe.Pointer {
	return returned(stringOf(matchers[index].ReplaceAllString(text, replacement)))
}

//go:wasmexport plwasm:examples/patterns@1.0.0#[method]matcher.find-all
func findAll(index uint32, text string) unsafe.Pointer {
	var found []list
	for _, match := range matchers[index].FindAllString(text, -1) {
		found = append(found, stringOf(match))
	}
	return returned(listOf(found))
}

func main() {}
