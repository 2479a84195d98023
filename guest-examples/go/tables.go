// The exports of world tables in ../wit/rows.wit: trigger functions and a window function.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"structs"
	"unsafe"
)

// A record of one string is passed, and returned, as that string.
//
//go:wasmexport email
func email(given string) unsafe.Pointer {
	email := strings.ToLower(strings.TrimSpace(given))
	user, host, _ := strings.Cut(email, "@")
	if user == "" || !strings.Contains(host, ".") || len(strings.Fields(email)) != 1 {
		return err(sqlError{
			sqlstate: stringOf("23514"),
			message:  stringOf("the e-mail address is none"),
			detail:   some(stringOf(fmt.Sprintf(`It is "%s".`, given))),
		})
	}
	return ok(stringOf(email))
}

var operations = [...]string{"insert", "update", "delete", "truncate"}

type row map[string]json.RawMessage

// An event is its operation and its arguments, and an option whether there is a value, and the value. The row that comes back has
// one column. The others stay as they are.
//
//go:wasmexport record-changes
func recordChanges(operation uint32, arguments *list, count uint32, hasOld bool, old, new string) unsafe.Pointer {
	column := textOf(unsafe.Slice(arguments, count)[0])
	before, after := row{}, row{}
	if hasOld {
		must(json.Unmarshal([]byte(old), &before))
	}
	must(json.Unmarshal([]byte(new), &after))
	changes := map[string][2]json.RawMessage{}
	for name, value := range after {
		if name != column && !bytes.Equal(before[name], value) {
			changes[name] = [...]json.RawMessage{before[name], value}
		}
	}
	change := map[string]any{"operation": operations[operation], "changes": changes}
	text, problem := json.Marshal(map[string]any{column: change})
	must(problem)
	return returned(stringOf(string(text)))
}

// A panic is an SQL error.
func must(problem error) {
	if problem != nil {
		panic(problem)
	}
}

type sample struct {
	_     structs.HostLayout
	at    int64
	value option[float64]
}

//go:wasmexport fill-gaps
func fillGaps(rows unsafe.Pointer, length uint32) unsafe.Pointer {
	samples := unsafe.Slice((*sample)(rows), length)
	filled := make([]option[float64], length)
	first := -1 // the known value before
	for last, end := range samples {
		filled[last] = end.value
		if !end.value.some {
			continue
		}
		if first >= 0 {
			start := samples[first]
			length := max(end.at-start.at, 1) // all at the same time
			for i := first + 1; i < last; i++ {
				part := float64(samples[i].at-start.at) / float64(length)
				filled[i] = some(start.value.value + (end.value.value-start.value.value)*part)
			}
		}
		first = last
	}
	return returned(listOf(filled))
}

func main() {}
