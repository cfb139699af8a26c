//go:build !race

package analytics_test

const defaultSeeds = 40
