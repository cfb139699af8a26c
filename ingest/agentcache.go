package ingest

import (
	"strings"

	"github.com/maypok86/otter/v2"

	"github.com/ztas-io/ztas/analytics"
)

// agent is all that is derived from a user agent and its client hints.
type agent struct {
	bot                     analytics.DropReason // 0: no bot
	device                  string
	browser, browserVersion string
	os, osVersion           string
}

// agentKey is what an agent is derived from: the headers User-Agent, Sec-CH-UA, Sec-CH-UA-Mobile and Sec-CH-UA-Platform.
type agentKey struct{ userAgent, brands, mobile, platform string }

const (
	maxAgentCache = 4 << 20 // bytes of user agents and hints
	maxHint       = 256     // bytes
)

// agentCache keeps the agents that were last seen. Safe for concurrent use.
type agentCache struct {
	cache *otter.Cache[agentKey, *agent]
}

func newAgentCache() (*agentCache, error) {
	c, err := otter.New(&otter.Options[agentKey, *agent]{
		MaximumWeight: maxAgentCache,
		Weigher: func(k agentKey, _ *agent) uint32 {
			const entry = 200 // bytes, the rest of it
			return uint32(entry + len(k.userAgent) + len(k.brands) + len(k.mobile) + len(k.platform))
		},
		Executor: inline,
	})
	return &agentCache{c}, err
}

func (c *agentCache) of(k agentKey) *agent {
	k.userAgent = cutBytes(k.userAgent, maxUserAgent)
	k.brands, k.mobile, k.platform = cutBytes(k.brands, 2*maxHint), cutBytes(k.mobile, maxHint), cutBytes(k.platform, maxHint)
	if a, ok := c.cache.GetIfPresent(k); ok {
		return a
	}
	k = agentKey{strings.Clone(k.userAgent), strings.Clone(k.brands), strings.Clone(k.mobile), strings.Clone(k.platform)}
	a := newAgent(k)
	c.cache.Set(k, a)
	return a
}

func newAgent(k agentKey) *agent {
	a := parseUserAgent(k.userAgent)
	a.bot = detectBot(k.userAgent)
	a.applyHints(k)
	return &a
}

// deriveDevice gives the event its device, browser and system.
func (r *Run) deriveDevice() *verdict {
	e, a := r.event, r.from.agent
	e.Device, e.Browser, e.BrowserVersion, e.OS, e.OSVersion = a.device, a.browser, a.browserVersion, a.os, a.osVersion
	return nil
}
