//go:build race

package api

const manyDays = 2 // a table is ten times slower
