//go:build race

package main

// raced tells that the race detector is on, which makes the SQL engine ten times slower.
const raced = true
