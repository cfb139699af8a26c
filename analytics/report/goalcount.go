package report

import "strings"

// addable are counters that can be added up and compared with zero.
type addable[V any] interface {
	comparable
	plus(V) V
}

// addTo adds to one of several counters; one that becomes zero is gone, so that what was taken away leaves nothing behind (R3).
func addTo[K comparable, V addable[V]](m map[K]V, key K, n V) {
	var zero V
	if sum := m[key].plus(n); sum != zero {
		m[key] = sum
	} else {
		delete(m, key)
	}
}

func addAll[K comparable, V addable[V]](m, o map[K]V) {
	for key, n := range o {
		addTo(m, key, n)
	}
}

// cloneKeys copies a map and its texts, so that they do not keep a table's memory.
func cloneKeys[V any](m map[string]V) map[string]V {
	out := make(map[string]V, len(m))
	for key, n := range m {
		out[strings.Clone(key)] = n
	}
	return out
}

// textMapSize is about how many bytes a map takes, each entry that many besides its text.
func textMapSize[V any](m map[string]V, entry int) int {
	size := 0
	for key := range m {
		size += entry + len(key)
	}
	return size
}

// count adds to one of several counters; one that becomes zero is gone (R3).
func count[K comparable](m map[K]int64, key K, n int64) {
	if sum := m[key] + n; sum != 0 {
		m[key] = sum
	} else {
		delete(m, key)
	}
}
