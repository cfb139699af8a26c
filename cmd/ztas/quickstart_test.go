package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// quickStart is what a new user types; the address, e-mail, password and site are filled in by the environment.
const quickStart = `set -eu
TOKEN=$(curl -s -X POST "$BASE/api/auth/login" -H "Content-Type: application/json" \
  -d "{\"email\":\"$EMAIL\",\"password\":\"$PASSWORD\"}" | jq -r '.token')
curl -s "$BASE/api/stats?siteId=$SITE&period=7d" -H "Authorization: Bearer $TOKEN"
`

// TestQuickStart: the token is at the top of login's answer, and with it the numbers are one call away.
func TestQuickStart(t *testing.T) {
	r := newRig(t)
	r.start()
	site, _ := r.site("America/New_York")
	answer, err := r.track(encode(map[string]any{"siteId": site, "type": "pageview", "path": "/pricing"}), agent)
	require.NoError(t, err)
	require.Equal(t, 1, answer.Count)

	t.Run("http", func(t *testing.T) {
		token := r.login(t)
		req, err := http.NewRequest(http.MethodGet, r.base()+"/api/stats?siteId="+site+"&period=7d", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		requireOnePageview(t, r.body(t, req, http.StatusOK))
	})
	t.Run("shell", func(t *testing.T) {
		for _, tool := range []string{"sh", "curl", "jq"} {
			if _, err := exec.LookPath(tool); err != nil {
				t.Skipf("%s is not installed", tool)
			}
		}
		shell := exec.Command("sh", "-c", quickStart)
		shell.Env = append(shell.Environ(), "BASE="+r.base(), "EMAIL="+testEmail, "PASSWORD="+testPassword, "SITE="+site)
		out, err := shell.Output()
		require.NoError(t, err)
		requireOnePageview(t, out)
	})
}

// login returns what stands at the top of the answer as "token"; it must be a string, and the same as in data.
func (r *rig) login(t *testing.T) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, r.base()+"/api/auth/login",
		strings.NewReader(fmt.Sprintf(`{"email":%q,"password":%q}`, testEmail, testPassword)))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	var answer struct {
		Token *string
		Data  struct{ Token string }
	}
	require.NoError(t, json.Unmarshal(r.body(t, req, http.StatusOK), &answer))
	require.NotNil(t, answer.Token)
	require.NotEmpty(t, *answer.Token)
	require.Equal(t, answer.Data.Token, *answer.Token)
	return *answer.Token
}

func (r *rig) body(t *testing.T, req *http.Request, status int) []byte {
	t.Helper()
	res, err := r.http.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, status, res.StatusCode, "%s", body)
	return body
}

func requireOnePageview(t *testing.T, body []byte) {
	t.Helper()
	var top map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(body, &top), "%s", body)
	require.Len(t, top, 1)
	var s statsReport
	require.NoError(t, json.Unmarshal(top["data"], &s), "%s", body)
	require.EqualValues(t, 1, s.Summary.Pageviews)
	require.Equal(t, map[string]int64{"/pricing": 1}, s.pages())
}
