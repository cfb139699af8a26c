package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

func TestMergeSettings(t *testing.T) {
	base := analytics.DefaultSettings(730)
	f := func(sent, want string) { // want: the changed keys as JSON, or the key that is refused
		t.Helper()
		var raw map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(sent), &raw))
		got, err := mergeSettings(base, raw, allowances{local: true})
		if !strings.HasPrefix(want, "{") {
			require.EqualError(t, err, "Invalid setting: "+want, sent)
			return
		}
		require.NoError(t, err, sent)
		expected := analytics.DefaultSettings(730)
		require.NoError(t, json.Unmarshal([]byte(want), &expected))
		require.Equal(t, expected, got, sent)
	}
	list := func(key string, n, size int) string {
		items := make([]string, n)
		for i := range items {
			items[i] = fmt.Sprintf(`"%0*d"`, size, i)
		}
		return `{"` + key + `":[` + strings.Join(items, ",") + `]}`
	}
	f(`{}`, `{}`)
	f(`{"unknown":{"a":1}}`, `{}`)
	for _, key := range []string{"keepQuery", "honorGpc", "honorDnt"} {
		f(`{"`+key+`":true}`, `{"`+key+`":true}`)
	}
	for _, key := range []string{"filterBots", "heatmaps"} {
		f(`{"`+key+`":false}`, `{"`+key+`":false}`)
	}
	for _, key := range []string{"keepQuery", "filterBots", "honorGpc", "honorDnt", "heatmaps"} {
		for _, bad := range []string{`null`, `1`, `"true"`, `[]`} {
			f(`{"`+key+`":`+bad+`}`, key)
		}
	}
	for key, bounds := range map[string][2]int{"excludePaths": {100, 200}, "ignoreParams": {50, 64}, "aliases": {10, 64}} {
		f(list(key, bounds[0], bounds[1]), list(key, bounds[0], bounds[1]))
		f(list(key, bounds[0]+1, 3), key)
		f(list(key, 1, bounds[1]+1), key)
		for _, bad := range []string{`null`, `"x"`, `[1]`, `[null]`, `[""]`, `[" "]`, `{}`} {
			f(`{"`+key+`":`+bad+`}`, key)
		}
	}
	f(`{"excludePaths":[" /admin\u0000 ","/admin"]}`, `{"excludePaths":["/admin"]}`)
	f(`{"allowedDomains":["Shop.Example.com","*.bücher.example","localhost"]}`, `{"allowedDomains":["shop.example.com","*.xn--bcher-kva.example","localhost"]}`)
	for _, bad := range []string{`["*"]`, `["*."]`, `["a.*.example"]`, `["https://example.com"]`, `["192.0.2.1"]`, `[""]`, `null`} {
		f(`{"allowedDomains":`+bad+`}`, "allowedDomains")
	}
	f(`{"dataRetention":30}`, `{"dataRetention":30}`)
	f(`{"dataRetention":3650}`, `{"dataRetention":3650}`)
	f(`{"dataRetention":60.0}`, `{"dataRetention":60}`)
	for _, bad := range []string{`29`, `3651`, `null`, `"30"`, `30.5`, `1e400`} {
		f(`{"dataRetention":`+bad+`}`, "dataRetention")
	}
	f(`{"slackWebhookUrl":"https://hooks.slack.com/x"}`, `{"slackWebhookUrl":"https://hooks.slack.com/x"}`)
	f(`{"slackWebhookUrl":"https://chat.internal:8065/x"}`, `{"slackWebhookUrl":"https://chat.internal:8065/x"}`) // whether it may be is decided later
	f(`{"slackWebhookUrl":" https://hooks.slack.com/x\n"}`, `{"slackWebhookUrl":"https://hooks.slack.com/x"}`)
	f(`{"slackWebhookUrl":null}`, `{}`)
	for _, bad := range []string{`""`, `"http://hooks.slack.com/x"`, `"https://hooks.slack.com/#x"`, `1`} {
		f(`{"slackWebhookUrl":`+bad+`}`, "slackWebhookUrl")
	}
	f(`{"heatmaps":1,"excludePaths":1}`, "excludePaths") // the contract's order
	require.Equal(t, analytics.DefaultSettings(730), base)
}
