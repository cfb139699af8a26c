//go:build !race

package compare

const defaultSeeds = 60
