package main

import (
	"strings"

	"github.com/ztas-io/ztas/ingest"
)

// botMemory remembers which user agents are bots: a log has few different ones, and each look is dear. It belongs to one goroutine.
type botMemory map[string]bool

const maxBotMemory = 20_000 // user agents; then it begins anew

func (m botMemory) isBot(userAgent string) bool {
	bot, ok := m[userAgent]
	if !ok {
		if len(m) >= maxBotMemory {
			clear(m)
		}
		bot = ingest.IsBot(userAgent)
		m[strings.Clone(userAgent)] = bot
	}
	return bot
}
