//go:build !race

package testkit_test

const defaultSeeds = 60
