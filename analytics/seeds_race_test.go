//go:build race

package analytics_test

// defaultSeeds is less with the race detector, which makes the SQL engine ten times slower.
const defaultSeeds = 3
