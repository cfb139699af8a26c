//go:build !race

package api

// bombTakes is less than how much a request may take, in bytes: 80,000 empty events take 12 MB.
const bombTakes = 16 << 20
