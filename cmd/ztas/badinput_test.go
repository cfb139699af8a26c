package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// badInput is one refusal of the track endpoint. SITE stands for the site's id.
type badInput struct {
	status        int
	error         string
	body          string
	header, value string // of the request, besides the usual ones
}

// single makes one event out of its other fields.
func single(fields string) string { return `{"siteId":"SITE",` + fields + `}` }

var badInputs = []badInput{
	{status: 400, error: "Invalid JSON body", body: `{"siteId":`},
	{status: 400, error: "Invalid JSON body", body: ``},
	{status: 400, error: "Site ID required", body: `{"type":"pageview"}`},
	{status: 400, error: "Batch is empty", body: `{"siteId":"SITE","events":[]}`},
	{status: 400, error: "Batch is empty", body: `[]`},
	{status: 400, error: "Batch cannot exceed 500 events", body: `{"siteId":"SITE","events":[` + strings.Repeat(`{"type":"pageview"},`, 500) + `{"type":"pageview"}]}`},
	{status: 400, error: "Unsupported content type", body: single(`"type":"pageview"`), header: "Content-Type", value: "application/xml"},
	{status: 400, error: "All events are invalid", body: `{"siteId":"SITE","events":[{"type":"x"},{"type":"pageview","id":"?"}]}`},
	{status: 400, error: "All events are invalid", body: `{"siteId":"SITE","events":[{"type":"pageview","siteId":"site_of00another"}]}`},
	{status: 400, error: "Invalid event type", body: single(`"type":"nonsense"`)},
	{status: 400, error: "Invalid event id", body: single(`"type":"pageview","id":"short"`)},
	{status: 400, error: "Invalid timestamp", body: single(`"type":"pageview","timestamp":"yesterday"`)},
	{status: 400, error: "Invalid session id", body: single(`"type":"pageview","sessionId":"a b"`)},
	{status: 400, error: "Value must be a number", body: single(`"type":"event","value":2e12`)},
	{status: 400, error: "Invalid viewport", body: single(`"type":"click","x":1,"y":2,"viewport":{"width":99,"height":800}`)},
	{status: 400, error: "x, y and viewport are required for click events", body: single(`"type":"click","x":1`)},
	{status: 400, error: "depth, viewport and document are required for scroll events", body: single(`"type":"scroll","depth":10`)},
	{status: 400, error: "points and viewport are required for move events", body: single(`"type":"move"`)},
	{status: 400, error: "path must be a string", body: single(`"type":"pageview","path":7`)},
	{status: 400, error: "isBounce must be a boolean", body: single(`"type":"engagement","isBounce":"no"`)},
	{status: 401, error: "Invalid API key", body: single(`"type":"pageview"`), header: "Authorization", value: "Bearer zta_live_00000000000000000000"},
	{status: 403, error: "Origin not allowed", body: single(`"type":"pageview"`), header: "Origin", value: "https://evil.example.net"},
	{status: 403, error: "Origin not allowed", body: single(`"type":"pageview"`), header: "Origin", value: "null"},
	{status: 403, error: "This endpoint requires an API key", body: single(`"type":"pageview"`), header: "Authorization", value: "Bearer TOKEN"},
	{status: 404, error: "Invalid site ID", body: `{"siteId":"site_not00there","type":"pageview"}`},
	{status: 413, error: "Request body too large", body: single(`"type":"pageview","path":"/` + strings.Repeat("x", 262_144) + `"`)},
}

// TestBadInput: each refusal says what the contract says, stores nothing, and leaves the server taking the next good event.
func TestBadInput(t *testing.T) {
	r := newRig(t)
	r.start()
	site, token := r.site("UTC")
	for n, bad := range badInputs {
		body := strings.ReplaceAll(bad.body, "SITE", site)
		req, err := http.NewRequest(http.MethodPost, r.base()+"/api/track", strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("User-Agent", agent)
		if bad.header != "" {
			req.Header.Set(bad.header, strings.ReplaceAll(bad.value, "TOKEN", token))
		}
		var answer struct{ Error string }
		require.NoError(t, json.Unmarshal(r.body(t, req, bad.status), &answer))
		require.Equal(t, bad.error, answer.Error, "%.200s", body)

		good, err := r.track(encode(map[string]any{"siteId": site, "id": fmt.Sprintf("good-after-%d", n), "type": "pageview", "path": "/good"}), agent)
		require.NoError(t, err)
		require.Equal(t, trackAnswer{Status: 200, Count: 1, Rejected: good.Rejected}, good, "after %.200s", body)
		require.Equal(t, map[string]int64{"/good": int64(n + 1)}, r.stats(token, site).pages(), "after %.200s", body)
	}
}
