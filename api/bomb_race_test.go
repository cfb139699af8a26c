//go:build race

package api

// bombTakes is more with the race detector, under which pools lose what they are given at random: 80,000 empty events take 23 to 28 MB.
const bombTakes = 32 << 20
