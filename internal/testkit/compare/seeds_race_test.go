//go:build race

package compare

// defaultSeeds is less with the race detector, which makes the SQL engine ten times slower.
const defaultSeeds = 3
