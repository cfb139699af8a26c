//go:build !race

package api

const manyDays = 20
