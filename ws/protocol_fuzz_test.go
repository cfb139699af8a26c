package ws

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"unicode/utf8"
)

func FuzzDecodeFrame(f *testing.F) {
	for _, line := range bytes.Split(mustRead(f, "testdata/session.jsonl"), []byte("\n")) {
		var l sessionLine
		if json.Unmarshal(line, &l) == nil && l.From == "client" {
			f.Add([]byte(l.Frame))
		}
	}
	f.Add([]byte(`{"type":"subscribe","id":"a","topic":"t","siteId":"s","params":{"a":[{}]},"resume":{"epoch":"e","seq":18446744073709551615}}`))
	f.Add([]byte(`{"TYPE":"ping","type":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, err := decodeFrame(data)
		if frame.ID != "" && !validID(frame.ID) {
			t.Errorf("id %q", frame.ID)
		}
		if err != nil {
			return
		}
		if !utf8.Valid(data) || !json.Valid(data) {
			t.Errorf("accepted %q", data)
		}
		switch frame.Type {
		case "subscribe":
			if frame.ID == "" || frame.Params != nil && !json.Valid(must(json.Marshal(frame.Params))) {
				t.Errorf("accepted %q as %+v", data, frame)
			}
			for _, row := range topics { // params of any shape are read or refused
				if src, err := row.open(&Config{}, frame.Params); err == nil && src.key() != must(row.open(&Config{}, frame.Params)).key() {
					t.Errorf("topic %s has no canonical params for %q", row.name, data)
				}
			}
		case "unsubscribe":
			if frame.ID == "" {
				t.Errorf("accepted %q", data)
			}
		case "ping":
			if frame.Nonce != nil && utf8.RuneCountInString(*frame.Nonce) > maxNonceLength {
				t.Errorf("accepted %q", data)
			}
		case "auth":
			if frame.Ticket == "" && frame.Token == "" {
				t.Errorf("accepted %q", data)
			}
		default:
			t.Errorf("accepted type %q", frame.Type)
		}
		if !json.Valid(failure(frame.ID, errUnknownTopic(frame.Topic))) {
			t.Errorf("the answer to %q is no JSON", data)
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func mustRead(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
