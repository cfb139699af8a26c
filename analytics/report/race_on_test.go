//go:build race

package report_test

// raced tells that the race detector is on, which makes a fold of a million events ten times slower.
const raced = true
