package ws

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMembersAreToldByCase: a member whose name differs by case is an unknown one, as in REST: it is ignored, and is nobody's other value.
func TestMembersAreToldByCase(t *testing.T) {
	for _, bad := range []string{
		`{"TYPE":"ping"}`, `{"type":"unsubscribe","ID":"a"}`, `{"type":"subscribe","id":"a","topic":"feed","siteID":"s"}`,
		`{"type":"subscribe","id":"a","topic":"feed","siteId":"s","resume":{"Epoch":"e","seq":1}}`, `{"type":"auth","Token":"t"}`,
	} {
		_, err := decodeFrame([]byte(bad))
		require.ErrorIs(t, err, errFrame, bad)
	}
	f, err := decodeFrame([]byte(`{"type":"subscribe","id":"a","ID":"b","topic":"feed","Topic":5,"siteId":"s","SITEID":"t","Params":[],"RESUME":5}`))
	require.NoError(t, err)
	require.Equal(t, clientFrame{Type: "subscribe", ID: "a", Topic: "feed", SiteID: "s"}, f)
	f, err = decodeFrame([]byte(`{"type":"ping","nonce":"x","NONCE":"y"}`))
	require.NoError(t, err)
	require.Equal(t, "x", *f.Nonce)
}
